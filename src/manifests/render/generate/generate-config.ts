import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { compareText } from '../../../lib/compare-text.ts';
import type { GeneratorArgs, GeneratorOptions, Located } from '../kustomization/kustomization.ts';
import { fieldOf, mapNode, type Node, type Place, scalar, textOf, withField } from '../nodes/node.ts';
import { jsonOf } from '../nodes/node-value.ts';
import { RenderError } from '../problems.ts';
import { Resource } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { changeNode } from '../transform/set-metadata.ts';

/**
 * Reads a file that a kustomization names; throws where it is missing or outside. `key` is what its content is called
 * in the object.
 */
export type ReadBytes = (
  path: Located<string>,
  key: string,
  purpose: 'file' | 'env',
) => { readonly bytes: Uint8Array; readonly at: Place };

interface Entry {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly at: Place;
}

/** Makes a ConfigMap or a Secret of literals, files and env files. */
export function generateConfig(kind: 'ConfigMap' | 'Secret', args: GeneratorArgs, read: ReadBytes): Resource {
  const { at, name, namespace, options } = args;
  if (name === '') {
    throw new RenderError('KustomizationInvalid', `a ${kind} to be generated has no name`, { help: 'add name:', at });
  }
  const entries = readEntries(args, read);
  const metadata = new Map<string, Node>([['name', scalar(name, at)]]);
  if (namespace !== '') metadata.set('namespace', scalar(namespace, at));
  if (options !== undefined && options.labels.size > 0) metadata.set('labels', textsNode(options.labels, at));
  if (options !== undefined && options.annotations.size > 0) {
    metadata.set('annotations', textsNode(options.annotations, at));
  }
  const fields = new Map<string, Node>([
    ['apiVersion', scalar('v1', at)],
    ['kind', scalar(kind, at)],
    ['metadata', mapNode(metadata, at)],
  ]);
  if (kind === 'Secret') fields.set('type', scalar(args.type || 'Opaque', at));
  for (const [field, data] of kind === 'Secret' ? secretData(entries, at) : configMapData(entries, at)) {
    fields.set(field, data);
  }
  if (options?.immutable === true) fields.set('immutable', scalar('true', at, 'bool'));
  const resource = new Resource(mapNode(fields, at));
  const needsHash = options?.disableNameSuffixHash !== true;
  resource.state = { ...resource.state, behavior: args.behavior, needsHash };
  return resource;
}

function textsNode(texts: ReadonlyMap<string, Located<string>>, at: Place): Node {
  return mapNode(new Map([...texts].map(([name, text]) => [name, scalar(text.value, text.at)])), at);
}

function readEntries(args: GeneratorArgs, read: ReadBytes): readonly Entry[] {
  const entries = [
    ...args.envs.flatMap((path) => readEnvFile(path, read)),
    ...args.literals.map(readLiteral),
    ...args.files.map((source) => readFileSource(source, read)),
  ];
  const seen = new Set<string>();
  for (const { key, at } of entries) {
    if (seen.has(key)) {
      throw new RenderError('RenderFailed', `the key ${key} is there twice`, { help: 'keep one of the two', at });
    }
    seen.add(key);
  }
  return entries;
}

/** `key=value`; quotes around the whole value go. */
function readLiteral({ value, at }: Located<string>): Entry {
  const equals = value.indexOf('=');
  if (equals <= 0) {
    throw new RenderError('RenderFailed', 'a literal has to have the form key=value', {
      help: 'add the key and =',
      at,
    });
  }
  const text = value.slice(equals + 1);
  const isQuoted = text.length >= 2 && text[0] === text.at(-1) && (text[0] === '"' || text[0] === "'");
  return { key: value.slice(0, equals), bytes: utf8ToBytes(isQuoted ? text.slice(1, -1) : text), at };
}

/** `path` or `key=path`. */
function readFileSource(source: Located<string>, read: ReadBytes): Entry {
  const parts = source.value.split('=');
  const [first = '', second] = parts;
  if (parts.length > 2 || (second !== undefined && (first === '' || second === ''))) {
    throw new RenderError('RenderFailed', `the file source ${source.value} has to have the form path or key=path`, {
      help: 'a key and a path may have no = themselves',
      at: source.at,
    });
  }
  const path = second ?? first;
  const key = second === undefined ? (path.split('/').at(-1) ?? path) : first;
  return { key, ...read({ value: path, at: source.at }, key, 'file') };
}

