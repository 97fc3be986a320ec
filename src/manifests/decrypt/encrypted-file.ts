import { type DecryptedText, decryptBinary, decryptInPlace, decryptJson, decryptYaml } from './decrypt-document.ts';
import { decryptDotenv, readSopsDotenv } from './decrypt-dotenv.ts';
import { DecryptError } from './decrypt-error.ts';
import { type DocumentLeaf, readSopsDocument } from './sops-document.ts';
import { WITHHELD } from './sops-mac.ts';
import type { WrappedKey } from './sops-metadata.ts';
import { isEncryptedText } from './sops-value.ts';

/** A file that was found to be encrypted: the keys that lead to its content, and how to get it with the right one. */
export interface EncryptedFile {
  readonly keys: readonly WrappedKey[];
  /** Without a key a word stands in for what is encrypted. Throws `DecryptError` where the file was changed since. */
  readonly decrypt: (dataKey: Uint8Array | undefined) => Uint8Array;
}

export interface EncryptedManifest {
  /** For each part that was encrypted by itself: mostly the file has one. */
  readonly keys: readonly (readonly WrappedKey[])[];
  /**
   * Takes a key for each part; without one words stand in for its values. Every line has the number that it has in the
   * encrypted text. Throws `DecryptError`.
   */
  readonly decrypt: (dataKeys: readonly (Uint8Array | undefined)[]) => DecryptedText;
}

type Format = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary';

/** "The format goes by the end of the name, binary if it is none that is known" (sops, formats.FormatForPath). */
function formatOf(path: string): Format {
  if (/\.ya?ml$/.test(path)) return 'yaml';
  if (path.endsWith('.json')) return 'json';
  if (path.endsWith('.env')) return 'dotenv';
  return path.endsWith('.ini') ? 'ini' : 'binary';
}

/**
 * A manifest that sops encrypted; undefined for any other. Secrets alone are decrypted, because other objects are shown
 * in plans and reports. Throws `DecryptError`.
 */
export function readEncryptedManifest(text: string): EncryptedManifest | undefined {
  const document = readSopsDocument(text, 'yaml');
  if (document === undefined) return undefined;
  for (const { leaves } of document.parts) checkIsSecret(leaves);
  return {
    keys: document.parts.map(({ metadata }) => metadata.keys),
    decrypt: (dataKeys) => decryptInPlace(document, dataKeys),
  };
}

function checkIsSecret(leaves: readonly DocumentLeaf[]): void {
  let kind = '';
  for (const { path, text, start } of leaves) {
    const [first = ''] = path;
    if (path.length === 1 && first === 'kind') kind = text;
    if (!isEncryptedText(text)) continue;
    if (OPEN_FIELDS.has(first)) {
      throw new DecryptError(`${path.join('.')} is encrypted, so that nobody can say which object it is`, {
        help: "encrypt the file again with `--encrypted-regex '^(data|stringData)$'`",
        start,
      });
    }
    if (kind !== 'Secret') {
      const what = kind === '' ? 'a value' : `a value of a ${kind}`;
      const help = 'put what is secret into a Secret, with kind: above its data, and refer to that';
      throw new DecryptError(`${what} is encrypted, and only Secrets are decrypted`, { help, start });
    }
  }
}

const OPEN_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type']);

/**
 * A file for a Secret that sops encrypted; undefined for any other. `key` is the name that it gets in the Secret, which
 * says the format, as with Flux; of an env file it is the file's own. Throws `DecryptError`.
 */
export function readEncryptedContent(
  bytes: Uint8Array,
  key: string,
  purpose: 'file' | 'env',
): EncryptedFile | undefined {
  const text = new TextDecoder().decode(bytes);
  const named = formatOf(key);
  const format = purpose === 'env' && named === 'binary' ? 'dotenv' : named;
  const encode = (decrypted: string) => new TextEncoder().encode(decrypted);
  if (format === 'ini') {
    if (!/^\[sops\]/m.test(text)) return undefined;
    throw new DecryptError('encrypted INI files are not decrypted', {
      help: 'encrypt it with `sops --input-type binary --output-type binary`, and give it a name without .ini',
    });
  }
  if (format === 'dotenv') {
    const dotenv = readSopsDotenv(text);
    if (dotenv === undefined) return undefined;
    return { keys: dotenv.metadata.keys, decrypt: (dataKey) => encode(decryptDotenv(dotenv, dataKey)) };
  }
  const document = readSopsDocument(text, format === 'yaml' ? 'yaml' : 'json');
  if (document === undefined) return undefined;
  const [part, other] = document.parts;
  if (other !== undefined) {
    throw new DecryptError('the file was put together from several encrypted ones', {
      help: 'decrypt them, and encrypt the whole with sops',
    });
  }
  const { keys } = part.metadata;
  const decrypt = (dataKey: Uint8Array): Uint8Array => {
    if (format === 'yaml') return encode(decryptYaml(text, part, dataKey));
    if (format === 'json') return encode(decryptJson(part, dataKey));
    const decrypted = decryptBinary(part, dataKey);
    if (decrypted !== undefined) return decrypted;
    throw new DecryptError('the encrypted file has no data', { help: 'encrypt it again with sops' });
  };
  return { keys, decrypt: (dataKey) => (dataKey === undefined ? encode(WITHHELD) : decrypt(dataKey)) };
}
