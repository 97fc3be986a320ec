import { isJsonObject } from '../../../lib/json.ts';
import type { SourceFile } from '../nodes/node.ts';
import type { Finished } from '../render.ts';
import type { CachedResult } from '../render-cache.ts';
import { RenderedObject } from '../rendered-object.ts';
import { malformed, NodeDecoder, NodeEncoder, SecretNodeError } from './node-codec.ts';

/** Raise it whenever what is stored, or what the renderer makes of the same files, changes. */
const FORMAT = 'berth-render 1';

/**
 * A finished rendering as bytes, to be kept beyond this process; undefined for one that must not be: with problems,
 * with anything that was decrypted, or with what depends on more than files. `key` is what it is the result of.
 */
export function encodeResult(key: string, { value, dependencies }: CachedResult<Finished>): Uint8Array | undefined {
  if (value.problems.length > 0) return undefined;
  // Lookups of keys and charts are no lookups of files: whether they still hold only the running process can say.
  for (const path of dependencies.keys()) if (path.startsWith('\0')) return undefined;
  const encoder = new NodeEncoder();
  try {
    const objects = value.objects.map(({ node, place }) => [encoder.fileOf(place), place.start, encoder.encode(node)]);
    const files = encoder.files.map(({ path, text, lineShift }) => [path, text, lineShift]);
    const body = JSON.stringify({ key, dependencies: [...dependencies], files, objects });
    return new TextEncoder().encode(`${FORMAT} ${checksumOf(body)}\n${body}`);
  } catch (error) {
    if (error instanceof SecretNodeError) return undefined;
    throw error;
  }
}

/** What `encodeResult` made bytes of; undefined for anything else: another format, another key, damage. */
export function decodeResult(key: string, bytes: Uint8Array): CachedResult<Finished> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const lineEnd = text.indexOf('\n');
    const body = text.slice(lineEnd + 1);
    if (text.slice(0, lineEnd) !== `${FORMAT} ${checksumOf(body)}`) return undefined;
    const json: unknown = JSON.parse(body);
    return isJsonObject(json) && json['key'] === key ? decodeBody(json) : undefined;
  } catch {
    return undefined;
  }
}

function decodeBody({ dependencies, files, objects }: Readonly<Record<string, unknown>>): CachedResult<Finished> {
  if (!Array.isArray(dependencies) || !Array.isArray(files) || !Array.isArray(objects)) throw malformed();
  const decoder = new NodeDecoder(files.map(readFile));
  const decoded = objects.map((object: unknown) => {
    if (!Array.isArray(object)) throw malformed();
    const [fileIndex, start, json]: readonly unknown[] = object;
    const node = decoder.decode(json);
    if (node.kind !== 'map') throw malformed();
    return new RenderedObject(node, decoder.placeOf(fileIndex, start));
  });
  return { value: { objects: decoded, problems: [] }, dependencies: new Map(dependencies.map(readPair)) };
}

function readFile(json: unknown): SourceFile {
  if (!Array.isArray(json)) throw malformed();
  const [path, text, lineShift]: readonly unknown[] = json;
  if (typeof path !== 'string' || typeof text !== 'string' || typeof lineShift !== 'number') throw malformed();
  return { path, text, lineShift };
}

function readPair(json: unknown): readonly [string, string] {
  if (!Array.isArray(json)) throw malformed();
  const [path, found]: readonly unknown[] = json;
  if (typeof path !== 'string' || typeof found !== 'string') throw malformed();
  return [path, found];
}

/** FNV-1a over the characters: finds what a disk or a torn write does, which is all it is for. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${(hash >>> 0).toString(16).padStart(8, '0')}-${text.length}`;
}
