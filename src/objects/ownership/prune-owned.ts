import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { type ListSchema, schemaAtStep, type ValueSchema } from '../schema/schema.ts';
import { childOf, childrenOf, type FieldsTree, isMember } from './fields-tree.ts';
import { itemKey } from './item-key.ts';

/**
 * Removes what a manager applied before and no longer applies: every field of `last` at or below which `kept` (what
 * this manager applies now, and what all others own) has nothing. A structure or item goes as a whole, with the
 * defaults in it that nobody owns (structured merge, Updater.prune with EnsureNamedFieldsAreMembers).
 */
export function pruneOwned(
  object: JsonObject,
  last: FieldsTree,
  kept: FieldsTree | undefined,
  schema: ValueSchema,
): JsonObject {
  const pruned = prune(object, last, kept, schema, new Set(['f:metadata']));
  return isJsonObject(pruned) ? pruned : object;
}

/** `neverRemoved`: keys that are looked into even when nobody keeps them. */
function prune(
  value: JsonValue,
  last: FieldsTree,
  kept: FieldsTree | undefined,
  schema: ValueSchema | undefined,
  neverRemoved: ReadonlySet<string>,
): JsonValue {
  if (last === kept) return value;
  if (schema?.kind === 'list' && schema.listType !== 'atomic') {
    return Array.isArray(value) ? pruneList(value, last, kept, schema) : value;
  }
  const isGranular = (schema?.kind === 'object' || schema?.kind === 'map') && !schema.isAtomic;
  return isGranular && isJsonObject(value) ? pruneObject(value, last, kept, schema, neverRemoved) : value;
}

function pruneObject(
  value: JsonObject,
  last: FieldsTree,
  kept: FieldsTree | undefined,
  schema: ValueSchema,
  neverRemoved: ReadonlySet<string>,
): JsonObject {
  let pruned: Record<string, JsonValue> | undefined;
  for (const [key, node] of childrenOf(last)) {
    const field = key.slice(2);
    const child = value[field];
    if (child === undefined || !Object.hasOwn(value, field)) continue;
    const keptBelow = childOf(kept, key);
    if (keptBelow === undefined && !neverRemoved.has(key)) {
      pruned ??= { ...value };
      delete pruned[field];
      continue;
    }
    const next = prune(child, node, keptBelow, schemaAtStep(schema, field), NOTHING);
    if (next === child) continue;
    pruned ??= { ...value };
    pruned[field] = next;
  }
  return pruned ?? value;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The fields that name an item stay as long as the item does. */
function pruneList(
  list: readonly JsonValue[],
  last: FieldsTree,
  kept: FieldsTree | undefined,
  schema: ListSchema,
): readonly JsonValue[] {
  const keyFields = new Set(schema.mapKeys.map((name) => `f:${name}`));
  let isChanged = false;
  const pruned = list.flatMap((item) => {
    const key = itemKey(item, schema);
    const node = childOf(last, key);
    if (node === undefined) return [item];
    const keptBelow = childOf(kept, key);
    const isGone = keptBelow === undefined && isMember(node);
    const next = isGone ? undefined : prune(item, node, keptBelow, schema.item, keyFields);
    if (next !== item) isChanged = true;
    return next === undefined ? [] : [next];
  });
  return isChanged ? pruned : list;
}
