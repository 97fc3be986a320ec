import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { type ListSchema, schemaAtStep, type ValueSchema } from '../schema/schema.ts';
import { itemKey } from './item-key.ts';

/**
 * Lays an applied value over a live one: structures and maps field by field, keyed lists item by item, everything else
 * as a whole. Returns `live` itself when it has everything already.
 */
export function mergeApplied(
  live: JsonValue | undefined,
  applied: JsonValue,
  schema: ValueSchema | undefined,
): JsonValue {
  if (live === undefined || live === applied) return applied;
  if (schema?.kind === 'list' && schema.listType !== 'atomic' && Array.isArray(live) && Array.isArray(applied)) {
    return mergeLists(live, applied, schema);
  }
  const isGranular = (schema?.kind === 'object' || schema?.kind === 'map') && !schema.isAtomic;
  if (isGranular && isJsonObject(live) && isJsonObject(applied)) return mergeObjects(live, applied, schema);
  return jsonEqual(live, applied) ? live : applied;
}

function mergeObjects(live: JsonObject, applied: JsonObject, schema: ValueSchema): JsonObject {
  let merged: Record<string, JsonValue> | undefined;
  for (const field in applied) {
    const value = applied[field];
    if (value === undefined) continue;
    const before = live[field];
    const after = mergeApplied(before, value, schemaAtStep(schema, field));
    if (after === before) continue;
    merged ??= { ...live };
    merged[field] = after;
  }
  return merged ?? live;
}

/**
 * Items that are applied stand in the applied order; those of the live list alone stay before the shared item that they
 * stood before, or at the end.
 */
function mergeLists(
  live: readonly JsonValue[],
  applied: readonly JsonValue[],
  schema: ListSchema,
): readonly JsonValue[] {
  const former = new Map<string, JsonValue>();
  for (const item of live) former.set(itemKey(item, schema), item);
  const pending = applied.map((item): readonly [string, JsonValue] => {
    const key = itemKey(item, schema);
    return [key, mergeApplied(former.get(key), item, schema.item)];
  });
  const positions = new Map(pending.map(([key], index) => [key, index]));
  const merged: JsonValue[] = [];
  let next = 0;
  for (const item of live) {
    const position = positions.get(itemKey(item, schema));
    if (position === undefined) merged.push(item);
    else for (; next <= position; next++) merged.push(pending[next]?.[1] ?? item);
  }
  for (; next < pending.length; next++) merged.push(pending[next]?.[1] ?? null);
  const isSame = merged.length === live.length && merged.every((item, index) => item === live[index]);
  return isSame ? live : merged;
}
