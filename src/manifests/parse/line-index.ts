import type { Span } from '../diagnostic.ts';

/** Lines of a text by offset. Made only when a problem needs a place. */
export class LineIndex {
  readonly text: string;
  /** Offset of each line's first character; ascending. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) this.#starts.push(end + 1);
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** From `start` to `end`, cut at the end of the first line and never empty. */
  spanOf(start: number, end: number): Span {
    const from = Math.max(0, Math.min(start, this.text.length));
    const line = this.lineAt(from);
    const lineStart = this.#starts[line - 1] ?? 0;
    const lineEnd = lineStart + this.lineText(line).length;
    return {
      line,
      column: from - lineStart + 1,
      endColumn: Math.max(Math.min(end, lineEnd), from + 1) - lineStart + 1,
    };
  }

  /** Text of a line without its end. */
  lineText(line: number): string {
    const start = this.#starts[line - 1] ?? this.text.length;
    const next = this.#starts[line];
    const text = this.text.slice(start, next === undefined ? this.text.length : next - 1);
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }
}
