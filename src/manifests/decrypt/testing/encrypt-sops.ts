import { gcm } from '@noble/ciphers/aes.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { armor, Encrypter } from 'age-encryption';
import { stringify } from 'yaml';

export interface EncryptOptions {
  readonly recipients: readonly string[];
  /** What stands in the `sops` field beside keys and MAC. */
  readonly rule?: Readonly<Record<string, string | boolean>>;
  readonly isEncrypted?: (path: readonly string[]) => boolean;
  readonly seed?: number;
}

type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };
interface Result {
  readonly tree: { readonly [key: string]: Tree };
  readonly sops: { readonly [key: string]: Tree };
}

const LAST_MODIFIED = '2026-11-23T10:00:00Z';
const ONLY_ENCRYPTED = hexToBytes('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69');

/** The key that a file's values are encrypted with. */
export function dataKeyOf(seed: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => (index * 7 + seed) % 256);
}

/** Encrypts as sops does, apart from the code that decrypts. */
export async function encryptTree(plain: { readonly [key: string]: Tree }, options: EncryptOptions): Promise<Result> {
  const seed = options.seed ?? 1;
  const key = dataKeyOf(seed);
  let count = 0;
  const seal = (text: string, type: string, additional: string): string => {
    const iv = Uint8Array.from({ length: 32 }, (_, index) => (index * 3 + seed + ++count) % 256);
    const sealed = gcm(key, iv, new TextEncoder().encode(additional)).encrypt(new TextEncoder().encode(text));
    const [data, tag] = [sealed.slice(0, -16), sealed.slice(-16)];
    return `ENC[AES256_GCM,data:${base64(data)},iv:${base64(iv)},tag:${base64(tag)},type:${type}]`;
  };
  const isOnlyEncrypted = options.rule?.['mac_only_encrypted'] === true;
  const hash = sha512.create();
  if (isOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const walk = (node: Tree, path: readonly string[]): Tree => {
    if (node === null) return null;
    if (Array.isArray(node)) return node.map((item) => walk(item, path));
    if (typeof node === 'object') {
      return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, walk(value, [...path, name])]));
    }
    const isEncrypted = options.isEncrypted?.(path) ?? true;
    const text = typeof node === 'boolean' ? (node ? 'True' : 'False') : String(node);
    if (isEncrypted || !isOnlyEncrypted) hash.update(new TextEncoder().encode(text));
    if (!isEncrypted || node === '') return node;
    const number = Number.isInteger(node) ? 'int' : 'float';
    const type = typeof node === 'string' ? 'str' : typeof node === 'boolean' ? 'bool' : number;
    return seal(text, type, `${path.join(':')}:`);
  };
  const tree = walk(plain, []) as Result['tree'];
  const age: Tree[] = [];
  for (const recipient of options.recipients) age.push({ recipient, enc: await wrap(key, recipient) });
  const mac = seal(bytesToHex(hash.digest()).toUpperCase(), 'str', LAST_MODIFIED);
  return { tree, sops: { age, lastmodified: LAST_MODIFIED, mac, ...options.rule, version: '3.9.0' } };
}

async function wrap(key: Uint8Array, recipient: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(key));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** A YAML file as sops writes it. */
export async function encryptYaml(plain: { readonly [key: string]: Tree }, options: EncryptOptions): Promise<string> {
  const { tree, sops } = await encryptTree(plain, options);
  return stringify({ ...tree, sops }, { indent: 4, lineWidth: 0 });
}

/** A Secret whose data alone is encrypted, which is how people do it. */
export function encryptSecret(
  name: string,
  stringData: { readonly [key: string]: Tree },
  recipients: readonly string[],
): Promise<string> {
  return encryptYaml(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData },
    {
      recipients,
      rule: { encrypted_regex: '^(data|stringData)$' },
      isEncrypted: (path) => path.some((step) => step === 'data' || step === 'stringData'),
    },
  );
}

export async function encryptJson(plain: { readonly [key: string]: Tree }, options: EncryptOptions): Promise<string> {
  const { tree, sops } = await encryptTree(plain, options);
  return JSON.stringify({ ...tree, sops }, undefined, '\t');
}

/** Any content in an envelope. */
export function encryptBinary(content: string, options: EncryptOptions): Promise<string> {
  return encryptJson({ data: content }, options);
}

export async function encryptDotenv(
  plain: { readonly [key: string]: string },
  options: EncryptOptions,
): Promise<string> {
  const { tree, sops } = await encryptTree(plain, options);
  const lines = Object.entries(tree).map(([name, value]) => `${name}=${String(value)}`);
  const { age, ...others } = sops;
  for (const [index, key] of Object.entries(age as readonly { readonly [field: string]: string }[])) {
    for (const [field, value] of Object.entries(key)) lines.push(`sops_age__list_${index}__map_${field}=${value}`);
  }
  for (const [name, value] of Object.entries(others)) lines.push(`sops_${name}=${String(value)}`);
  return `${lines.map((line) => line.replaceAll('\n', '\\n')).join('\n')}\n`;
}
