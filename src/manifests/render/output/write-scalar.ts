import { isBreak, isPrintable, isSpace } from './scalar-style.ts';
import type { TextPlace } from './write-yaml.ts';

/** Lines are broken at the first space beyond this column. */
const BEST_WIDTH = 80;

/** Text that knows how long its last line is. */
class LineWriter {
  text = '';
  column: number;
  readonly #indent: number;

  constructor({ column, indent }: TextPlace) {
    this.column = column;
    this.#indent = indent;
  }

  put(text: string): void {
    this.text += text;
    this.column += Array.from(text).length;
  }

  breakLine(): void {
    this.text += `\n${' '.repeat(this.#indent)}`;
    this.column = this.#indent;
  }

  get isFull(): boolean {
    return this.column > BEST_WIDTH;
  }
}

export function writePlain(text: string, place: TextPlace): string {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const isBroken = !place.isKey && isSpace(char) && !wasSpace && writer.isFull && !isSpace(chars[index + 1] ?? '');
    if (isBroken) writer.breakLine();
    else writer.put(char);
    wasSpace = isSpace(char);
  }
  return writer.text;
}

export function writeSingleQuoted(text: string, place: TextPlace): string {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  writer.put("'");
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const isInside = index > 0 && index < chars.length - 1 && !isSpace(chars[index + 1] ?? '');
    if (!place.isKey && isSpace(char) && !wasSpace && writer.isFull && isInside) writer.breakLine();
    else writer.put(char === "'" ? "''" : char);
    wasSpace = isSpace(char);
  }
  writer.put("'");
  return writer.text;
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

export function writeDoubleQuoted(text: string, place: TextPlace): string {
  const writer = new LineWriter(place);
  const chars = Array.from(text);
  writer.put('"');
  let wasSpace = false;
  for (const [index, char] of chars.entries()) {
    const code = char.codePointAt(0) ?? 0;
    if (!isPrintable(code) || isBreak(char) || char === '"' || char === '\\') {
      writer.put(`\\${ESCAPES.get(code) ?? hexOf(code)}`);
      wasSpace = false;
    } else if (!isSpace(char)) {
      writer.put(char);
      wasSpace = false;
    } else {
      const isInside = index > 0 && index < chars.length - 1;
      if (!place.isKey && !wasSpace && writer.isFull && isInside) {
        writer.breakLine();
        if (isSpace(chars[index + 1] ?? '')) writer.put('\\');
      } else writer.put(char);
      wasSpace = true;
    }
  }
  writer.put('"');
  return writer.text;
}

function hexOf(code: number): string {
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `u${hex.padStart(4, '0')}` : `U${hex.padStart(8, '0')}`;
}

/** A block with its line breaks as they are. */
export function writeLiteral(text: string, indent: number): string {
  const isIndentTold = text.startsWith(' ') || text.startsWith('\n');
  const chomping = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const lead = ' '.repeat(indent);
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  const body = lines.map((line) => (line === '' ? '' : lead + line)).join('\n');
  return `|${isIndentTold ? '2' : ''}${chomping}\n${body}`;
}
