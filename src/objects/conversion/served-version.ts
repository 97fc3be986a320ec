import type { JsonObject } from '../../lib/json.ts';
import { findKind, type KindInfo } from '../kinds.ts';
import { toAutoscalingV1, toAutoscalingV2 } from './autoscaling-v1.ts';

interface Conversion {
  readonly toStored: (object: JsonObject) => JsonObject;
  readonly toServed: (object: JsonObject) => JsonObject;
}

/** How kinds are converted that are served in a version in which they are not kept, by `apiVersion/kind`. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  'autoscaling/v1/HorizontalPodAutoscaler': { toStored: toAutoscalingV2, toServed: toAutoscalingV1 },
};

/** The kind in whose version objects of this one are kept: mostly itself. */
export function storedKindOf(kind: KindInfo): KindInfo {
  if (kind.storedAs === undefined) return kind;
  const stored = findKind(kind.storedAs, kind.kind);
  if (stored === undefined) throw new TypeError(`${kind.kind} is said to be kept as ${kind.storedAs}`);
  return stored;
}

/** An object in the version in which its kind is kept; the same object where that is its own. */
export function toStoredVersion<T extends { readonly apiVersion: string; readonly kind: string }>(object: T): T {
  const conversion = CONVERSIONS[`${object.apiVersion}/${object.kind}`];
  return conversion === undefined ? object : (conversion.toStored(object as unknown as JsonObject) as unknown as T);
}

/** A stored object as clients of this version of its kind see it. */
export function toServedVersion<T extends object>(object: T, kind: KindInfo): T {
  const conversion = CONVERSIONS[`${kind.apiVersion}/${kind.kind}`];
  return conversion === undefined ? object : (conversion.toServed(object as unknown as JsonObject) as unknown as T);
}
