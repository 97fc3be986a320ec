import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** What the status branch writes in the place of a value that must not leave the box. */
export const HIDDEN = '(hidden)';

/**
 * Puts back into a redacted value what another version of it says in the same place, where that is known: the manifests
 * of the commit that is deployed. List items are matched by name, else by place. What stays unknown stays hidden.
 */
export function revealHidden(redacted: JsonValue, known: JsonValue | undefined): JsonValue {
  if (redacted === HIDDEN) return typeof known === 'string' ? known : redacted;
  if (known === undefined) return redacted;
  if (Array.isArray(redacted)) {
    const items: readonly JsonValue[] = Array.isArray(known) ? known : [];
    return redacted.map((item: JsonValue, index) => revealHidden(item, matching(item, items, index)));
  }
  if (!isJsonObject(redacted) || !isJsonObject(known)) return redacted;
  const revealed: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(redacted)) revealed[key] = revealHidden(value, known[key]);
  return revealed;
}

function matching(item: JsonValue, items: readonly JsonValue[], index: number): JsonValue | undefined {
  if (!isJsonObject(item) || typeof item['name'] !== 'string') return items[index];
  return items.find((other) => isJsonObject(other) && other['name'] === item['name']);
}

/** Whether anything in a value is hidden. */
export function hasHidden(value: JsonValue | undefined): boolean {
  if (value === HIDDEN) return true;
  if (Array.isArray(value)) return value.some((item: JsonValue) => hasHidden(item));
  return isJsonObject(value) && Object.values(value).some((item) => hasHidden(item));
}

export function asJson(value: object): JsonObject {
  return value as JsonObject;
}
