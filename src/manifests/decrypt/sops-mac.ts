import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { DecryptError } from './decrypt-error.ts';
import type { SopsMetadata } from './sops-metadata.ts';
import { additionalDataOf, type DecryptedValue, decryptValue, isEncryptedText } from './sops-value.ts';

/** A value in the order of the file. */
export interface Leaf {
  readonly path: readonly string[];
  /** As it stands in the file, without quotes. */
  readonly text: string;
  /** What the MAC covers where the value is not encrypted. */
  readonly plain: () => string;
  /** Where it stands. */
  readonly start: number;
}

/** A MAC over encrypted values alone begins with these, so that it is never equal to one over all values (sops.go). */
const ONLY_ENCRYPTED = hexToBytes('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69');

/**
 * Decrypts the values of a file that are encrypted, and checks that neither they nor any other value were changed
 * since. The result has undefined for a value that is not encrypted. Throws `DecryptError`.
 */
export function decryptLeaves(
  leaves: readonly Leaf[],
  metadata: SopsMetadata,
  dataKey: Uint8Array,
): readonly (DecryptedValue | undefined)[] {
  const hash = sha512.create();
  if (metadata.isMacOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const encoder = new TextEncoder();
  const values = leaves.map((leaf) => {
    const isEncrypted = metadata.isEncrypted?.(leaf.path) ?? isEncryptedText(leaf.text);
    const value = isEncrypted ? decryptLeaf(leaf, dataKey) : undefined;
    if (value !== undefined) hash.update(value.bytes);
    else if (!metadata.isMacOnlyEncrypted) hash.update(encoder.encode(leaf.plain()));
    return value;
  });
  checkMac(metadata, dataKey, bytesToHex(hash.digest()));
  return values;
}

/** What stands in for a value that nobody here may know. */
export const WITHHELD = 'withheld';

/** A word for each value that is encrypted; in `data`, where base64 has to stand, in that. */
export function withholdLeaves(leaves: readonly Leaf[]): readonly (DecryptedValue | undefined)[] {
  return leaves.map(({ path, text }) => {
    if (!isEncryptedText(text)) return undefined;
    return { type: 'str', bytes: new TextEncoder().encode(path[0] === 'data' ? btoa(WITHHELD) : WITHHELD) };
  });
}

function decryptLeaf({ path, text, start }: Leaf, dataKey: Uint8Array): DecryptedValue {
  // "What is empty is not encrypted" (aes/cipher.go).
  if (text === '') return { type: 'str', bytes: new Uint8Array() };
  const value = decryptValue(text, dataKey, additionalDataOf(path));
  if (value !== undefined) return value;
  const name = path.join('.');
  throw new DecryptError(
    isEncryptedText(text)
      ? `the value of ${name} was not encrypted with the key of this file, or for another field`
      : `the value of ${name} should be encrypted and is not`,
    { help: 'encrypt the file again with sops', start },
  );
}

function checkMac({ mac, lastModified }: SopsMetadata, dataKey: Uint8Array, computed: string): void {
  const expected = decryptValue(mac, dataKey, lastModified);
  const isEqual = expected !== undefined && new TextDecoder().decode(expected.bytes).toLowerCase() === computed;
  if (isEqual) return;
  throw new DecryptError('the file was changed after it was encrypted: its MAC does not fit its values', {
    help: 'undo the change, or write the file anew with `sops edit --ignore-mac`; edit encrypted files with sops only',
  });
}
