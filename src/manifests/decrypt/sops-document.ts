import { isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar, type YAMLMap } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { type ComposedDocument, compose } from '../parse/compose.ts';
import { resolvePlainScalar } from '../parse/resolve-scalar.ts';
import { bigIntOf, tagOfPlain } from '../render/nodes/resolve-scalar.ts';
import { DecryptError } from './decrypt-error.ts';
import type { Leaf } from './sops-mac.ts';
import { readMetadata, type SopsMetadata } from './sops-metadata.ts';

/** A value of a YAML or JSON file, with the part of the text that it takes. */
export interface DocumentLeaf extends Leaf {
  readonly end: number;
  readonly node: Scalar.Parsed;
  /** Column of the line's first key, by which lines of the value are indented. */
  readonly indent: number;
}

/** The `sops` field of a document: what is taken out. */
export interface SopsField {
  readonly start: number;
  readonly end: number;
  readonly isFlow: boolean;
}

/** Documents that were encrypted together, with one key and one MAC. */
export interface SopsPart {
  readonly metadata: SopsMetadata;
  readonly leaves: readonly DocumentLeaf[];
  readonly fields: readonly SopsField[];
  readonly roots: readonly YAMLMap.Parsed[];
  /** Paths of all mappings: comments are encrypted with the path of the one they stand in. */
  readonly mappings: readonly (readonly string[])[];
}

/**
 * A YAML or JSON file with documents that sops encrypted: all of them together, or, when it was put together
 * afterwards, some.
 */
export interface SopsDocument {
  readonly text: string;
  readonly parts: readonly [SopsPart, ...SopsPart[]];
}

const SOPS = 'sops';

/**
 * Reads a file as one that sops encrypted; undefined when it is none. Throws `DecryptError` when it is one and broken.
 */
export function readSopsDocument(text: string, format: 'yaml' | 'json'): SopsDocument | undefined {
  if (!/\bsops\b/.test(text) || !text.includes('ENC[AES256_GCM,')) return undefined;
  const { documents, stopped } = compose(text);
  const byMac = new Map<string, { readonly sops: JsonObject; readonly roots: YAMLMap.Parsed[] }>();
  for (const { root } of documents) {
    const sops = isMap(root) ? metadataOf(root as YAMLMap.Parsed) : undefined;
    if (sops === undefined) continue;
    const mac = String(sops['mac']);
    const part = byMac.get(mac) ?? { sops, roots: [] };
    part.roots.push(root as YAMLMap.Parsed);
    byMac.set(mac, part);
  }
  if (byMac.size === 0) return undefined;
  const error = firstError(documents);
  if (error !== undefined || stopped !== undefined) {
    throw new DecryptError('the encrypted file is no valid YAML', {
      ...(error === undefined ? {} : { start: error.pos[0] }),
      help: 'edit encrypted files with sops only',
    });
  }
  const [first, ...others] = [...byMac.values()].map(({ sops, roots }): SopsPart => {
    const reader = new LeafReader(text, format);
    for (const root of roots) reader.readRoot(root);
    const { leaves, fields, mappings } = reader;
    return { metadata: readMetadata(sops), leaves, fields, roots, mappings };
  });
  return first === undefined ? undefined : { text, parts: [first, ...others] };
}

function firstError(documents: readonly ComposedDocument[]) {
  return documents.flatMap(({ errors }) => errors)[0];
}

/**
 * The metadata, when the mapping has some that a MAC belongs to: a field of this name alone makes no encrypted file.
 */
function metadataOf(root: YAMLMap.Parsed): JsonObject | undefined {
  const pair = root.items.find(({ key }) => isScalar(key) && key.value === SOPS);
  if (!isMap(pair?.value)) return undefined;
  const sops = plainValue(pair.value as ParsedNode, 0);
  return isJsonObject(sops) && typeof sops['mac'] === 'string' ? sops : undefined;
}

const METADATA_DEPTH = 8;

