import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/**
 * Steps of defaulting that share structure: each returns the object that it was given when nothing changes.
 */
export type Change = (object: JsonObject) => JsonObject;

/** Go cannot tell a text that is left out from an empty one, so both are filled in. */
function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}

/** The object with each of `defaults` that it has no value for. */
export function fill(object: JsonObject, defaults: JsonObject): JsonObject {
  let filled: Record<string, JsonValue> | undefined;
  for (const key in defaults) {
    const value = defaults[key];
    if (value === undefined || value === null || !isUnset(object[key])) continue;
    filled ??= { ...object };
    filled[key] = value;
  }
  return filled ?? object;
}

/** As `fill`, for numbers that Go keeps by value: 0 counts as left out. */
export function fillZero(object: JsonObject, defaults: JsonObject): JsonObject {
  const zeros = Object.keys(defaults).filter((key) => object[key] === 0);
  if (zeros.length === 0) return fill(object, defaults);
  const without = Object.fromEntries(Object.entries(object).filter(([key]) => !zeros.includes(key)));
  return fill(without, defaults);
}

/** The object with a field replaced; `undefined` takes it away. */
export function put(object: JsonObject, field: string, value: JsonValue | undefined): JsonObject {
  if (object[field] === value) return object;
  if (value !== undefined) return { ...object, [field]: value };
  const { [field]: _dropped, ...rest } = object;
  return rest;
}

/** Changes the object in `field`, if there is one. */
export function within(object: JsonObject, field: string, change: Change): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? put(object, field, change(value)) : object;
}

/** Changes each object of the list in `field`, if there is one. */
export function each(object: JsonObject, field: string, change: Change): JsonObject {
  const list = object[field];
  return Array.isArray(list)
    ? put(
        object,
        field,
        mapShared(list, (item) => (isJsonObject(item) ? change(item) : item)),
      )
    : object;
}

/** `list.map(change)`; the list itself when every item stays. */
export function mapShared(list: readonly JsonValue[], change: (item: JsonValue) => JsonValue): readonly JsonValue[] {
  let changed: JsonValue[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as JsonValue;
    const next = change(item);
    if (next === item) continue;
    changed ??= [...list];
    changed[i] = next;
  }
  return changed ?? list;
}

/** Runs several changes, one after the other. */
export function inOrder(object: JsonObject, ...changes: readonly Change[]): JsonObject {
  return changes.reduce((current, change) => change(current), object);
}
