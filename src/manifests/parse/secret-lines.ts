import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import type { ComposedFile } from './compose.ts';
import { findField } from './find-node.ts';
import type { LineIndex } from './line-index.ts';

/** What may be shown of a line that can hold a secret: the text up to this offset, such as a key; the rest is masked. */
export type SecretLines = ReadonlyMap<number, { readonly keep: number }>;

const KIND_SECRET = /kind["']?\s*:\s*(?:[&!]\S*\s+)*["']?\w*Secret/;

/** The fields of a Secret that hold nothing secret. A mistyped `stringdata` is not among them and is masked, too. */
export const OPEN_SECRET_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/** What is shown of a document that cannot be read, when it may be a Secret. */
const OPEN_WORD =
  /^\s*(?:- )*(?:apiVersion|kind|metadata|name|namespace|labels|annotations|type|immutable|data|stringData)\s*:/;

/** The lines of a file that can hold the values of a Secret. A document that is broken and looks like one counts as a whole. */
export function secretLines(file: ComposedFile, lines: LineIndex): SecretLines {
  const found = new Map<number, { keep: number }>();
  const { text } = lines;
  if (!/secret/i.test(text)) return found;
  const isCut =
    file.stopped !== undefined ||
    file.documents.some((document) => document.root === null && document.errors.length > 0);
  if (isCut && KIND_SECRET.test(text)) {
    addBroken(found, lines, 0, text.length);
    return found;
  }
  for (const document of file.documents) {
    const [start, end] = document.range;
    if (document.errors.length > 0) {
      if (KIND_SECRET.test(text.slice(start, end))) addBroken(found, lines, start, end);
    } else addSecretsOf(found, lines, document.root, document.root);
  }
  return found;
}

function addBroken(found: Map<number, { keep: number }>, lines: LineIndex, start: number, end: number): void {
  const last = lines.lineAt(end);
  for (let line = lines.lineAt(start); line <= last; line++) {
    found.set(line, { keep: OPEN_WORD.exec(lines.lineText(line))?.[0].length ?? 0 });
  }
}

function addSecretsOf(
  found: Map<number, { keep: number }>,
  lines: LineIndex,
  root: ParsedNode | null,
  node: ParsedNode | null,
): void {
  if (!isMap(node)) return;
  const kind = findField(node, ['kind']).value;
  const name = isScalar(kind) ? String(kind.value) : '';
  if (name === 'Secret') addSecret(found, lines, node as YAMLMap.Parsed);
  if (!name.endsWith('List')) return;
  const items = findField(node, ['items']).value;
  if (!isSeq(items)) return;
  for (const item of items.items as ParsedNode[]) {
    if (name === 'SecretList' && isMap(item)) addSecret(found, lines, item as YAMLMap.Parsed);
    else addSecretsOf(found, lines, root, item);
  }
}

function addSecret(found: Map<number, { keep: number }>, lines: LineIndex, secret: YAMLMap.Parsed): void {
  for (const { key, value } of secret.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!OPEN_SECRET_FIELDS.has(name)) addMasked(found, lines, key, value);
    else if (name === 'metadata' && isMap(value)) {
      const pair = (value as YAMLMap.Parsed).items.find(
        (item) => isScalar(item.key) && item.key.value === 'annotations',
      );
      if (pair !== undefined) addMasked(found, lines, pair.key, pair.value);
    }
  }
}

/** Masks all lines of one field; its own key and the first key of each line below stay readable. */
function addMasked(
  found: Map<number, { keep: number }>,
  lines: LineIndex,
  key: ParsedNode,
  value: ParsedNode | null,
): void {
  const last = lines.lineAt(value?.range[1] ?? key.range[1]);
  for (let line = lines.lineAt(key.range[0]); line <= last; line++) {
    if (!found.has(line)) found.set(line, { keep: 0 });
  }
  const keys = [key, ...(isMap(value) ? (value as YAMLMap.Parsed).items.map((item) => item.key) : [])];
  for (const shown of keys.filter((candidate) => isScalar(candidate))) {
    const span = lines.spanOf(shown.range[0], shown.range[1]);
    const entry = found.get(span.line);
    if (entry !== undefined && entry.keep === 0) entry.keep = span.endColumn - 1;
  }
}
