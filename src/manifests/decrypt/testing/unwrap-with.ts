import { armor, Decrypter } from 'age-encryption';
import type { DataKeyResult, WrappedKey } from '../sops-metadata.ts';

/** The key that one of the identities leads to. */
export async function unwrapWith(identities: readonly string[], keys: readonly WrappedKey[]): Promise<DataKeyResult> {
  for (const { armor: armored } of keys) {
    try {
      const decrypter = new Decrypter();
      for (const identity of identities) decrypter.addIdentity(identity);
      return { type: 'key', key: await decrypter.decrypt(armor.decode(armored)) };
    } catch {
      // Perhaps the next one.
    }
  }
  return { type: 'missing', message: 'the key is missing', help: 'add it' };
}
