import type { JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { resolvePlainScalar } from './resolve-scalar.ts';

/** One document: its value, and where its first key or item stands. */
export interface SimpleDocument<V = JsonValue> {
  readonly value: V;
  readonly start: number;
}

/**
 * What values are made into. `start` is where a value stands: of a mapping or list under a key, the key. A method may
 * throw `NOT_SIMPLE` for what it leaves to the full parser.
 */
export interface YamlShape<V, M> {
  plain(source: string, start: number, isInFlow: boolean): V;
  /** Quoted, or a literal block. */
  text(text: string, start: number): V;
  /** A key without a value; below 0 for an item without one. */
  nothing(start: number): V;
  list(items: V[], start: number): V;
  newMap(): M;
  has(map: M, key: string): boolean;
  set(map: M, key: string, value: V): void;
  map(map: M, start: number): V;
}

/** Thrown for everything that this reader leaves to the full parser, errors included. */
export const NOT_SIMPLE = new Error('not simple YAML');

const KEY = /(?:([A-Za-z0-9_$./][A-Za-z0-9_$./-]*)|"([^"\\\n]*)"|'([^'\n]*)'):(?=[ \n]|$)/y;
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const SINGLE_QUOTED = /'((?:[^'\n]|'')*)'/y;
const FLOW_PLAIN = /(?:-?[0-9]|[A-Za-z_./$])[A-Za-z0-9_./$%+@=-]*(?::[A-Za-z0-9_./$%+@=-]+)*/y;
const LITERAL_HEADER = /\|([-+]?) *(?: #[^\n]*)?(?=\n)/y;
const MARKER = /---(?=[ \n]|$)/y;
/** First characters of a plain value that mean something else, or need a second look. */
const INDICATORS = new Set('&*!%@`>|{}[],?:#"\'');

/**
 * Reads the YAML that manifests are mostly made of: block mappings and lists, values and one-line flow collections,
 * literal blocks, several documents, JSON on one line. Ten times as fast as the full parser, because it builds neither
 * tokens nor nodes. Returns `undefined` for anything else, however valid: anchors, tags, folded text, values over
 * several lines, tabs, every mistake. What it returns is exactly what the full parser would (a property test holds the
 * two to each other).
 */
export function readSimpleYamlSteps(text: string): Generator<void, readonly SimpleDocument[] | undefined> {
  return readShapedYamlSteps(text, JSON_SHAPE);
}

/** The same in one go, for what is small or where nothing waits. */
export function readSimpleYaml(text: string): readonly SimpleDocument[] | undefined {
  const steps = readSimpleYamlSteps(text);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, with values of another shape than JSON. */
export function* readShapedYamlSteps<V, M>(
  text: string,
  shape: YamlShape<V, M>,
): Generator<void, readonly SimpleDocument<V>[] | undefined> {
  if (/[\t\r]/.test(text)) return undefined;
  try {
    return yield* new SimpleReader(text, shape).readDocuments();
  } catch (error) {
    if (error === NOT_SIMPLE) return undefined;
    throw error;
  }
}

const JSON_SHAPE: YamlShape<JsonValue, Record<string, JsonValue>> = {
  plain: (source) => plainValue(source),
  text: (text) => text,
  nothing: () => null,
  list: (items) => items,
  newMap: () => ({}),
  has: (map, key) => Object.hasOwn(map, key),
  set: (map, key, value) => {
    map[key] = value;
  },
  map: (map) => map,
};

/** About a millisecond of reading. */
const CHARS_PER_STEP = 64 * 1024;

/**
 * Invariant: between calls the reader stands on the next line with content: `#indent` is its indentation, `#at` where
 * its content starts. At the end of the text `#indent` is −1, on a document's marker −2.
 */
class SimpleReader<V, M> {
  readonly #text: string;
  readonly #shape: YamlShape<V, M>;
  #indent = -1;
  #at = 0;

  constructor(text: string, shape: YamlShape<V, M>) {
    this.#text = text;
    this.#shape = shape;
    this.#enterLine(0);
  }

  *readDocuments(): Generator<void, readonly SimpleDocument<V>[]> {
    const documents: SimpleDocument<V>[] = [];
    let yieldedAt = 0;
    for (let isMarked = false; this.#indent !== -1 || isMarked; ) {
      if (this.#indent >= 0) documents.push({ start: this.#at, value: this.#readRoot() });
      else if (isMarked) documents.push({ start: this.#at, value: this.#shape.nothing(this.#at) });
      if (this.#indent >= 0 || documents.length > LIMITS.manifestDocumentsPerFile) throw NOT_SIMPLE;
      isMarked = this.#indent === -2;
      if (isMarked) this.#leaveLine(this.#at + 3);
      if (this.#at - yieldedAt < CHARS_PER_STEP) continue;
      yieldedAt = this.#at;
      yield;
    }
    return documents;
  }

  /** A document is a block, or a mapping on one line, as JSON is written. */
  #readRoot(): V {
    const start = this.#at;
    if (this.#text.charAt(start) !== '{') return this.#readBlock(1, start);
    const value = this.#readFlow(1, start);
    this.#leaveLine(this.#at);
    return value;
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
  #readBlock(depth: number, start: number): V {
    if (depth > LIMITS.manifestDepth) throw NOT_SIMPLE;
    return this.#isItem() ? this.#readList(this.#indent, depth, start) : this.#readMap(this.#indent, depth, start);
  }

  #isItem(): boolean {
    if (this.#text.charCodeAt(this.#at) !== 45) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === 32 || next === 10 || Number.isNaN(next);
  }

  #readMap(indent: number, depth: number, start: number): V {
    const shape = this.#shape;
    const map = shape.newMap();
    while (this.#indent === indent) {
      const match = this.#match(KEY, this.#at);
      if (match === null) throw NOT_SIMPLE;
      const key = match[2] ?? match[3] ?? plainKey(match[1] ?? '');
      if (shape.has(map, key) || key === '__proto__' || key.length > 1000) throw NOT_SIMPLE;
      shape.set(map, key, this.#readValue(this.#at + match[0].length, indent, depth, this.#at));
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    return shape.map(map, start);
  }

  #readList(indent: number, depth: number, start: number): V {
    const items: V[] = [];
    while (this.#indent === indent && this.#isItem()) {
      let at = this.#at + 1;
      while (this.#text.charCodeAt(at) === 32) at++;
      const column = indent + at - this.#at;
      const line = this.#at;
      this.#at = at;
      if (this.#isItem() || (at > line + 1 && this.#match(KEY, at) !== null)) {
        this.#indent = column;
        items.push(this.#readBlock(depth + 1, at));
      } else items.push(this.#readValue(line + 1, indent, depth, -1));
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    return this.#shape.list(items, start);
  }

  /**
   * What follows a key's colon or an item's dash at `offset`; `keyStart` is below 0 for an item. A list may stand at
   * the indentation of the key that it belongs to.
   */
  #readValue(offset: number, indent: number, depth: number, keyStart: number): V {
    const end = this.#endOfLine(offset);
    if (end !== undefined) {
      this.#enterLine(end + 1);
      const isNested = this.#indent > indent || (keyStart >= 0 && this.#indent === indent && this.#isItem());
      if (!isNested) return this.#shape.nothing(keyStart);
      return this.#readBlock(depth + 1, keyStart >= 0 ? keyStart : this.#at);
    }
    let at = offset;
    while (this.#text.charCodeAt(at) === 32) at++;
    const header = this.#text.charCodeAt(at) === 124 ? this.#match(LITERAL_HEADER, at) : null;
    if (header !== null) {
      return this.#shape.text(this.#readLiteral(at + header[0].length + 1, indent, header[1] ?? ''), at);
    }
    const value = this.#readScalarOrFlow(at, depth, keyStart >= 0 ? keyStart : at);
    // A deeper line would continue the value.
    if (this.#indent > indent) throw NOT_SIMPLE;
    return value;
  }

  #readScalarOrFlow(at: number, depth: number, start: number): V {
    const first = this.#text.charAt(at);
    if (first === '"' || first === "'" || first === '{' || first === '[') {
      this.#at = at;
      const value = this.#readFlow(depth + 1, start);
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
    return this.#shape.plain(plain, at, false);
  }

  /** The value at `#at` inside one line; leaves `#at` behind it. */
  #readFlow(depth: number, start: number): V {
    if (depth > LIMITS.manifestDepth) throw NOT_SIMPLE;
    const at = this.#at;
    switch (this.#text.charAt(at)) {
      case '"':
      case "'":
        return this.#shape.text(this.#readQuoted(), at);
      case '{':
        return this.#readFlowMap(depth, start);
      case '[':
        return this.#readFlowList(depth, start);
      default:
        return this.#shape.plain(this.#readFlowPlain(), at, true);
    }
  }

  #readQuoted(): string {
    const isDouble = this.#text.charAt(this.#at) === '"';
    const match = this.#match(isDouble ? DOUBLE_QUOTED : SINGLE_QUOTED, this.#at);
    if (match === null) throw NOT_SIMPLE;
    this.#at += match[0].length;
    return isDouble ? (JSON.parse(match[0]) as string) : (match[1] ?? '').replaceAll("''", "'");
  }

  #readFlowPlain(): string {
    const match = this.#match(FLOW_PLAIN, this.#at);
    if (match === null) throw NOT_SIMPLE;
    this.#at += match[0].length;
    return match[0];
  }

  #readFlowKey(): string {
    const first = this.#text.charAt(this.#at);
    return first === '"' || first === "'" ? this.#readQuoted() : plainKey(this.#readFlowPlain());
  }

  #readFlowMap(depth: number, start: number): V {
    const shape = this.#shape;
    const map = shape.newMap();
    if (depth >= LIMITS.manifestDepth) throw NOT_SIMPLE;
    this.#skip(1);
    while (this.#text.charAt(this.#at) !== '}') {
      const keyStart = this.#at;
      const isQuoted = '"\''.includes(this.#text.charAt(keyStart));
      const key = this.#readFlowKey();
      if (shape.has(map, key) || key === '__proto__' || key.length > 1000) throw NOT_SIMPLE;
      // "If the key is JSON-like, the value may be adjacent to the `:`" (YAML 1.2, section 7.4.2): `{"a":1}`.
      if (this.#text.charAt(this.#at) !== ':' || !(isQuoted || this.#text.charAt(this.#at + 1) === ' '))
        throw NOT_SIMPLE;
      this.#skip(1);
      shape.set(map, key, this.#readFlow(depth + 1, keyStart));
      this.#skipSeparator('}');
    }
    this.#at++;
    return shape.map(map, start);
  }

  #readFlowList(depth: number, start: number): V {
    const items: V[] = [];
    this.#skip(1);
    while (this.#text.charAt(this.#at) !== ']') {
      items.push(this.#readFlow(depth + 1, this.#at));
      this.#skipSeparator(']');
    }
    this.#at++;
    return this.#shape.list(items, start);
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
