import type { FieldPath } from '../../objects/field-problem.ts';
import { formatFieldPath } from '../../objects/field-problem.ts';
import type { Node, Place } from './nodes/node.ts';
import { lineOf } from './problems.ts';
import type { RenderedObject } from './rendered-object.ts';

/** Where an object was written, and which of its fields something else wrote. */
export interface ObjectTrace {
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly fields: readonly FieldTrace[];
}

/** One value that a patch, a generator or a transformer wrote. */
export interface FieldTrace {
  readonly field: string;
  /** As it is written; `<redacted>` where it may be a secret. */
  readonly value: string;
  readonly path: string;
  readonly line: number;
}

const REDACTED = '<redacted>';

/** Every field of an object that was not written where the object was, in the order of the object. */
export function traceObject(rendered: RenderedObject): ObjectTrace {
  const { place } = rendered;
  const range = rangeOf(place);
  const fields: FieldTrace[] = [];
  for (const { path, node } of leavesOf(rendered.node, [])) {
    // Every patch repeats it to say which object it means.
    if (path.length === 1 && path[0] === 'apiVersion') continue;
    const line = lineOf(node);
    if (node.file.path === place.file.path && line >= range.startLine && line <= range.endLine) continue;
    fields.push(traceOf(rendered, path, node));
  }
  return { object: nameOf(rendered), path: place.file.path, ...range, fields };
}

/** One field, wherever it was written; `undefined` when the object has none of that name. */
export function traceField(rendered: RenderedObject, path: FieldPath): FieldTrace | undefined {
  const { node, exists } = rendered.find(path);
  return exists ? traceOf(rendered, path, node) : undefined;
}

function traceOf(rendered: RenderedObject, path: FieldPath, node: Node): FieldTrace {
  const value = rendered.isSensitive(path) ? REDACTED : textOfValue(node);
  return { field: formatFieldPath(path), value, path: node.file.path, line: lineOf(node) };
}

function textOfValue(node: Node): string {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.length === 0 ? '[]' : `[${node.items.length} items]`;
  return node.fields.size === 0 ? '{}' : `{${[...node.fields.keys()].join(', ')}}`;
}

export function nameOf({ kind, namespace, name }: RenderedObject): string {
  return [kind, namespace, name].filter((part) => part !== undefined).join('/');
}

function* leavesOf(node: Node, path: FieldPath): Generator<{ readonly path: FieldPath; readonly node: Node }> {
  if (node.kind === 'map' && node.fields.size > 0) {
    for (const [name, value] of node.fields) yield* leavesOf(value, [...path, name]);
  } else if (node.kind === 'list' && node.items.length > 0) {
    for (const [index, item] of node.items.entries()) yield* leavesOf(item, [...path, index]);
  } else yield { path, node };
}

/** The lines of what begins at a place: to the end of the document, or as far as lines are indented like it. */
function rangeOf(place: Place): { readonly startLine: number; readonly endLine: number } {
  const { file, start } = place;
  const startLine = lineOf(place);
  if (file.text === '') return { startLine, endLine: startLine };
  const column = start - (file.text.lastIndexOf('\n', start - 1) + 1);
  let endLine = startLine;
  for (const [index, text] of file.text.slice(start).split('\n').entries()) {
    if (index === 0 || text.trim() === '' || /^\s*#/.test(text)) continue;
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    if (indent < column || (column === 0 && /^(?:---|\.\.\.)(?:\s|$)/.test(text))) break;
    endLine = startLine + index;
  }
  return { startLine, endLine };
}

/** `spec.ports[0].port`, `metadata.labels[app.io/x]`: what `formatFieldPath` writes, read again. */
export function parseFieldPath(text: string): FieldPath {
  const steps: (string | number)[] = [];
  for (const [, plain, bracketed] of text.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (plain !== undefined) steps.push(plain);
    else if (bracketed !== undefined) steps.push(/^\d+$/.test(bracketed) ? Number(bracketed) : bracketed);
  }
  return steps;
}
