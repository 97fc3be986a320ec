/**
 * Decrypts files that sops encrypted, in memory: `readEncrypted…(bytes)` gives the keys that lead to the content and
 * how to get it with the right one. Unwrapping that key is asynchronous and needs the machine's secrets, which is the
 * work of `src/host/data-keys.ts`; everything here is pure. It must not know where files come from, and no value ever
 * becomes part of an error.
 */
export { DecryptError } from './decrypt-error.ts';
export {
  type EncryptedFile,
  type EncryptedManifest,
  readEncryptedContent,
  readEncryptedManifest,
} from './encrypted-file.ts';
export { type DataKeyResult, dataKeyId, type WrappedKey } from './sops-metadata.ts';
