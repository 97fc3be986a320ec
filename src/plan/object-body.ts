import { counted } from '../lib/counted.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { hideNamedValues, hideSecretValues } from './hide-secrets.ts';

/** Longer texts in an object are named by their size: a web page in a ConfigMap is not what a review reads. */
const TEXT_LINES = 40;
const TEXT_LENGTH = 2_000;
/** An object with more values than that shows its outline only. */
const VALUES = 400;

/**
 * What a new object says of itself, beside its kind and its name: as it is written, without values of Secrets. What is
 * too long is named by its size as a whole, so that nothing ends in the middle.
 */
export function objectBody(object: KubernetesObject): JsonObject {
  const { apiVersion: _apiVersion, kind, metadata, status: _status, ...fields } = object as unknown as JsonObject;
  const { name: _name, namespace: _namespace, ...rest } = isJsonObject(metadata) ? metadata : {};
  const body: JsonObject = { ...(Object.keys(rest).length === 0 ? {} : { metadata: rest }), ...fields };
  const shown = shorten(
    (kind === 'Secret' ? hideSecretValues(body) : hideNamedValues(body)) as JsonObject,
  ) as JsonObject;
  if (countValues(shown) <= VALUES) return shown;
  return Object.fromEntries(Object.entries(shown).map(([field, value]) => [field, outline(value)]));
}

function shorten(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(shorten);
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shorten(one)]));
  if (typeof value !== 'string') return value;
  const lines = value.replace(/\n$/, '').split('\n').length;
  return lines <= TEXT_LINES && value.length <= TEXT_LENGTH
    ? value
    : `(${counted(lines, 'line')}, ${value.length} characters)`;
}

function outline(value: JsonValue): JsonValue {
  const count = countValues(value);
  return count > 1 ? `(${count} values)` : value;
}

function countValues(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one: JsonValue) => sum + countValues(one), 0);
  if (isJsonObject(value)) return Object.values(value).reduce<number>((sum, one) => sum + countValues(one), 0);
  return 1;
}
