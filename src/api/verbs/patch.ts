import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import { applyJsonPatch } from '../../objects/patch/json-patch.ts';
import { applyMergePatch } from '../../objects/patch/merge-patch.ts';
import { PatchError } from '../../objects/patch/patch-error.ts';
import { applyStrategicMergePatch } from '../../objects/patch/strategic-merge-patch.ts';
import { schemaOf } from '../../objects/schema/schema.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import type { PatchType, WriteOptions } from '../client.ts';
import { badRequest } from '../failures.ts';
import { requireObjectShape } from '../object-shape.ts';
import { toScale } from './scale.ts';

/** The object (for `scale`: its Scale) with the patch applied, not stored yet. */
export function patchObject(
  kind: KindInfo,
  current: StoredObject,
  type: PatchType,
  patch: JsonValue,
  subresource: WriteOptions['subresource'],
): KubernetesObject {
  const target = (subresource === 'scale' ? toScale(current) : current) as unknown as JsonObject;
  try {
    return requireObjectShape(applyPatch(kind, target, type, patch));
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.reason === 'malformed') throw badRequest(error.message);
    throw new ApiError('Invalid', `the server rejected our request due to an error in our request: ${error.message}`);
  }
}

function applyPatch(kind: KindInfo, target: JsonObject, type: PatchType, patch: JsonValue): JsonValue {
  if (type === 'json') return applyJsonPatch(target, patch);
  if (type === 'merge') return applyMergePatch(target, patch);
  const schema = schemaOf(kind.apiVersion, kind.kind);
  // A Scale has no lists to merge, so both kinds of merge patch mean the same for it.
  if (target['kind'] === 'Scale' || schema === undefined) return applyMergePatch(target, patch);
  return applyStrategicMergePatch(target, patch, schema);
}
