import { BerthError } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';

/** A line of a watch holds at most one object in its two forms. */
const MAX_LINE_LENGTH = 4 * LIMITS.objectBytes;

/** The lines of a stream of UTF-8 text; empty ones are left out. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        const line = parts.splice(0).join('');
        length = 0;
        if (line !== '') yield line;
      }
      length += piece.length;
      if (length > MAX_LINE_LENGTH)
        throw new BerthError('LimitExceeded', { verb: 'read', detail: 'a line of the API is too long' });
      parts.push(piece);
    }
  }
  const last = parts.join('');
  if (last !== '') yield last;
}