/** Lines of `KEY=value`; empty ones and those that begin with # are passed over. */
function readEnvFile(path: Located<string>, read: ReadBytes): readonly Entry[] {
  const { bytes, at } = read(path, path.value, 'env');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RenderError('RenderFailed', `the env file ${path.value} is not UTF-8`, { at: path.at });
  }
  const entries: Entry[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const content = line.replace(/\r$/, '').trimStart();
    if (content !== '' && !content.startsWith('#')) {
      const equals = content.indexOf('=');
      const key = equals < 0 ? content : content.slice(0, equals);
      const value = equals < 0 ? '' : content.slice(equals + 1);
      if (key !== '') entries.push({ key, bytes: utf8ToBytes(value), at: { file: at.file, start } });
    }
    start += line.length + 1;
  }
  return entries;
}

/** Text goes to `data`, everything else to `binaryData`. */
function configMapData(entries: readonly Entry[], at: Place): readonly (readonly [string, Node])[] {
  const data = new Map<string, Node>();
  const binaryData = new Map<string, Node>();
  for (const entry of sorted(entries)) {
    const text = decodeUtf8(entry.bytes);
    if (text !== undefined) data.set(entry.key, scalar(text, entry.at));
    else binaryData.set(entry.key, scalar(base64Lines(entry.bytes), entry.at));
  }
  return [
    ...(data.size > 0 ? [['data', mapNode(data, at)] as const] : []),
    ...(binaryData.size > 0 ? [['binaryData', mapNode(binaryData, at)] as const] : []),
  ];
}

function secretData(entries: readonly Entry[], at: Place): readonly (readonly [string, Node])[] {
  const data = sorted(entries).map(({ key, bytes, at: place }) => [key, scalar(base64Lines(bytes), place)] as const);
  return [['data', mapNode(new Map(data), at)]];
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((a, b) => compareText(a.key, b.key));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const BASE64_LINE = 70;

/** Base64 in lines of 70 characters, each with its end, as soon as there is a full line. */
function base64Lines(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const encoded = btoa(binary);
  if (encoded.length < BASE64_LINE) return encoded;
  return encoded.replace(/.{1,70}/g, '$&\n');
}

/** Options of one generator over those for all; a true for all cannot be undone. */
export function mergeGeneratorOptions(
  own: GeneratorOptions | undefined,
  common: GeneratorOptions | undefined,
): GeneratorOptions | undefined {
  if (own === undefined || common === undefined) return own ?? common;
  return {
    labels: new Map([...common.labels, ...own.labels]),
    annotations: new Map([...common.annotations, ...own.annotations]),
    disableNameSuffixHash: own.disableNameSuffixHash || common.disableNameSuffixHash,
    immutable: own.immutable || common.immutable,
  };
}

/** Adds to the name of each generated object a hash of its content, so that a change of content is a change of name. */
export function addHashes(list: ResourceList): void {
  for (const resource of list.items) {
    if (!resource.state.needsHash) continue;
    const hash = contentHash(resource);
    resource.rememberId();
    changeNode(resource, (node) => {
      const metadata = node.fields.get('metadata');
      if (metadata?.kind !== 'map') return node;
      const name = metadata.fields.get('name') ?? node;
      const named = withField(metadata, 'name', scalar(`${textOf(name)}-${hash}`, name));
      return withField(node, 'metadata', named);
    });
  }
}

const HASH_LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/**
 * Ten letters of the SHA-256 of the content as kustomize writes it down (api/hasher): keys sorted, the name always
 * empty, and letters that could spell words exchanged.
 */
function contentHash({ node }: Resource): string {
  const kind = textOf(fieldOf(node, 'kind'));
  const optional = kind === 'Secret' ? 'stringData' : 'binaryData';
  const content: Record<string, unknown> = { kind, name: '', data: hashedValue(fieldOf(node, 'data')) };
  if (kind === 'Secret') content['type'] = hashedValue(fieldOf(node, 'type'));
  const extra = fieldOf(node, optional);
  if (extra?.kind === 'map') content[optional] = jsonOf(extra);
  const hex = bytesToHex(sha256(utf8ToBytes(goJson(content))));
  return Array.from(hex.slice(0, 10), (letter) => HASH_LETTERS[letter] ?? letter).join('');
}

function hashedValue(node: Node | undefined): unknown {
  if (node === undefined) return '';
  return node.kind === 'scalar' ? node.text : jsonOf(node);
}

/** JSON as Go writes it: keys sorted, and what HTML could misunderstand escaped. */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => compareText(a, b));
    return `{${entries.map(([name, child]) => `${goString(name)}:${goJson(child)}`).join(',')}}`;
  }
  return typeof value === 'string' ? goString(value) : JSON.stringify(value);
}

/** Go escapes these four for the sake of HTML and JavaScript; \\b and \\f are written as here since Go 1.22. */
function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
