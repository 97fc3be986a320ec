import { LIMITS } from '../../../lib/limits.ts';
import { RenderError } from '../problems.ts';
import type { Node, Place } from './node.ts';

/**
 * Roughly the bytes of a node as JSON; stops counting at `limit`. Parts that are shared count each time, as they do in
 * the output.
 */
export function measure(node: Node, limit: number): number {
  if (node.kind === 'scalar') return node.text.length + 3;
  let size = 2;
  if (node.kind === 'list') {
    for (const item of node.items) {
      size += measure(item, limit - size);
      if (size > limit) return size;
    }
    return size;
  }
  for (const [name, value] of node.fields) {
    size += name.length + 4 + measure(value, limit - size);
    if (size > limit) return size;
  }
  return size;
}

/** Throws when a node is larger than an object may be: copies of copies grow without end. */
export function checkSize(node: Node, what: string, at: Place): void {
  if (measure(node, LIMITS.objectBytes) <= LIMITS.objectBytes) return;
  throw new RenderError('LimitExceeded', `${what} has more than ${LIMITS.objectBytes} bytes as JSON (objectBytes)`, {
    help: 'make it smaller',
    at,
  });
}
