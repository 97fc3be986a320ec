import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { type ListSchema, rootSchema, schemaAtStep, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { fieldsOfValue, ownablePart } from './fields-of-object.ts';
import { type FieldsEntry, type FieldsTree, LEAF, newNode, WHOLE } from './fields-tree.ts';
import { groupItems } from './item-key.ts';

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
  return compare(ownablePart(before), ownablePart(after), rootSchema(type));
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
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return collect(
    [...fields].map((field) => [`f:${field}`, compare(before[field], after[field], schemaAtStep(schema, field))]),
  );
}

function compareLists(before: readonly JsonValue[], after: readonly JsonValue[], schema: ListSchema): ChangedFields {
  const old = groupItems(before, schema);
  const now = groupItems(after, schema);
  const keys = new Set([...old.keys(), ...now.keys()]);
  return collect([...keys].map((key) => [key, compareItems(old.get(key) ?? [], now.get(key) ?? [], schema.item)]));
}

function compareItems(before: readonly JsonValue[], after: readonly JsonValue[], schema: ValueSchema): ChangedFields {
  if (before.length > 1 || after.length > 1)
    return jsonEqual(before, after) ? UNCHANGED : { changed: LEAF, removed: undefined };
  return compare(before[0], after[0], schema);
}

function collect(parts: readonly (readonly [key: string, part: ChangedFields])[]): ChangedFields {
  const changed: FieldsEntry[] = [];
  const removed: FieldsEntry[] = [];
  for (const [key, part] of parts) {
    if (part.changed !== undefined) changed.push([key, part.changed]);
    if (part.removed !== undefined) removed.push([key, part.removed]);
  }
  if (changed.length === 0 && removed.length === 0) return UNCHANGED;
  return { changed: newNode(changed, false), removed: newNode(removed, false) };
}
