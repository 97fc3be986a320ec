import type { CachedFile } from './manifest-cache.ts';
import { decodeText } from './parse/decode-text.ts';

/** Comments from the first column on, in printable characters: a carriage return would end one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in there.
const COMMENTS = /^(?:#[^\n\u0000-\u0008\u000b-\u001f\u007f]*\n)*$/;
/** What may stand before anything that has a meaning. */
const HEADER = /^(?:(?: *(?:#[^\n]*)?|---)\n)*$/;

/**
 * What a file gives that differs from an earlier one in whole lines of comments alone; `undefined` for any other, which
 * then has to be parsed.
 *
 * A line with `#` in its first column is a comment wherever another one was: text of a block scalar is indented, since
 * an object's fields are ("block scalars are delimited by the indentation", YAML 1.2, section 8.1), and where one
 * inside of anything else would be wrong, the earlier file had an error. Where there was none before, or is none now,
 * only the head of the file is safe.
 */
export function recommentedFile(before: CachedFile, bytes: Uint8Array): CachedFile | undefined {
  if (before.diagnostics.length > 0 || before.objects.length === 0) return undefined;
  const { text } = decodeText(bytes);
  if (text === undefined) return undefined;
  const { start, oldEnd, newEnd } = changedLines(before.text, text);
  const old = before.text.slice(start, oldEnd);
  const now = text.slice(start, newEnd);
  if (!COMMENTS.test(old) || !COMMENTS.test(now)) return undefined;
  if ((old === '' || now === '') && !HEADER.test(text.slice(0, start))) return undefined;
  const [oldLines, newLines] = [lineCount(old), lineCount(now)];
  if (oldLines === newLines) return { ...before, text };
  const firstLine = lineCount(before.text.slice(0, start)) + 1;
  const objects = before.objects.map((object) =>
    object.line < firstLine ? object : { ...object, line: object.line + newLines - oldLines },
  );
  return { ...before, text, objects };
}

interface ChangedLines {
  /** Where the first line begins that differs; the same in both texts. */
  readonly start: number;
  /** Where the lines begin in each that are the same again up to the end. */
  readonly oldEnd: number;
  readonly newEnd: number;
}

function changedLines(old: string, now: string): ChangedLines {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old.charCodeAt(start) === now.charCodeAt(start)) start++;
  start = start === 0 ? 0 : old.lastIndexOf('\n', start - 1) + 1;
  let tail = 0;
  while (tail < shorter - start && old.charCodeAt(old.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)) {
    tail++;
  }
  const isLineStart = (text: string) => text.length - tail === start || text.charAt(text.length - tail - 1) === '\n';
  while (tail > 0 && !(isLineStart(old) && isLineStart(now))) tail--;
  return { start, oldEnd: old.length - tail, newEnd: now.length - tail };
}

function lineCount(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
