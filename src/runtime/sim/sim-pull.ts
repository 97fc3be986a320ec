import { isImageId, parseImageReference } from '../image-reference.ts';
import { type PullOptions, RuntimeError } from '../runtime.ts';
import type { SimImage } from './sim-behaviour.ts';

/** Throws what the engine says of a text that names no image. */
export function refuseImageName(image: string): void {
  if (isImageId(image) || parseImageReference(image) !== undefined) return;
  throw new RuntimeError('ImageInvalid', `invalid reference format: "${image}"`);
}

/** Throws what a registry answers to a pull that cannot succeed, in Docker's words. */
export function refusePull(image: string, behaviour: SimImage, options: PullOptions): void {
  refuseImageName(image);
  const wanted = behaviour.credentials;
  const isWanted = (given: { readonly username: string; readonly password: string }) =>
    given.username === wanted?.username && given.password === wanted.password;
  if (wanted !== undefined && !options.credentials.some(isWanted)) {
    throw new RuntimeError('ImageUnauthorized', 'unauthorized: authentication required');
  }
  switch (behaviour.pull ?? 'ok') {
    case 'ok':
      return;
    case 'missing':
      throw new RuntimeError('ImageNotFound', `manifest for ${image} not found: manifest unknown: manifest unknown`);
    case 'unauthorized':
      throw new RuntimeError('ImageUnauthorized', 'unauthorized: authentication required');
    case 'unavailable':
      throw new RuntimeError('RegistryUnavailable', 'dial tcp: i/o timeout');
    case 'invalid':
      throw new RuntimeError('ImageInvalid', 'no matching manifest for linux/amd64 in the manifest list entries');
  }
}
