import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { type ListSchema, rootSchema, schemaAtStep, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { type FieldsEntry, type FieldsTree, LEAF, newNode } from './fields-tree.ts';
import { GrowingNode } from './growing-node.ts';
import { groupItems, itemKey, namedItemKey } from './item-key.ts';

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
  const metadata = ownableMetadata(object);
  return metadata === undefined ? part : { metadata, ...part };
}

/** `undefined` where nothing of it can be owned. */
export function ownableMetadata(object: JsonObject): JsonObject | undefined {
  const metadata = isJsonObject(object['metadata'])
    ? pick(object['metadata'], (field) => isOwnable('metadata', field))
    : {};
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

function pick(object: JsonObject, keeps: (field: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => keeps(field)));
}

/** Every field that an object sets, as whoever applies it owns them; `undefined` when it sets none. */
export function fieldsOfObject(object: JsonObject, type: TypeSchema): FieldsTree | undefined {
  const schema = rootSchema(type);
  let node = FIELDS;
  for (const field in object) {
    const value = object[field];
    if (value === undefined || !isOwnable('root', field)) continue;
    const fieldSchema = schemaAtStep(schema, field);
    if (field !== 'metadata') node = node.with(field, fieldsOfValue(value, fieldSchema), fieldKey);
    else if (isJsonObject(value)) {
      const metadata = fieldsOfMetadata(value, fieldSchema);
      if (metadata !== undefined) node = node.with(field, metadata, fieldKey);
    }
  }
  return node.finish(false);
}

function fieldsOfMetadata(metadata: JsonObject, schema: ValueSchema | undefined): FieldsTree | undefined {
  let node = FIELDS;
  for (const field in metadata) {
    const value = metadata[field];
    if (value === undefined || schema === undefined || !isOwnable('metadata', field)) continue;
    node = node.with(field, fieldsOfValue(value, schemaAtStep(schema, field)), fieldKey);
  }
  return node.finish(false);
}

const FIELDS = GrowingNode.root();
/**
 * Items that are told apart by the text of their key, and those of lists with one key that is a text, by the name of
 * that.
 */
const ITEMS = GrowingNode.root();
const NAMED_ITEMS = new Map<string, GrowingNode>();

function fieldKey(field: string): string {
  return `f:${field}`;
}

function asIs(key: string): string {
  return key;
}

/**
 * The fields that a value sets: its leaves, the items of its keyed lists, and what is empty. A value that is owned as a
 * whole is one leaf (fieldpath, Value.ToFieldSet). With `isMember` the value is owned itself, too.
 */
export function fieldsOfValue(value: JsonValue, schema: ValueSchema | undefined, isMember = false): FieldsTree {
  if (schema === undefined || schema.kind === 'scalar') return LEAF;
  if (schema.kind === 'list') return fieldsOfList(value, schema, isMember);
  if (schema.isAtomic || !isJsonObject(value)) return LEAF;
  const isMap = schema.kind === 'map';
  let node = FIELDS;
  for (const field in value) {
    const child = value[field];
    if (child === undefined) continue;
    node = node.with(field, fieldsOfValue(child, schemaAtStep(schema, field), isMap), fieldKey);
  }
  return node.finish(isMember) ?? LEAF;
}

/** An item is owned itself, too. Items that share a key are owned together, as a whole. */
function fieldsOfList(value: JsonValue, schema: ListSchema, isMember: boolean): FieldsTree {
  if (schema.listType === 'atomic' || !Array.isArray(value)) return LEAF;
  const items: readonly JsonValue[] = value;
  const node = growNamedItems(items, schema) ?? growItems(items, schema);
  if (!node.isAmbiguous) return node.finish(isMember) ?? LEAF;
  const entries = [...groupItems(items, schema)].map(
    ([key, group]): FieldsEntry => [key, fieldsOfGroup(group, schema)],
  );
  return newNode(entries, isMember) ?? LEAF;
}

function fieldsOfGroup(items: readonly JsonValue[], schema: ListSchema): FieldsTree {
  const [item] = items;
  return item === undefined || items.length > 1 ? LEAF : fieldsOfValue(item, schema.item, true);
}

function growItems(items: readonly JsonValue[], schema: ListSchema): GrowingNode {
  let node = ITEMS;
  for (const item of items) node = node.with(itemKey(item, schema), fieldsOfValue(item, schema.item, true), asIs);
  return node;
}

/** For lists whose items have a name: `undefined` where one has none, or the list has other keys. */
function growNamedItems(
  items: readonly JsonValue[],
  { listType, mapKeys, item: schema }: ListSchema,
): GrowingNode | undefined {
  const [key] = mapKeys;
  if (listType !== 'map' || key === undefined || mapKeys.length > 1) return undefined;
  let node = NAMED_ITEMS.get(key) ?? GrowingNode.root();
  NAMED_ITEMS.set(key, node);
  const keyOf = (name: string) => namedItemKey(key, name);
  for (const item of items) {
    const name = isJsonObject(item) ? item[key] : undefined;
    if (typeof name !== 'string') return undefined;
    node = node.with(name, fieldsOfValue(item, schema, true), keyOf);
  }
  return node;
}
