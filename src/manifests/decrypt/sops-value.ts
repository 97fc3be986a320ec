import { gcm } from '@noble/ciphers/aes.js';

/** What a value was before it was encrypted. */
export type ValueType = 'str' | 'int' | 'float' | 'bool' | 'bytes' | 'comment';

export interface DecryptedValue {
  readonly type: ValueType;
  readonly bytes: Uint8Array;
}

const ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z0-9]+)\]$/;
const TYPES: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ['str', 'str'],
  ['int', 'int'],
  ['int64', 'int'],
  ['float', 'float'],
  ['bool', 'bool'],
  ['bytes', 'bytes'],
  ['comment', 'comment'],
]);

export function isEncryptedText(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,') && ENCRYPTED.test(text);
}

/**
 * Decrypts one value: AES-256 in Galois counter mode, with the path of the value as additional data, so that no value
 * can be moved to another key (github.com/getsops/sops, aes/cipher.go). Undefined when it is no encrypted value, or was
 * not encrypted with this key and path.
 */
export function decryptValue(text: string, dataKey: Uint8Array, additional: string): DecryptedValue | undefined {
  const [, data = '', iv = '', tag = '', typeName = ''] = ENCRYPTED.exec(text) ?? [];
  const type = TYPES.get(typeName);
  if (type === undefined) return undefined;
  try {
    const cipher = gcm(dataKey, fromBase64(iv), new TextEncoder().encode(additional));
    return { type, bytes: cipher.decrypt(joined(fromBase64(data), fromBase64(tag))) };
  } catch {
    return undefined;
  }
}

/** "The path of a value, each step with a colon behind it; the items of a list have no step of their own." */
export function additionalDataOf(path: readonly string[]): string {
  return `${path.join(':')}:`;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
