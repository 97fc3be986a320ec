import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { compilePattern } from '../render/pattern.ts';
import { RenderError } from '../render/problems.ts';
import { DecryptError } from './decrypt-error.ts';

/** The key that a file's values are encrypted with, encrypted itself for one recipient. */
export interface WrappedKey {
  /** `age1…`. */
  readonly recipient: string;
  /** An armoured age file. */
  readonly armor: string;
}

/** What became of the wish for the key of a file. */
export type DataKeyResult =
  | { readonly type: 'key'; readonly key: Uint8Array }
  /** Nobody here may know it: a word stands in for each value, so that all else can be judged. */
  | { readonly type: 'withheld' }
  /** A clause that says what is missing, and the next step. */
  | { readonly type: 'missing'; readonly message: string; readonly help: string };

/** Equal for the same wrapped keys. */
export function dataKeyId(keys: readonly WrappedKey[]): string {
  return bytesToHex(sha256(utf8ToBytes(keys.map(({ armor }) => armor).join('\n'))));
}

export interface SopsMetadata {
  readonly keys: readonly WrappedKey[];
  readonly mac: string;
  /** As it is written: the additional data of `mac`. */
  readonly lastModified: string;
  readonly isMacOnlyEncrypted: boolean;
  /**
   * Whether the values at a path are encrypted; undefined where comments decide, so that the values themselves have to
   * tell.
   */
  readonly isEncrypted: ((path: readonly string[]) => boolean) | undefined;
}

const OTHER_KEYS: Readonly<Record<string, string>> = {
  pgp: 'PGP',
  kms: 'AWS KMS',
  gcp_kms: 'GCP KMS',
  azure_kv: 'Azure Key Vault',
  hc_vault: 'Vault',
};
const COMMENT_RULES = ['unencrypted_comment_regex', 'encrypted_comment_regex'] as const;
const RULES = [
  'unencrypted_suffix',
  'encrypted_suffix',
  'unencrypted_regex',
  'encrypted_regex',
  ...COMMENT_RULES,
] as const;
const DEFAULT_SUFFIX = '_unencrypted';

/** Reads the `sops` field of a file. Throws `DecryptError` for what it cannot be decrypted by. */
export function readMetadata(sops: JsonObject): SopsMetadata {
  const mac = sops['mac'];
  const lastModified = sops['lastmodified'];
  if (typeof mac !== 'string' || mac === '' || typeof lastModified !== 'string') {
    throw new DecryptError('the file has no MAC, so that nobody can say whether it was changed', {
      help: 'encrypt it again with sops',
    });
  }
  return {
    keys: readKeys(sops),
    mac,
    lastModified,
    isMacOnlyEncrypted: sops['mac_only_encrypted'] === true || sops['mac_only_encrypted'] === 'true',
    isEncrypted: readRule(sops),
  };
}

function readKeys(sops: JsonObject): readonly WrappedKey[] {
  const groups = itemsOf(sops['key_groups']).filter(isJsonObject);
  if (groups.length > 1) {
    throw new DecryptError('the key is shared among several key groups (Shamir), which is not supported', {
      help: 'encrypt the file with one key group that has an age recipient',
    });
  }
  const group = groups[0] ?? sops;
  const keys = itemsOf(group['age']).filter(isJsonObject).flatMap(readKey);
  if (keys.length > 0) return keys;
  const others = Object.entries(OTHER_KEYS).filter(([field]) => itemsOf(group[field]).length > 0);
  const names = others.map(([, name]) => name).join(', ');
  throw new DecryptError(
    names === ''
      ? 'the file is encrypted for nobody'
      : `the file is encrypted for ${names} only, and the box has age keys`,
    { code: 'DecryptionKeyMissing', help: 'add the age recipient of the box to .sops.yaml and run `sops updatekeys`' },
  );
}

function readKey(key: JsonObject): readonly WrappedKey[] {
  const { recipient, enc } = key;
  return typeof recipient === 'string' && typeof enc === 'string' ? [{ recipient, armor: enc }] : [];
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/**
 * "Only one of the rules; where there is none, what ends with _unencrypted is not encrypted" (sops, stores.Metadata).
 */
function readRule(sops: JsonObject): SopsMetadata['isEncrypted'] {
  const given = RULES.flatMap((rule) => {
    const value = sops[rule];
    return typeof value === 'string' && value !== '' ? [{ rule, value }] : [];
  });
  const [first = { rule: 'unencrypted_suffix' as const, value: DEFAULT_SUFFIX }, second] = given;
  if (second !== undefined) {
    throw new DecryptError(`the file has both ${first.rule} and ${second.rule}`, {
      help: 'encrypt it again with one rule',
    });
  }
  const { rule, value } = first;
  switch (rule) {
    case 'unencrypted_suffix':
      return (path) => !path.some((step) => step.endsWith(value));
    case 'encrypted_suffix':
      return (path) => path.some((step) => step.endsWith(value));
    case 'unencrypted_regex': {
      const matches = compileRule(rule, value);
      return (path) => !path.some(matches);
    }
    case 'encrypted_regex': {
      const matches = compileRule(rule, value);
      return (path) => path.some(matches);
    }
    default:
      return undefined;
  }
}

function compileRule(rule: string, pattern: string): (text: string) => boolean {
  try {
    return compilePattern(pattern, 'search');
  } catch (error) {
    if (error instanceof RenderError) throw new DecryptError(`${rule}: ${error.message}`, { help: 'correct it' });
    throw error;
  }
}
