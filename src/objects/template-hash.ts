import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { safeEncode } from '../lib/ids.ts';
import { canonicalJson } from '../lib/json.ts';

/** A digest of a JSON value, equal for equal values whatever the order of their keys: 64 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}

/**
 * The value of `pod-template-hash`: stable for equal templates, different after a collision was counted. It need not
 * equal the API server's, which hashes Go's memory layout; it has the same alphabet and length.
 */
export function templateHash(template: unknown, collisionCount = 0): string {
  if (collisionCount > 0 || typeof template !== 'object' || template === null || !Object.isFrozen(template))
    return hashOf(template, collisionCount);
  const known = hashes.get(template);
  if (known !== undefined) return known;
  const hash = hashOf(template, 0);
  hashes.set(template, hash);
  return hash;
}

/** Of templates as the store has them: a rollout asks for the same one again and again. */
const hashes = new WeakMap<object, string>();

function hashOf(template: unknown, collisionCount: number): string {
  const text = collisionCount === 0 ? canonicalJson(template) : `${canonicalJson(template)}#${collisionCount}`;
  const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(text));
  return safeEncode(String(((a << 24) | (b << 16) | (c << 8) | d) >>> 0));
}
