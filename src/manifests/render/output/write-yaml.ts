import { resolvePlainScalar } from '../../parse/resolve-scalar.ts';
import type { MapNode, Node, ScalarNode } from '../nodes/node.ts';
import { finalTag, scalarValue } from '../nodes/node-value.ts';
import { bigIntOf, tagOfPlain } from '../nodes/resolve-scalar.ts';
import { compareKeys } from './compare-keys.ts';
import { analyzeScalar } from './scalar-style.ts';
import { writeDoubleQuoted, writeLiteral, writePlain, writeSingleQuoted } from './write-scalar.ts';

/** Objects as `kubectl kustomize` prints them: keys sorted, no comments, documents separated by `---`. */
export function writeObjects(objects: readonly { readonly node: MapNode }[]): string {
  return objects.map(({ node }) => writeYaml(node)).join('---\n');
}

/** One object as sigs.k8s.io/yaml writes it (goyaml.v2), down to its line breaks. */
export function writeYaml(node: Node): string {
  return new Writer().write(node);
}

/** Keys longer than this, in bytes, are written with `? `. */
const SIMPLE_KEY_BYTES = 128;

class Writer {
  #text = '';

  write(node: Node): string {
    if (node.kind === 'map' && node.fields.size > 0) this.#writeMap(node, 0, false);
    else if (node.kind === 'list' && node.items.length > 0) this.#writeList(node.items, 0, false);
    else this.#text += `${this.#inline(node, 0, 0)}\n`;
    return this.#text;
  }

  /** `isOpen`: the first key goes on the line that is begun, at the column of `indent`. */
  #writeMap(node: MapNode, indent: number, isOpen: boolean): void {
    const lead = ' '.repeat(indent);
    let isOnLine = isOpen;
    for (const [name, value] of [...node.fields].sort(([a], [b]) => compareKeys(a, b))) {
      if (!isOnLine) this.#text += lead;
      isOnLine = false;
      if (isSimpleKey(name)) {
        const key = `${writeText(name, { indent, column: indent, isKey: true })}:`;
        this.#text += key;
        this.#writeValue(value, indent, indent + Array.from(key).length);
      } else {
        this.#text += `? ${writeText(name, { indent: indent + 2, column: indent + 2, isKey: false })}\n${lead}:`;
        this.#writeValue(value, indent, indent + 1);
      }
    }
  }

  #writeList(items: readonly Node[], indent: number, isOpen: boolean): void {
    let lead = isOpen ? '' : ' '.repeat(indent);
    for (const item of items) {
      this.#text += `${lead}-`;
      if (item.kind === 'map' && item.fields.size > 0) {
        this.#text += ' ';
        this.#writeMap(item, indent + 2, true);
      } else if (item.kind === 'list' && item.items.length > 0) {
        this.#text += ' ';
        this.#writeList(item.items, indent + 2, true);
      } else this.#text += ` ${this.#inline(item, indent + 2, indent + 2)}\n`;
      lead = ' '.repeat(indent);
    }
  }

  #writeValue(value: Node, indent: number, column: number): void {
    if (value.kind === 'map' && value.fields.size > 0) {
      this.#text += '\n';
      this.#writeMap(value, indent + 2, false);
    } else if (value.kind === 'list' && value.items.length > 0) {
      this.#text += '\n';
      this.#writeList(value.items, indent, false);
    } else this.#text += ` ${this.#inline(value, indent + 2, column + 1)}\n`;
  }

  #inline(node: Node, indent: number, column: number): string {
    if (node.kind === 'map') return '{}';
    return node.kind === 'list' ? '[]' : writeScalarNode(node, indent, column);
  }
}

function isSimpleKey(name: string): boolean {
  return new TextEncoder().encode(name).length <= SIMPLE_KEY_BYTES && !name.includes('\n');
}

function writeScalarNode(node: ScalarNode, indent: number, column: number): string {
  const value = scalarValue(node);
  if (typeof value === 'string') return writeText(value, { indent, column, isKey: false });
  if (typeof value !== 'number') return String(value);
  if (finalTag(node) === 'int' && !Number.isSafeInteger(value)) return String(bigIntOf(node.text.replaceAll('_', '')));
  return writeNumber(value);
}

/**
 * Go's JSON has no exponent below 1e21, which makes whole floats integers; YAML writes the others with one from 1e+06
 * on.
 */
function writeNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e21) return String(value);
  if (size < 1e6 && size >= 1e-4) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
}

export interface TextPlace {
  /** Where lines go on that the text is broken into. */
  readonly indent: number;
  /** Where it starts. */
  readonly column: number;
  readonly isKey: boolean;
}

/** Text that would be read as something else is quoted; several lines are a literal block. */
function writeText(text: string, place: TextPlace): string {
  const style = analyzeScalar(text);
  if (text.includes('\n') && style.isBlockAllowed && !place.isKey) return writeLiteral(text, place.indent);
  if (text.includes('\n') || !isTextWhenPlain(text)) return writeDoubleQuoted(text, place);
  if (style.isPlainAllowed) return writePlain(text, place);
  return style.isSingleQuotedAllowed ? writeSingleQuoted(text, place) : writeDoubleQuoted(text, place);
}

/** Numbers to the base 60 of YAML 1.1. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

function isTextWhenPlain(text: string): boolean {
  if (text === '' || BASE_60.test(text) || tagOfPlain(text, '1.2') === 'timestamp') return false;
  const resolved = resolvePlainScalar(text);
  return resolved.type === 'value' && typeof resolved.value === 'string';
}
