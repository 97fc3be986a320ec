import type { Random } from './random.ts';

/**
 * The alphabet of Kubernetes' generated name suffixes: no vowels and no 0, 1, 3, so that no word and no look-alike appears
 * (k8s.io/apimachinery/pkg/util/rand).
 */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix as `generateName` appends it: five characters unless told otherwise. */
export function newNameSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += SUFFIX_ALPHABET[random.nextUint32() % SUFFIX_ALPHABET.length];
  return suffix;
}

/** Rewrites a number's decimal digits into the suffix alphabet, as Kubernetes' `SafeEncodeString` does for hashes. */
export function safeEncode(text: string): string {
  let out = '';
  for (const char of text) out += SUFFIX_ALPHABET[char.charCodeAt(0) % SUFFIX_ALPHABET.length];
  return out;
}

/** A version 4 UUID (RFC 9562) as object uids are. */
export function newUid(random: Random): string {
  const words = [random.nextUint32(), random.nextUint32(), random.nextUint32(), random.nextUint32()];
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
