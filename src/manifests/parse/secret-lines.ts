import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { isSecretName, mentionsSecretName } from '../../objects/secret-names.ts';
import type { ComposedFile } from './compose.ts';
import { findField } from './find-node.ts';
import type { LineIndex } from './line-index.ts';

/**
 * What may be shown of a line that can hold a secret: the text up to this offset, such as a key; the rest is masked.
 */
export type SecretLines = ReadonlyMap<number, { readonly keep: number }>;

const KIND_SECRET = /kind["']?\s*:\s*(?:[&!]\S*\s+)*["']?\w*Secret/;

/** The fields of a Secret that hold nothing secret. A mistyped `stringdata` is not among them and is masked, too. */
export const OPEN_SECRET_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/**
 * The fields of an item of `secretGenerator` that hold names and paths. A mistyped `literal` is not among them and is
 * masked, too.
 */
const OPEN_GENERATOR_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'behavior',
  'type',
  'files',
  'env',
  'envs',
  'options',
]);
const OPEN_GENERATOR_WORD = /^\s*(?:- )*(?:name|namespace|behavior|type|files|envs?|options|literals)\s*:/;
const SECRET_GENERATOR = /^["'{\s]*secretGenerator["']?\s*:/;

/** What is shown of a document that cannot be read, when it may be a Secret. */
const OPEN_WORD =
  /^\s*(?:- )*(?:apiVersion|kind|metadata|name|namespace|labels|annotations|type|immutable|data|stringData)\s*:/;

/**
 * The lines of a file that can hold the values of a Secret. A document that is broken and looks like one counts as a
 * whole.
 */
export function secretLines(file: ComposedFile, lines: LineIndex): SecretLines {
  const found = new Map<number, { keep: number }>();
  const { text } = lines;
  if (!mentionsSecretName(text)) return found;
  const isCut =
    file.stopped !== undefined ||
    file.documents.some((document) => document.root === null && document.errors.length > 0);
  if (isCut && KIND_SECRET.test(text)) {
    addBroken(found, lines, 0, text.length);
    return found;
  }
  if (isCut) addBrokenGenerator(found, lines, 0, text.length);
  for (const document of file.documents) {
    const [start, end] = document.range;
    if (document.errors.length > 0) {
      if (KIND_SECRET.test(text.slice(start, end))) addBroken(found, lines, start, end);
      else {
        addBrokenGenerator(found, lines, start, end);
        addBrokenValues(found, lines, start, end);
      }
    } else {
      addSecretsOf(found, lines, document.root, document.root);
      addGenerator(found, lines, document.root);
      addNamedValues(found, lines, document.root);
    }
  }
  return found;
}

/** The values of variables and headers whose name speaks of a secret. */
function addNamedValues(found: Map<number, { keep: number }>, lines: LineIndex, node: ParsedNode | null): void {
  if (isSeq(node)) for (const item of node.items as ParsedNode[]) addNamedValues(found, lines, item);
  if (!isMap(node)) return;
  const items = (node as YAMLMap.Parsed).items;
  // A key that stands there twice is an error, and its line is shown.
  const pairsOf = (wanted: string) => items.filter(({ key }) => isScalar(key) && key.value === wanted);
  const isSecret = pairsOf('name').some(({ value }) => isScalar(value) && isSecretName(value.value));
  if (isSecret) for (const { key, value } of pairsOf('value')) addMasked(found, lines, key, value);
  for (const { value } of items) addNamedValues(found, lines, value);
}

const VALUE_KEY = /^.*?\bvalue["']?\s*:/;
const KEY_WITH_VALUE = /^\s*(?:- +)*["']?([\w.-]+)["']?\s*:(?=\s*\S)/;
const INDENTATION = /^\s*(?:- +)*/;
/** Lines in which the name of a value stands before or behind it. */
const NAME_DISTANCE = 3;

/** The same in a document that cannot be read: by its words, with the lines of a block below them. */
function addBrokenValues(found: Map<number, { keep: number }>, lines: LineIndex, start: number, end: number): void {
  const first = lines.lineAt(start);
  const last = lines.lineAt(end);
  for (let line = first; line <= last; line++) {
    const text = lines.lineText(line);
    const [key, name] = VALUE_KEY.exec(text) ?? KEY_WITH_VALUE.exec(text) ?? [];
    if (key === undefined || (name !== undefined && !isSecretName(name))) continue;
    const until = lastOfBlock(lines, line, last);
    if (name === undefined && !isNamedSecret(lines, Math.max(first, line - NAME_DISTANCE), line, until, last)) continue;
    found.set(line, { keep: key.length });
    for (let below = line + 1; below <= until; below++) if (!found.has(below)) found.set(below, { keep: 0 });
  }
}

/** The last line that is indented deeper than the key in `line`. */
function lastOfBlock(lines: LineIndex, line: number, last: number): number {
  const indentation = (text: string) => INDENTATION.exec(text)?.[0].length ?? 0;
  const own = indentation(lines.lineText(line));
  let until = line;
  for (let below = line + 1; below <= last; below++) {
    const text = lines.lineText(below);
    if (text.trim() === '') continue;
    if (text.length - text.trimStart().length <= own) break;
    until = below;
  }
  return until;
}

/**
 * Whether a name that speaks of a secret stands from line `from` to `line`, or behind the block of the value, in the
 * same item.
 */
function isNamedSecret(lines: LineIndex, from: number, line: number, until: number, last: number): boolean {
  for (let before = from; before <= line; before++) if (mentionsSecretName(lines.lineText(before))) return true;
  for (let behind = until + 1; behind <= Math.min(last, until + NAME_DISTANCE); behind++) {
    const text = lines.lineText(behind);
    if (/^\s*- /.test(text)) return false;
    if (mentionsSecretName(text)) return true;
  }
  return false;
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

/**
 * "literals: A list of key=value pairs" (kustomize, secretGenerator): the values of a Secret, in a file that is no
 * Secret.
 */
function addGenerator(found: Map<number, { keep: number }>, lines: LineIndex, root: ParsedNode | null): void {
  if (!isMap(root)) return;
  for (const { key, value } of (root as YAMLMap.Parsed).items) {
    if (!isScalar(key) || key.value !== 'secretGenerator') continue;
    if (!isSeq(value)) addMasked(found, lines, key, value);
    else for (const item of value.items as ParsedNode[]) addGeneratorItem(found, lines, item);
  }
}

function addGeneratorItem(found: Map<number, { keep: number }>, lines: LineIndex, item: ParsedNode): void {
  if (!isMap(item)) return addMasked(found, lines, item, item);
  for (const { key, value } of (item as YAMLMap.Parsed).items) {
    if (!isScalar(key) || !OPEN_GENERATOR_FIELDS.has(String(key.value))) addMasked(found, lines, key, value);
  }
}

/** The same in a document that cannot be read: all lines from the generator to the next field of the kustomization. */
function addBrokenGenerator(found: Map<number, { keep: number }>, lines: LineIndex, start: number, end: number): void {
  let isInside = false;
  const last = lines.lineAt(end);
  for (let line = lines.lineAt(start); line <= last; line++) {
    const text = lines.lineText(line);
    const head = SECRET_GENERATOR.exec(text)?.[0];
    if (head !== undefined) isInside = true;
    else if (/^\w+\s*:/.test(text)) isInside = false;
    if (isInside) found.set(line, { keep: head?.length ?? OPEN_GENERATOR_WORD.exec(text)?.[0].length ?? 0 });
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
