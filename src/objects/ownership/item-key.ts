import { canonicalJson, isJsonObject, type JsonValue } from '../../lib/json.ts';
import type { ListSchema } from '../schema/schema.ts';

/** "protocol is a list map key with a default": items that leave it out are the same as those that write it. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** What names an item of a list in `FieldsV1`: `k:{"name":"web"}` or, in a set, `v:"text"`. */
export function itemKey(item: JsonValue, schema: ListSchema): string {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  const { mapKeys } = schema;
  const [only] = mapKeys;
  if (mapKeys.length === 1 && only !== undefined) {
    return namedItemKey(only, keyField(item, only));
  }
  return `k:${canonicalJson(Object.fromEntries(mapKeys.map((name) => [name, keyField(item, name)])))}`;
}

/** The key of an item that one field names. */
export function namedItemKey(field: string, value: JsonValue): string {
  return `k:{${JSON.stringify(field)}:${JSON.stringify(value)}}`;
}

function keyField(item: JsonValue, name: string): JsonValue {
  const value = isJsonObject(item) ? item[name] : undefined;
  return value ?? KEY_DEFAULTS[name] ?? null;
}

/** Items by their key; items that share one (which the API allows in places) are kept together. */
export function groupItems(items: readonly JsonValue[], schema: ListSchema): Map<string, JsonValue[]> {
  const groups = new Map<string, JsonValue[]>();
  for (const item of items) {
    const key = itemKey(item, schema);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
