import type { ErrorCode } from '../../../lib/error-codes.ts';
import { findSimilar } from '../../validate/did-you-mean.ts';
import { isNull, kindName, type Node, type Place, textOf } from '../nodes/node.ts';
import type { RenderError } from '../problems.ts';
import { RenderError as Problem } from '../problems.ts';
import type { Located } from './kustomization.ts';

/** Takes a problem with its place and the field it is about. */
export type Report = (error: RenderError, at: Place, field: string) => void;

export interface FieldReaderOptions {
  readonly report: Report;
  /** Whether a field that was not asked for is a mistake, and text has to be text. */
  readonly isStrict: boolean;
  /** What problems are reported as: `KustomizationInvalid` by default. */
  readonly code?: ErrorCode;
}

/**
 * Reads the fields of one mapping into types, and reports everything that is wrong with them. Names of fields are
 * compared without case, as Go's JSON does.
 */
export class FieldReader {
  readonly node: Node;
  readonly path: string;
  readonly #options: FieldReaderOptions;
  readonly #fields = new Map<string, { readonly name: string; readonly node: Node }>();
  readonly #asked = new Map<string, string>();

  constructor(node: Node, path: string, options: FieldReaderOptions) {
    this.node = node;
    this.path = path;
    this.#options = options;
    if (node.kind === 'map') {
      for (const [name, value] of node.fields) this.#fields.set(name.toLowerCase(), { name, node: value });
    } else if (!isNull(node)) this.fail(node, '', `${path || 'the file'} is ${kindName(node)} and has to be a mapping`);
  }

  fail(at: Place, field: string, message: string, help?: string): void {
    const error = new Problem(
      this.#options.code ?? 'KustomizationInvalid',
      message,
      help === undefined ? {} : { help },
    );
    this.#options.report(error, at, this.pathOf(field));
  }

  pathOf(field: string): string {
    return field === '' || this.path === '' ? this.path + field : `${this.path}.${field}`;
  }

  /** The value of a field; undefined where it is missing or null. */
  get(name: string): Node | undefined {
    this.#asked.set(name.toLowerCase(), name);
    const found = this.#fields.get(name.toLowerCase())?.node;
    return found === undefined || isNull(found) ? undefined : found;
  }

  text(name: string): string {
    return this.locatedText(name)?.value ?? '';
  }

  locatedText(name: string): Located<string> | undefined {
    const node = this.get(name);
    return node && this.#textOf(node, name);
  }

  #textOf(node: Node, field: string): Located<string> | undefined {
    const isText =
      node.kind === 'scalar' && (node.tag === 'str' || node.tag === 'timestamp' || !this.#options.isStrict);
    if (isText) return { value: textOf(node), at: node };
    const what = node.kind === 'scalar' ? `a ${TYPE_NAMES[node.tag] ?? 'value'}` : kindName(node);
    this.fail(node, field, `${this.pathOf(field)} is ${what} and has to be text`, 'put it in quotes');
    return undefined;
  }

  bool(name: string): boolean {
    const node = this.get(name);
    if (node === undefined) return false;
    if (node.kind !== 'scalar' || node.tag !== 'bool') {
      this.fail(node, name, `${this.pathOf(name)} has to be true or false`);
      return false;
    }
    return /^(?:true|yes|on|y)$/i.test(node.text);
  }

  int(name: string): number | undefined {
    const node = this.get(name);
    if (node === undefined) return undefined;
    const value = node.kind === 'scalar' && node.tag === 'int' ? Number(node.text.replaceAll('_', '')) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    this.fail(node, name, `${this.pathOf(name)} has to be a whole number`);
    return undefined;
  }

  texts(name: string): Located<string>[] {
    return this.list(name, (item, field) => this.#textOf(item, field)).filter((item) => item !== undefined);
  }

  /** A mapping whose values are all text, or all booleans (as they are spelt). */
  textMap(name: string, type: 'text' | 'bool' = 'text'): ReadonlyMap<string, Located<string>> {
    const node = this.get(name);
    const texts = new Map<string, Located<string>>();
    if (node === undefined) return texts;
    if (node.kind !== 'map') {
      this.fail(node, name, `${this.pathOf(name)} is ${kindName(node)} and has to be a mapping of texts`);
      return texts;
    }
    for (const [key, value] of node.fields) {
      const text = isNull(value) ? { value: '', at: value } : this.#entryOf(value, `${name}.${key}`, type);
      if (text !== undefined) texts.set(key, text);
    }
    return texts;
  }

  #entryOf(value: Node, field: string, type: 'text' | 'bool'): Located<string> | undefined {
    if (type === 'text') return this.#textOf(value, field);
    if (value.kind === 'scalar' && value.tag === 'bool') return { value: value.text.toLowerCase(), at: value };
    this.fail(value, field, `${this.pathOf(field)} has to be true or false`);
    return undefined;
  }

  list<T>(name: string, read: (item: Node, field: string) => T): T[] {
    const node = this.get(name);
    if (node === undefined) return [];
    if (node.kind !== 'list') {
      this.fail(
        node,
        name,
        `${this.pathOf(name)} is ${kindName(node)} and has to be a list`,
        'begin each item with "- "',
      );
      return [];
    }
    return node.items.map((item, index) => read(item, `${name}[${index}]`));
  }

  objects<T>(name: string, read: (reader: FieldReader) => T): T[] {
    return this.list(name, (item, field) => this.#readObject(item, field, read));
  }

  object<T>(name: string, read: (reader: FieldReader) => T): T | undefined {
    const node = this.get(name);
    return node && this.#readObject(node, name, read);
  }

  #readObject<T>(node: Node, field: string, read: (reader: FieldReader) => T): T {
    const reader = new FieldReader(node, this.pathOf(field), this.#options);
    const value = read(reader);
    reader.finish();
    return value;
  }

  /** To be called after all fields were asked for. */
  finish(): void {
    if (!this.#options.isStrict) return;
    for (const [key, { name, node }] of this.#fields) {
      if (this.#asked.has(key)) continue;
      const near = findSimilar(name, this.#asked.values());
      const help = near === undefined ? 'remove it' : `did you mean ${near}?`;
      this.fail(keyPlace(this.node, node), name, `there is no field ${this.pathOf(name)}`, help);
    }
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = { int: 'number', float: 'number', bool: 'boolean' };

/** The place of a field's name: a single value stands behind it, on its line or below. */
function keyPlace(map: Node, value: Node): Place {
  if (value.kind !== 'scalar') return value;
  const { text } = map.file;
  const lineStart = text.lastIndexOf('\n', value.start - 1) + 1;
  const indent = /^[\s-]*/.exec(text.slice(lineStart, value.start))?.[0].length ?? 0;
  return { file: value.file, start: Math.min(lineStart + indent, value.start) };
}
