import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { DecryptError } from './decrypt-error.ts';
import { decryptLeaves, type Leaf, withholdLeaves } from './sops-mac.ts';
import { readMetadata, type SopsMetadata } from './sops-metadata.ts';
import { additionalDataOf, decryptValue } from './sops-value.ts';

/** A file of `KEY=value` lines that sops encrypted. */
export interface SopsDotenv {
  readonly metadata: SopsMetadata;
  /** In the order of the file; a comment has no leaf. */
  readonly lines: readonly { readonly text: string; readonly leaf: Leaf | undefined }[];
}

const PREFIX = 'sops_';

/**
 * Reads a dotenv file as one that sops encrypted; undefined when it is none. Throws `DecryptError` when it is one and
 * broken.
 */
export function readSopsDotenv(text: string): SopsDotenv | undefined {
  if (!/^sops_mac=ENC\[/m.test(text)) return undefined;
  const lines: { readonly text: string; readonly leaf: Leaf | undefined }[] = [];
  const flat: (readonly [string, string])[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (line.startsWith('#')) lines.push({ text: line, leaf: undefined });
    else if (line !== '' && equals < 0) {
      throw new DecryptError('a line of the file has no =', { help: 'edit encrypted files with sops only', start });
    } else if (line.startsWith(PREFIX))
      flat.push([line.slice(PREFIX.length, equals), unescaped(line.slice(equals + 1))]);
    else if (line !== '') {
      const value = unescaped(line.slice(equals + 1));
      lines.push({ text: line, leaf: { path: [line.slice(0, equals)], text: value, plain: () => value, start } });
    }
    start += line.length + 1;
  }
  return { metadata: readMetadata(unflatten(flat)), lines };
}

/** Without a key a word stands in for each value. */
export function decryptDotenv({ metadata, lines }: SopsDotenv, dataKey: Uint8Array | undefined): string {
  const leaves = lines.flatMap(({ leaf }) => leaf ?? []);
  const values = dataKey === undefined ? withholdLeaves(leaves) : decryptLeaves(leaves, metadata, dataKey);
  const decoder = new TextDecoder();
  let next = 0;
  const decrypted = lines.map(({ text, leaf }) => {
    if (leaf === undefined) {
      const comment = dataKey && decryptValue(text.slice(1), dataKey, additionalDataOf([]));
      return comment === undefined ? text : `#${decoder.decode(comment.bytes)}`;
    }
    const value = values[next++];
    return value === undefined ? text : `${leaf.path[0]}=${decoder.decode(value.bytes).replaceAll('\n', '\\n')}`;
  });
  return decrypted.map((line) => `${line}\n`).join('');
}

function unescaped(text: string): string {
  return text.replaceAll('\\n', '\n');
}

const MAX_LIST = 100;

/** `age__list_0__map_enc` is the field `enc` of the first item of `age` (stores/flatten.go). */
function unflatten(flat: readonly (readonly [string, string])[]): JsonObject {
  const age: Record<string, JsonValue>[] = [];
  const found: Record<string, JsonValue> = {};
  for (const [name, value] of flat) {
    const [, list = '', index = '', field = ''] = /^(.+?)__list_(\d+)__map_(.+)$/.exec(name) ?? [];
    if (list === 'age' && Number(index) < MAX_LIST) {
      age[Number(index)] ??= {};
      Object.assign(age[Number(index)] ?? {}, { [field]: value });
    } else found[list === '' ? name : list] = list === '' ? value : [value];
  }
  return { ...found, age: age.filter((key) => key !== undefined) };
}
