import { applyDefaults } from '../objects/index.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { DeclaredObject } from './application.ts';

/** Kept for as long as the declaration is. */
const defaulted = new WeakMap<DeclaredObject, KubernetesObject>();

/**
 * What a manifest declares, with the API's defaults. For a plan, which asks for both sides of all objects several
 * times; a box does not keep them.
 */
export function defaultedManifest(declared: DeclaredObject): KubernetesObject {
  const known = defaulted.get(declared);
  if (known !== undefined) return known;
  const object = applyDefaults(declared.decode());
  defaulted.set(declared, object);
  return object;
}
