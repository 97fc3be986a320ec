import { isMap, isScalar, isSeq, type ParsedNode, Scalar, type YAMLMap } from 'yaml';
import { tagOfPlain } from '../render/nodes/resolve-scalar.ts';
import type { DocumentLeaf, SopsDocument, SopsField, SopsPart } from './sops-document.ts';
import { decryptLeaves, withholdLeaves } from './sops-mac.ts';
import { additionalDataOf, type DecryptedValue, decryptValue } from './sops-value.ts';

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isValue?: boolean;
}

/**
 * A manifest decrypted in place: each value stays on its line, and what is left of the metadata are empty lines, so
 * that every line has the number that it has in the repository. A part without a key gets words in place of its values.
 */
export function decryptInPlace(
  { text, parts }: SopsDocument,
  dataKeys: readonly (Uint8Array | undefined)[],
): DecryptedText {
  const replacements = parts.flatMap(({ leaves, metadata, fields }, part): readonly Replacement[] => {
    const dataKey = dataKeys[part];
    const values = dataKey === undefined ? withholdLeaves(leaves) : decryptLeaves(leaves, metadata, dataKey);
    const decrypted = leaves.flatMap((leaf, index) => {
      const value = values[index];
      return value === undefined ? [] : [{ ...withLines(text, leaf, flowText(value)), isValue: true }];
    });
    return [...decrypted, ...fields.map((field) => withLines(text, spanOf(text, field), ''))];
  });
  const starts = new Set<number>();
  let shift = 0;
  for (const { start, end, text: by, isValue } of [...replacements].sort((a, b) => a.start - b.start)) {
    if (isValue === true) starts.add(start + shift);
    shift += by.length - (end - start);
  }
  return { text: replace(text, replacements), starts };
}

export interface DecryptedText {
  readonly text: string;
  /** Where the values begin that were encrypted. */
  readonly starts: ReadonlySet<number>;
}

/** The YAML that a Secret gets as the content of a file: written as people do, without the metadata. */
export function decryptYaml(text: string, document: SopsPart, dataKey: Uint8Array): string {
  const values = decryptLeaves(document.leaves, document.metadata, dataKey);
  const replacements = document.leaves.flatMap((leaf, index) => {
    const value = values[index];
    return value === undefined ? [] : [{ start: leaf.start, end: leaf.end, text: blockText(leaf, value, text) }];
  });
  const fields = document.fields.map((field) => ({ ...wholeLines(text, spanOf(text, field)), text: '' }));
  const kept = replace(text, [...replacements, ...fields]);
  return kept.replace(ENCRYPTED_COMMENT, (comment, encrypted: string) => {
    for (const path of document.mappings) {
      const value = decryptValue(encrypted, dataKey, additionalDataOf(path));
      if (value !== undefined) return `#${textOf(value)}`;
    }
    // "Assume the comment was not encrypted in the first place" (sops.go).
    return comment;
  });
}

const ENCRYPTED_COMMENT = /#(ENC\[AES256_GCM,[^\]\n]*\])/g;

/** The JSON that a Secret gets as the content of a file, as sops writes it. */
export function decryptJson(document: SopsPart, dataKey: Uint8Array): string {
  const [root] = document.roots;
  return root === undefined ? '{}\n' : `${new JsonWriter(document, dataKey).write(root)}\n`;
}

/** The bytes in the envelope of a binary file; undefined when there are none. */
export function decryptBinary(document: SopsPart, dataKey: Uint8Array): Uint8Array | undefined {
  const values = decryptLeaves(document.leaves, document.metadata, dataKey);
  const index = document.leaves.findIndex(({ path }) => path.length === 1 && path[0] === 'data');
  return values[index]?.bytes;
}

function textOf({ bytes }: DecryptedValue): string {
  return new TextDecoder().decode(bytes);
}

/** A value on one line, as YAML and JSON both read it. */
function flowText(value: DecryptedValue): string {
  const text = textOf(value);
  if (value.type === 'bool') return text.toLowerCase() === 'true' ? 'true' : 'false';
  return value.type === 'int' || value.type === 'float' ? text : JSON.stringify(text);
}