function plainValue(node: ParsedNode | null, depth: number): JsonValue {
  if (node === null || depth > METADATA_DEPTH) return null;
  if (isMap(node)) {
    const entries = (node as YAMLMap.Parsed).items.map(({ key, value }) => [
      isScalar(key) ? String(key.value) : '',
      plainValue(value, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) return (node.items as ParsedNode[]).map((item) => plainValue(item, depth + 1));
  if (!isScalar(node)) return null;
  const text = String(node.value ?? '');
  if (node.type !== Scalar.PLAIN) return text;
  const resolved = resolvePlainScalar(text);
  return resolved.type === 'value' && typeof resolved.value !== 'number' ? resolved.value : text;
}

class LeafReader {
  readonly leaves: DocumentLeaf[] = [];
  readonly fields: SopsField[] = [];
  readonly mappings: (readonly string[])[] = [[]];
  readonly #text: string;
  readonly #format: 'yaml' | 'json';

  constructor(text: string, format: 'yaml' | 'json') {
    this.#text = text;
    this.#format = format;
  }

  readRoot(root: YAMLMap.Parsed): void {
    for (const { key, value } of root.items) {
      const name = keyOf(key);
      if (name !== SOPS) this.#read(value, [name], key.range[0]);
      else {
        const end = value?.range[1] ?? key.range[1];
        this.fields.push({ start: key.range[0], end, isFlow: root.flow === true });
      }
    }
  }

  #read(node: ParsedNode | null, path: readonly string[], keyStart: number): void {
    if (node === null) return;
    if (isAlias(node) || node.anchor !== undefined) {
      throw new DecryptError('an encrypted file has no anchors and aliases', {
        help: 'edit encrypted files with sops only',
        start: node.range[0],
      });
    }
    if (isSeq(node)) for (const item of node.items as ParsedNode[]) this.#read(item, path, item?.range[0] ?? keyStart);
    else if (isMap(node)) {
      this.mappings.push(path);
      for (const { key, value } of (node as YAMLMap.Parsed).items) {
        this.#read(value, [...path, keyOf(key)], key.range[0]);
      }
    } else if (isScalar(node)) this.#addLeaf(node, path, keyStart);
  }

  #addLeaf(node: Scalar.Parsed, path: readonly string[], keyStart: number): void {
    const text = String(node.value ?? '');
    const tag = node.type === Scalar.PLAIN ? tagOfPlain(text, '1.2') : 'str';
    // "It makes no sense to encrypt nothing": null is passed over, by the MAC too (sops.go, walkValue).
    if (tag === 'null') return;
    const lineStart = this.#text.lastIndexOf('\n', keyStart - 1) + 1;
    this.leaves.push({
      path,
      text,
      plain: () => this.#plainText(text, tag),
      start: node.range[0],
      end: node.range[1],
      node,
      indent: keyStart - lineStart,
    });
  }

  /** "ToBytes": what the MAC takes of a value that is not encrypted (sops.go). All numbers of JSON are floats to it. */
  #plainText(text: string, tag: string): string {
    if (tag === 'bool') return text.toLowerCase() === 'true' ? 'True' : 'False';
    if (tag === 'int' && this.#format === 'yaml') return String(bigIntOf(text.replaceAll('_', '')));
    return tag === 'int' || tag === 'float' ? withoutExponent(Number(text.replaceAll('_', ''))) : text;
  }
}

function keyOf(key: ParsedNode): string {
  if (isScalar(key)) return String(key.value ?? '');
  throw new DecryptError('an encrypted file has only texts as keys', {
    help: 'edit encrypted files with sops only',
    start: key.range[0],
  });
}

/** A number without an exponent, in as few digits as lead back to it (`strconv.FormatFloat(f, 'f', -1, 64)`). */
function withoutExponent(value: number): string {
  const [mantissa = '', exponentText] = String(Math.abs(value)).split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (exponentText === undefined) return sign + mantissa;
  const exponent = Number(exponentText);
  const [whole = '', fraction = ''] = mantissa.split('.');
  if (exponent >= 0) return sign + whole + fraction.padEnd(exponent, '0');
  return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
}
