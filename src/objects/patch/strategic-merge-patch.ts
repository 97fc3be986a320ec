import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { type ListSchema, rootSchema, schemaAtStep, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import { orderItems } from './order-items.ts';
import { PatchError } from './patch-error.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';

/** What a value of unknown type is merged by: maps by key, lists as a whole. */
const ANY: ValueSchema = { kind: 'scalar', scalar: 'any' };

/**
 * Applies a strategic merge patch: a merge patch that merges lists of objects by their merge key, with the directives
 * `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`
 * (k8s.io/apimachinery/pkg/util/strategicpatch). The object is not changed; untouched parts are shared. Throws
 * `PatchError`.
 */
export function applyStrategicMergePatch(object: JsonObject, patch: JsonValue, type: TypeSchema): JsonObject {
  if (!isJsonObject(patch)) throw new PatchError('malformed', 'a strategic merge patch is an object');
  return mergeObject(object, patch, rootSchema(type));
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: ValueSchema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return withoutDirectives(omit(patch, [DIRECTIVE]));
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw new PatchError('malformed', `unknown patch type found: ${JSON.stringify(directive)}`);
  }
  const merged = new Map(Object.entries(retained(original, patch)));
  const changes = Object.entries(patch);
  for (const [key, change] of changes) {
    if (key.startsWith(DELETE_PRIMITIVES)) deletePrimitives(merged, key.slice(DELETE_PRIMITIVES.length), change);
  }
  for (const [key, change] of changes) {
    if (isDirective(key)) continue;
    if (change === null) merged.delete(key);
    else merged.set(key, mergeField(merged.get(key), change, schemaAtStep(schema, key) ?? ANY));
  }
  for (const [key, order] of changes) {
    if (!key.startsWith(ELEMENT_ORDER)) continue;
    const field = key.slice(ELEMENT_ORDER.length);
    setElementOrder(
      merged,
      field,
      { order, patched: patch[field], original: original[field] },
      schemaAtStep(schema, field),
    );
  }
  return Object.fromEntries(merged);
}

function isDirective(key: string): boolean {
  return key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || key.startsWith(DELETE_PRIMITIVES);
}

function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/**
 * "$retainKeys: all fields that are not in the list are cleared from the live object" (strategic merge patch
 * documentation).
 */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return original;
  if (!Array.isArray(keys)) throw new PatchError('malformed', '$retainKeys is a list of field names');
  const unlisted = Object.keys(patch).find((key) => !key.startsWith('$') && patch[key] !== null && !keys.includes(key));
  if (unlisted !== undefined)
    throw new PatchError('malformed', `$retainKeys does not list ${unlisted}, which the patch sets`);
  return omit(
    original,
    Object.keys(original).filter((key) => !keys.includes(key)),
  );
}

function mergeField(original: JsonValue | undefined, change: JsonValue, schema: ValueSchema): JsonValue {
  if (isJsonObject(change)) {
    if (!isJsonObject(original)) return withoutDirectives(change);
    const isReplaced = schema.kind === 'object' && schema.patch === 'replace';
    return isReplaced ? withoutDirectives(change) : mergeObject(original, change, schema);
  }
  if (!Array.isArray(change)) return change;
  if (!Array.isArray(original) || schema.kind !== 'list' || schema.patch !== 'merge') return clean(change);
  const merged = mergeList(original, change, schema);
  return merged.isReplaced
    ? merged.items
    : orderItems({ merged: merged.items, order: change, original, keyOf: keyOfItems(schema) });
}

interface MergedList {
  readonly items: readonly JsonValue[];
  /** Whether the patch replaces the list, so that there is nothing to keep in order. */
  readonly isReplaced: boolean;
}

