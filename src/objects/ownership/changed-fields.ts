import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { type ListSchema, rootSchema, schemaAtStep, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { fieldsOfValue, isOwnable, ownableMetadata } from './fields-of-object.ts';
import { type FieldsEntry, type FieldsTree, LEAF, newNode, WHOLE } from './fields-tree.ts';
import { groupItems, itemKey } from './item-key.ts';

export interface ChangedFields {
  /** Fields that are new or have another value. */
  readonly changed: FieldsTree | undefined;
  /** Fields that are gone, with all that was below them. */
  readonly removed: FieldsTree | undefined;
}

const UNCHANGED: ChangedFields = { changed: undefined, removed: undefined };
const GONE: ChangedFields = { changed: undefined, removed: WHOLE };

/** What a write changed, of all that can be owned. The order of keyed lists and maps is no change. */
export function changedFields(before: JsonObject, after: JsonObject, type: TypeSchema): ChangedFields {
  if (before === after) return UNCHANGED;
  const schema = rootSchema(type);
  const changes = new Changes();
  for (const field of fieldsOf(before, after)) {
    // Most of an object is what it was, and shared with it.
    if (before[field] === after[field] || !isOwnable('root', field)) continue;
    const [old, now] =
      field === 'metadata' ? [ownableMetadata(before), ownableMetadata(after)] : [before[field], after[field]];
    changes.add(`f:${field}`, compare(old, now, schemaAtStep(schema, field)));
  }
  return changes.result;
}

/** Fields that either has, those of `before` first. */
function fieldsOf(before: JsonObject, after: JsonObject): readonly string[] {
  const fields = Object.keys(before);
  for (const field in after) if (!Object.hasOwn(before, field)) fields.push(field);
  return fields;
}

/** Puts together what the parts of a value have come to. */
class Changes {
  readonly #changed: FieldsEntry[] = [];
  readonly #removed: FieldsEntry[] = [];

  add(key: string, { changed, removed }: ChangedFields): void {
    if (changed !== undefined) this.#changed.push([key, changed]);
    if (removed !== undefined) this.#removed.push([key, removed]);
  }

  get result(): ChangedFields {
    if (this.#changed.length === 0 && this.#removed.length === 0) return UNCHANGED;
    return { changed: newNode(this.#changed, false), removed: newNode(this.#removed, false) };
  }
}

function compare(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  schema: ValueSchema | undefined,
): ChangedFields {
  if (before === after) return UNCHANGED;
  if (after === undefined) return GONE;
  if (before === undefined) return { changed: fieldsOfValue(after, schema, true), removed: undefined };
  if (schema?.kind === 'list' && schema.listType !== 'atomic' && Array.isArray(before) && Array.isArray(after)) {
    return compareLists(before, after, schema);
  }
  const isGranular = (schema?.kind === 'object' || schema?.kind === 'map') && !schema.isAtomic;
  if (isGranular && isJsonObject(before) && isJsonObject(after)) return compareObjects(before, after, schema);
  return jsonEqual(before, after) ? UNCHANGED : { changed: LEAF, removed: undefined };
}

function compareObjects(before: JsonObject, after: JsonObject, schema: ValueSchema): ChangedFields {
  const changes = new Changes();
  for (const field of fieldsOf(before, after)) {
    if (before[field] === after[field]) continue;
    changes.add(`f:${field}`, compare(before[field], after[field], schemaAtStep(schema, field)));
  }
  return changes.result;
}

function compareLists(before: readonly JsonValue[], after: readonly JsonValue[], schema: ListSchema): ChangedFields {
  const changes = new Changes();
  if (hasSameNames(before, after, schema)) {
    for (const [index, item] of before.entries()) {
      const next = after[index];
      if (next === undefined || next === item) continue;
      const part = compare(item, next, schema.item);
      if (part !== UNCHANGED) changes.add(itemKey(item, schema), part);
    }
    return changes.result;
  }
  const old = groupItems(before, schema);
  const now = groupItems(after, schema);
  for (const key of new Set([...old.keys(), ...now.keys()]))
    changes.add(key, compareItems(old.get(key) ?? [], now.get(key) ?? [], schema.item));
  return changes.result;
}

/** Whether both lists have items of the same names in the same order, each name once: then item answers to item. */
function hasSameNames(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  { listType, mapKeys }: ListSchema,
): boolean {
  const [key] = mapKeys;
  if (listType !== 'map' || key === undefined || mapKeys.length > 1 || before.length !== after.length) return false;
  const names = new Set<string>();
  return before.every((item, index) => {
    const name = nameAt(item, key);
    if (name === undefined || name !== nameAt(after[index], key) || names.has(name)) return false;
    names.add(name);
    return true;
  });
}

function nameAt(item: JsonValue | undefined, key: string): string | undefined {
  const name = isJsonObject(item) ? item[key] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function compareItems(before: readonly JsonValue[], after: readonly JsonValue[], schema: ValueSchema): ChangedFields {
  if (before.length > 1 || after.length > 1)
    return jsonEqual(before, after) ? UNCHANGED : { changed: LEAF, removed: undefined };
  return compare(before[0], after[0], schema);
}
