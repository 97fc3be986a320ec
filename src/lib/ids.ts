import type { Random } from './random.ts';

/**
 * The alphabet of Kubernetes' generated name suffixes: no vowels and no 0, 1, 3, so that no word and no look-alike
 * appears (k8s.io/apimachinery/pkg/util/rand).
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

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex16(word: number): string {
  return `${BYTES[word >>> 8]}${BYTES[word & 0xff]}`;
}

/** A version 4 UUID (RFC 9562) as object uids are. */
export function newUid(random: Random): string {
  const [a, b, c, d] = [random.nextUint32(), random.nextUint32(), random.nextUint32(), random.nextUint32()];
  const version = (b & 0x0fff) | 0x4000;
  const variant = ((c >>> 16) & 0x3fff) | 0x8000;
  const text = `${hex16(a >>> 16)}${hex16(a & 0xffff)}-${hex16(b >>> 16)}-${hex16(version)}-${hex16(variant)}`;
  return `${text}-${hex16(c & 0xffff)}${hex16(d >>> 16)}${hex16(d & 0xffff)}`;
}