function mergeList(original: readonly JsonValue[], patch: readonly JsonValue[], schema: ListSchema): MergedList {
  const { mergeKey } = schema;
  if (mergeKey === undefined) return { items: distinct([...original, ...patch]), isReplaced: false };
  const changes = patch.map((item) => {
    if (!isJsonObject(item))
      throw new PatchError('malformed', `an item of a list that is merged by ${mergeKey} is an object`);
    checkItemDirective(item);
    return item;
  });
  const isReplaced = changes.some((item) => item[DIRECTIVE] === 'replace');
  const plain = changes.filter((item) => item[DIRECTIVE] !== 'replace' && item[DIRECTIVE] !== 'delete');
  if (isReplaced) return { items: plain.map(withoutDirectives), isReplaced };
  let items: JsonValue[] = [...original];
  for (const change of changes) {
    if (change[DIRECTIVE] !== 'delete') continue;
    const key = mergeKeyOf(change, mergeKey);
    items = items.filter((item) => !(isJsonObject(item) && jsonEqual(item[mergeKey], key)));
  }
  for (const change of plain) {
    const key = mergeKeyOf(change, mergeKey);
    const index = items.findIndex((item) => isJsonObject(item) && jsonEqual(item[mergeKey], key));
    const present = items[index];
    if (isJsonObject(present)) items[index] = mergeObject(present, change, schema.item);
    else items.push(withoutDirectives(change));
  }
  return { items, isReplaced };
}

/**
 * "merging lists cannot yet be specified in the patch": an item is deleted, or stands for the whole list
 * (strategicpatch).
 */
function checkItemDirective({ [DIRECTIVE]: directive }: JsonObject): void {
  if (directive === undefined || directive === 'delete' || directive === 'replace') return;
  const message = directive === 'merge' ? 'merging lists cannot yet be specified in the patch' : undefined;
  throw new PatchError('malformed', message ?? `unknown patch type found: ${JSON.stringify(directive)}`);
}

function mergeKeyOf(item: JsonObject, mergeKey: string): JsonValue {
  const key = item[mergeKey];
  if (key === undefined || key === null) {
    throw new PatchError('malformed', `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return key;
}

function distinct(items: readonly JsonValue[]): JsonValue[] {
  return items.filter((item, index) => items.findIndex((other) => jsonEqual(other, item)) === index);
}

function deletePrimitives(merged: Map<string, JsonValue>, field: string, values: JsonValue): void {
  const list = merged.get(field);
  if (!Array.isArray(values)) throw new PatchError('malformed', `${DELETE_PRIMITIVES}${field} is a list of values`);
  if (!Array.isArray(list)) return;
  merged.set(
    field,
    list.filter((item) => !values.some((value) => jsonEqual(item, value))),
  );
}

/** What names an item for the order of its list: the merge key's value, or the value itself. */
function keyOfItems(schema: ListSchema): (item: JsonValue) => JsonValue | undefined {
  const { mergeKey } = schema;
  return (item) => (mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item);
}

interface OrderDirective {
  readonly order: JsonValue;
  readonly patched: JsonValue | undefined;
  readonly original: JsonValue | undefined;
}

/**
 * "$setElementOrder: the relative order of the listed items is kept; items that only the server has go where they were
 * between them".
 */
function setElementOrder(
  merged: Map<string, JsonValue>,
  field: string,
  { order, patched, original }: OrderDirective,
  schema: ValueSchema | undefined,
): void {
  if (!Array.isArray(order)) throw new PatchError('malformed', `${ELEMENT_ORDER}${field} is a list`);
  const list = merged.get(field);
  if (!Array.isArray(list) || schema?.kind !== 'list' || schema.patch !== 'merge') return;
  const keyOf = keyOfItems(schema);
  let position = -1;
  for (const item of Array.isArray(patched) ? patched : []) {
    if (isJsonObject(item) && item[DIRECTIVE] !== undefined) continue;
    const found = order.findIndex((listed, index) => index > position && jsonEqual(keyOf(listed), keyOf(item)));
    if (found < 0)
      throw new PatchError('malformed', `the order in the patch of ${field} doesn't match its ${ELEMENT_ORDER} list`);
    position = found;
  }
  merged.set(field, orderItems({ merged: list, order, original: Array.isArray(original) ? original : [], keyOf }));
}

/** What is new in the object is taken as the patch has it, without the patch's directives and nulls. */
function withoutDirectives(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([key, item]) => !key.startsWith('$') && item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, clean(item)]));
}

function clean(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isJsonObject(item) && isDirectiveOnly(item))).map((item: JsonValue) => clean(item));
  }
  return isJsonObject(value) ? withoutDirectives(value) : value;
}

function isDirectiveOnly(item: JsonObject): boolean {
  return item[DIRECTIVE] === 'delete' || (item[DIRECTIVE] === 'replace' && Object.keys(item).length === 1);
}
