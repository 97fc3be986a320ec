import type { JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { resolvePlainScalar } from './resolve-scalar.ts';

/** One document: its value, and where its first key or item stands. */
export interface SimpleDocument {
  readonly value: JsonValue;
  readonly start: number;
}

/** Thrown for everything that this reader leaves to the full parser, errors included. */
const NOT_SIMPLE = new Error('not simple YAML');

const KEY = /(?:([A-Za-z0-9_$./][A-Za-z0-9_$./-]*)|"([^"\\\n]*)"|'([^'\n]*)'):(?=[ \n]|$)/y;
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const SINGLE_QUOTED = /'((?:[^'\n]|'')*)'/y;
const FLOW_PLAIN = /[A-Za-z0-9_./$][A-Za-z0-9_./$%+@=-]*(?::[A-Za-z0-9_./$%+@=-]+)*/y;
const LITERAL_HEADER = /\|([-+]?) *(?: #[^\n]*)?(?=\n)/y;
const MARKER = /---(?=[ \n]|$)/y;
/** First characters of a plain value that mean something else, or need a second look. */
const INDICATORS = new Set('&*!%@`>|{}[],?:#"\'');

/**
 * Reads the YAML that manifests are mostly made of: block mappings and lists, values and one-line flow collections, literal blocks,
 * several documents. Ten times as fast as the full parser, because it builds neither tokens nor nodes. Returns `undefined` for anything
 * else, however valid: anchors, tags, folded text, values over several lines, tabs, every mistake. What it returns is exactly what the
 * full parser would (a property test holds the two to each other).
 */
export function* readSimpleYamlSteps(text: string): Generator<void, readonly SimpleDocument[] | undefined> {
  if (/[\t\r]/.test(text)) return undefined;
  try {
    return yield* new SimpleReader(text).readDocuments();
  } catch (error) {
    if (error === NOT_SIMPLE) return undefined;
    throw error;
  }
}

/** About a millisecond of reading. */
const CHARS_PER_STEP = 64 * 1024;

/**
 * Invariant: between calls the reader stands on the next line with content: `#indent` is its indentation, `#at` where its content
 * starts. At the end of the text `#indent` is −1, on a document's marker −2.
 */
class SimpleReader {
  readonly #text: string;
  #indent = -1;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#enterLine(0);
  }

  *readDocuments(): Generator<void, readonly SimpleDocument[]> {
    const documents: SimpleDocument[] = [];
    let yieldedAt = 0;
    for (let isMarked = false; this.#indent !== -1 || isMarked; ) {
      if (this.#indent >= 0) documents.push({ start: this.#at, value: this.#readBlock(1) });
      else if (isMarked) documents.push({ start: this.#at, value: null });
      if (this.#indent >= 0 || documents.length > LIMITS.manifestDocumentsPerFile) throw NOT_SIMPLE;
      isMarked = this.#indent === -2;
      if (isMarked) this.#leaveLine(this.#at + 3);
      if (this.#at - yieldedAt < CHARS_PER_STEP) continue;
      yieldedAt = this.#at;
      yield;
    }
    return documents;
  }

  /** Goes to the first line with content at or after `offset`, which is the start of a line. */
  #enterLine(offset: number): void {
    const text = this.#text;
    for (let start = offset; start < text.length; ) {
      let at = start;
      while (text.charCodeAt(at) === 32) at++;
      const code = text.charCodeAt(at);
      if (at < text.length && code !== 10 && code !== 35) {
        this.#at = at;
        this.#indent = at - start;
        if (this.#indent === 0) this.#checkMarker(code);
        return;
      }
      const end = text.indexOf('\n', at);
      start = end === -1 ? text.length : end + 1;
    }
    this.#at = text.length;
    this.#indent = -1;
  }

  #checkMarker(code: number): void {
    if (code === 37 || this.#text.startsWith('...', this.#at)) throw NOT_SIMPLE;
    if (code !== 45 || this.#match(MARKER, this.#at) === null) return;
    this.#indent = -2;
  }

  /** Goes on to the next line with content; only a comment may stand between `offset` and the end of the line. */
  #leaveLine(offset: number): void {
    const end = this.#endOfLine(offset);
    if (end === undefined) throw NOT_SIMPLE;
    this.#enterLine(end + 1);
  }

  /** Where the line ends, when nothing but spaces and a comment stand from `offset` on. */
  #endOfLine(offset: number): number | undefined {
    const text = this.#text;
    let at = offset;
    while (text.charCodeAt(at) === 32) at++;
    const code = text.charCodeAt(at);
    if (code === 10 || at >= text.length) return at;
    if (code !== 35 || at === offset) return undefined;
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }

  #match(pattern: RegExp, offset: number): RegExpExecArray | null {
    pattern.lastIndex = offset;
    return pattern.exec(this.#text);
  }

  /** The mapping or list that starts where the reader stands. */
  #readBlock(depth: number): JsonValue {
    if (depth > LIMITS.manifestDepth) throw NOT_SIMPLE;
    return this.#isItem() ? this.#readList(this.#indent, depth) : this.#readMap(this.#indent, depth);
  }

  #isItem(): boolean {
    if (this.#text.charCodeAt(this.#at) !== 45) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === 32 || next === 10 || Number.isNaN(next);
  }

  #readMap(indent: number, depth: number): JsonValue {
    const map: Record<string, JsonValue> = {};
    while (this.#indent === indent) {
      const match = this.#match(KEY, this.#at);
      if (match === null) throw NOT_SIMPLE;
      const key = match[2] ?? match[3] ?? plainKey(match[1] ?? '');
      if (Object.hasOwn(map, key) || key === '__proto__' || key.length > 1000) throw NOT_SIMPLE;
      map[key] = this.#readValue(this.#at + match[0].length, indent, depth, true);
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    return map;
  }

  #readList(indent: number, depth: number): JsonValue {
    const items: JsonValue[] = [];
    while (this.#indent === indent && this.#isItem()) {
      let at = this.#at + 1;
      while (this.#text.charCodeAt(at) === 32) at++;
      const column = indent + at - this.#at;
      const line = this.#at;
      this.#at = at;
      if (this.#isItem() || (at > line + 1 && this.#match(KEY, at) !== null)) {
        this.#indent = column;
        items.push(this.#readBlock(depth + 1));
      } else items.push(this.#readValue(line + 1, indent, depth, false));
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    return items;
  }

  /** What follows a key's colon or an item's dash at `offset`. A list may stand at the indentation of the key that it belongs to. */
  #readValue(offset: number, indent: number, depth: number, isInMap: boolean): JsonValue {
    const end = this.#endOfLine(offset);
    if (end !== undefined) {
      this.#enterLine(end + 1);
      const isNested = this.#indent > indent || (isInMap && this.#indent === indent && this.#isItem());
      return isNested ? this.#readBlock(depth + 1) : null;
    }
    let at = offset;
    while (this.#text.charCodeAt(at) === 32) at++;
    const header = this.#text.charCodeAt(at) === 124 ? this.#match(LITERAL_HEADER, at) : null;
    if (header !== null) return this.#readLiteral(at + header[0].length + 1, indent, header[1] ?? '');
    const value = this.#readScalarOrFlow(at, depth);
    // A deeper line would continue the value.
    if (this.#indent > indent) throw NOT_SIMPLE;
    return value;
  }

  #readScalarOrFlow(at: number, depth: number): JsonValue {
    const first = this.#text.charAt(at);
    if (first === '"' || first === "'" || first === '{' || first === '[') {
      this.#at = at;
      const value = this.#readFlow(depth + 1);
      this.#leaveLine(this.#at);
      return value;
    }
    if (INDICATORS.has(first)) throw NOT_SIMPLE;
    if (first === '-' && this.#text.charAt(at + 1).trim() === '') throw NOT_SIMPLE;
    const newline = this.#text.indexOf('\n', at);
    const end = newline === -1 ? this.#text.length : newline;
    const line = this.#text.slice(at, end);
    const comment = line.indexOf(' #');
    const plain = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
    if (plain.endsWith(':') || plain.includes(': ')) throw NOT_SIMPLE;
    this.#enterLine(end + 1);
    return plainValue(plain);
  }

  /** The value at `#at` inside one line; leaves `#at` behind it. */
  #readFlow(depth: number): JsonValue {
    if (depth > LIMITS.manifestDepth) throw NOT_SIMPLE;
    switch (this.#text.charAt(this.#at)) {
      case '"': {
        const match = this.#match(DOUBLE_QUOTED, this.#at);
        if (match === null) throw NOT_SIMPLE;
        this.#at += match[0].length;
        return JSON.parse(match[0]) as string;
      }
      case "'": {
        const match = this.#match(SINGLE_QUOTED, this.#at);
        if (match === null) throw NOT_SIMPLE;
        this.#at += match[0].length;
        return (match[1] ?? '').replaceAll("''", "'");
      }
      case '{':
        return this.#readFlowMap(depth);
      case '[':
        return this.#readFlowList(depth);
      default: {
        const match = this.#match(FLOW_PLAIN, this.#at);
        if (match === null) throw NOT_SIMPLE;
        this.#at += match[0].length;
        return plainValue(match[0]);
      }
    }
  }

  #readFlowMap(depth: number): JsonValue {
    const map: Record<string, JsonValue> = {};
    this.#skip(1);
    while (this.#text.charAt(this.#at) !== '}') {
      const key = this.#readFlow(depth + 1);
      if (typeof key !== 'string' || Object.hasOwn(map, key) || key === '__proto__' || key.length > 1000)
        throw NOT_SIMPLE;
      if (this.#text.charAt(this.#at) !== ':' || this.#text.charAt(this.#at + 1) !== ' ') throw NOT_SIMPLE;
      this.#skip(1);
      map[key] = this.#readFlow(depth + 1);
      this.#skipSeparator('}');
    }
    this.#at++;
    return map;
  }

  #readFlowList(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#skip(1);
    while (this.#text.charAt(this.#at) !== ']') {
      items.push(this.#readFlow(depth + 1));
      this.#skipSeparator(']');
    }
    this.#at++;
    return items;
  }

  /** After an item: either the end, or a comma and another item. */
  #skipSeparator(end: string): void {
    this.#skip(0);
    const char = this.#text.charAt(this.#at);
    if (char === end) return;
    if (char !== ',') throw NOT_SIMPLE;
    this.#skip(1);
    if (this.#text.charAt(this.#at) === end) throw NOT_SIMPLE;
  }

  #skip(count: number): void {
    this.#at += count;
    while (this.#text.charCodeAt(this.#at) === 32) this.#at++;
  }

  /** The lines of a `|` block from `offset` on (YAML 1.2, section 8.1). */
  #readLiteral(offset: number, parentIndent: number, chomping: string): string {
    const text = this.#text;
    const lines: string[] = [];
    let indent = -1;
    let start = offset;
    for (;;) {
      const newline = text.indexOf('\n', start);
      // Without a last line break the chomping is the full parser's matter.
      if (start >= text.length) break;
      if (newline === -1) throw NOT_SIMPLE;
      let at = start;
      while (text.charCodeAt(at) === 32) at++;
      const width = at - start;
      const isBlank = at === newline;
      if (indent === -1 && isBlank && width > 0) throw NOT_SIMPLE;
      if (!isBlank) {
        if (indent === -1 && width > parentIndent) indent = width;
        if (width <= parentIndent || indent === -1) break;
        if (width < indent) throw NOT_SIMPLE;
      }
      lines.push(isBlank && width <= indent ? '' : text.slice(start + Math.max(indent, 0), newline));
      start = newline + 1;
    }
    if (indent === -1) throw NOT_SIMPLE;
    this.#enterLine(start);
    const all = `${lines.join('\n')}\n`;
    if (chomping === '+') return all;
    const stripped = all.replace(/\n+$/, '');
    return chomping === '-' ? stripped : `${stripped}\n`;
  }
}

/** A key that is text for YAML 1.1, too. */
function plainKey(key: string): string {
  if (typeof plainValue(key) !== 'string') throw NOT_SIMPLE;
  return key;
}

function plainValue(source: string): JsonValue {
  const resolved = resolvePlainScalar(source);
  if (resolved.type === 'unsafe') throw NOT_SIMPLE;
  return resolved.value;
}
