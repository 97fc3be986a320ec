import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { rootSchema, schemaAtStep, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { asMember, type FieldsEntry, type FieldsTree, LEAF, newNode } from './fields-tree.ts';
import { groupItems } from './item-key.ts';

/** Nobody owns what names an object or what the registry writes (structured merge, stripMeta). */
const UNOWNED_METADATA = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
]);
const UNOWNED_ROOT = new Set(['apiVersion', 'kind']);

/** Whether a field can be owned at all. */
export function isOwnable(depth: 'root' | 'metadata', field: string): boolean {
  return depth === 'root' ? !UNOWNED_ROOT.has(field) : !UNOWNED_METADATA.has(field);
}

/** The part of an object that can be owned. */
export function ownablePart(object: JsonObject): JsonObject {
  const part = pick(object, (field) => isOwnable('root', field) && field !== 'metadata');
  const metadata = isJsonObject(object['metadata'])
    ? pick(object['metadata'], (field) => isOwnable('metadata', field))
    : {};
  return Object.keys(metadata).length === 0 ? part : { metadata, ...part };
}

function pick(object: JsonObject, keeps: (field: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => keeps(field)));
}

/** Every field that an object sets, as whoever applies it owns them; `undefined` when it sets none. */
export function fieldsOfObject(object: JsonObject, type: TypeSchema): FieldsTree | undefined {
  const tree = fieldsOfValue(ownablePart(object), rootSchema(type));
  return tree === LEAF ? undefined : tree;
}

/**
 * The fields that a value sets: its leaves, the items of its keyed lists, and what is empty. A value that is owned as a
 * whole is one leaf (fieldpath, Value.ToFieldSet).
 */
export function fieldsOfValue(value: JsonValue, schema: ValueSchema | undefined): FieldsTree {
  if (schema === undefined || schema.kind === 'scalar') return LEAF;
  if (schema.kind === 'list') {
    if (schema.listType === 'atomic' || !Array.isArray(value)) return LEAF;
    const groups = [...groupItems(value, schema)];
    return (
      newNode(
        groups.map(([key, items]): FieldsEntry => [key, fieldsOfItems(items, schema.item)]),
        false,
      ) ?? LEAF
    );
  }
  if (schema.isAtomic || !isJsonObject(value)) return LEAF;
  const children: FieldsEntry[] = [];
  for (const field in value) {
    const child = value[field];
    if (child === undefined) continue;
    const node = fieldsOfValue(child, schemaAtStep(schema, field));
    children.push([`f:${field}`, schema.kind === 'map' ? asMember(node) : node]);
  }
  return newNode(children, false) ?? LEAF;
}

/** An item is owned itself, too. Items that share a key are owned together, as a whole. */
function fieldsOfItems(items: readonly JsonValue[], schema: ValueSchema): FieldsTree {
  const [item] = items;
  return item === undefined || items.length > 1 ? LEAF : asMember(fieldsOfValue(item, schema));
}