/**
 * What needs no quotes, wherever it stands in a block; `-` and `@` mean something in front (YAML 1.2, 5.3 Indicator
 * Characters), and a lone `.` is a number to some.
 */
const PLAIN_WORDS = /^[A-Za-z0-9_/+=][A-Za-z0-9_./+=@-]*(?: [A-Za-z0-9_./+=@-]+)*$/;

function blockText({ indent, node }: DocumentLeaf, value: DecryptedValue, file: string): string {
  const text = textOf(value);
  if (value.type !== 'str' && value.type !== 'bytes') return flowText(value);
  const isInFlow = node.type !== Scalar.PLAIN && file[node.range[0]] === '"';
  if (isInFlow) return flowText(value);
  if (PLAIN_WORDS.test(text) && tagOfPlain(text, '1.1') === 'str')
    return tagOfPlain(text, '1.2') === 'str' ? text : flowText(value);
  if (!text.includes('\n') || /[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]|^[\s]|[ \t]$/m.test(text))
    return flowText(value);
  const lead = ' '.repeat(indent + 4);
  const chomping = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return `|${chomping}\n${lines.map((line) => (line === '' ? '' : lead + line)).join('\n')}`;
}

/** The part of the text with the field, and with the comma that leads to it in braces. */
function spanOf(text: string, { start, end, isFlow }: SopsField): SopsField {
  if (!isFlow) return { start, end, isFlow };
  const after = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
  if (after > 0) return { start, end: end + after, isFlow };
  const before = /,\s*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return { start: start - before, end, isFlow };
}

function wholeLines(text: string, { start, end, isFlow }: SopsField): { readonly start: number; readonly end: number } {
  if (isFlow) return { start, end };
  const lineEnd = text.indexOf('\n', end);
  return { start: text.lastIndexOf('\n', start - 1) + 1, end: lineEnd < 0 ? text.length : lineEnd + 1 };
}

/** A replacement that has as many lines as what it replaces. */
function withLines(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  by: string,
): Replacement {
  const lines = text.slice(start, end).split('\n').length - 1;
  return { start, end, text: by + '\n'.repeat(lines) };
}

function replace(text: string, replacements: readonly Replacement[]): string {
  let replaced = '';
  let at = 0;
  for (const { start, end, text: by } of [...replacements].sort((a, b) => a.start - b.start)) {
    replaced += text.slice(at, start) + by;
    at = end;
  }
  return replaced + text.slice(at);
}

class JsonWriter {
  readonly #values: ReadonlyMap<ParsedNode, DecryptedValue | undefined>;

  constructor(document: SopsPart, dataKey: Uint8Array) {
    const values = decryptLeaves(document.leaves, document.metadata, dataKey);
    this.#values = new Map(document.leaves.map(({ node }, index) => [node, values[index]]));
  }

  write(root: YAMLMap.Parsed): string {
    const items = root.items.filter(({ key }) => !(isScalar(key) && key.value === 'sops'));
    return this.#map(items, '');
  }

  #map(items: YAMLMap.Parsed['items'], lead: string): string {
    const inner = `${lead}\t`;
    const lines = items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value ?? '') : '';
      return `${inner}${JSON.stringify(name)}: ${this.#value(value, inner)}`;
    });
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${lead}}`;
  }

  #value(node: ParsedNode | null, lead: string): string {
    if (node === null) return 'null';
    if (isMap(node)) return this.#map((node as YAMLMap.Parsed).items, lead);
    if (isSeq(node)) {
      const items = (node.items as ParsedNode[]).map((item) => `${lead}\t${this.#value(item, `${lead}\t`)}`);
      return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${lead}]`;
    }
    const value = this.#values.get(node);
    if (value !== undefined) return flowText(value);
    if (!isScalar(node)) return 'null';
    const text = String(node.value ?? '');
    return node.type === Scalar.PLAIN && /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(text)
      ? text
      : JSON.stringify(text);
  }
}
