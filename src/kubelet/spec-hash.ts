import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Container } from './observed-pod.ts';

/**
 * Digest of what cannot change under a running container. As in the kubelet (`HashContainer`), only the name and the
 * image count: they are all that an update of a pod may change, and a new default or a new version of Berth must
 * restart nothing.
 */
export function containerSpecHash(container: Container): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify([container.name, container.image ?? ''])))).slice(0, 16);
}
