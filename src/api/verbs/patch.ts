import type { JsonValue } from '../../lib/json.ts';
import { isJsonObject } from '../../lib/json.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import type { PatchType, WriteOptions } from '../client.ts';
import type { WriteScope } from '../context.ts';
import { badRequest } from '../failures.ts';
import { toScale } from './scale.ts';

/** The object (for `scale`: the Scale) with the patch applied, not yet stored. */
export function patchObject(
  _scope: WriteScope,
  current: StoredObject,
  type: PatchType,
  change: JsonValue,
  subresource: WriteOptions['subresource'],
): KubernetesObject {
  const target = (subresource === 'scale' ? toScale(current) : current) as unknown as JsonValue;
  if (type !== 'merge') throw badRequest(`patch type ${type} is not there yet`);
  const patched = mergePatch(target, change);
  if (!isJsonObject(patched)) throw badRequest('a patch must leave an object');
  return patched as unknown as KubernetesObject;
}

function mergePatch(target: JsonValue, change: JsonValue): JsonValue {
  if (!isJsonObject(change)) return change;
  const merged: Record<string, JsonValue> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key] ?? {}, value);
  }
  return merged;
}
