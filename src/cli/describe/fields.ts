import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { OutlineEntry, OutlineValue } from './outline.ts';

/** The object in a field of what the API answered, or an empty one. */
export function fieldsAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((inner, step) => (isJsonObject(inner) ? inner[step] : undefined), value);
  return isJsonObject(found) ? found : {};
}

export function itemsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const last = path.at(-1) ?? '';
  const found = fieldsAt(value, ...path.slice(0, -1))[last];
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}

/** A plain value as text; `undefined` where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const last = path.at(-1) ?? '';
  const found = fieldsAt(value, ...path.slice(0, -1))[last];
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
    ? String(found)
    : undefined;
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const last = path.at(-1) ?? '';
  const found = fieldsAt(value, ...path.slice(0, -1))[last];
  return Array.isArray(found) ? found.map(String) : [];
}

/** `a=1` for each field, sorted; `<none>` for none. */
export function pairsOf(fields: JsonObject, separator = '='): readonly string[] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${separator}${typeof value === 'object' ? JSON.stringify(value) : value}`);
}

/** Any value, level by level, for kinds and fields that need no words of their own. */
export function outlineOf(value: unknown): OutlineValue {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) return value.map(String);
    return value.map((item: unknown, index): OutlineEntry => [nameOf(item) ?? String(index), outlineOf(item)]);
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? '<none>'
      : entries.map(([key, inner]): OutlineEntry => [titleOf(key), outlineOf(inner)]);
  }
  return value === undefined || value === null ? undefined : String(value);
}

function nameOf(item: unknown): string | undefined {
  return isJsonObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}

/** `restartPolicy` → `Restart Policy`; a key with a dot or slash is kept. */
export function titleOf(key: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(key)) return key;
  return key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/^./, (letter) => letter.toUpperCase());
}
