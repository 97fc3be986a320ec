import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { canonicalQuantity } from '../quantity.ts';
import { rootSchema, schemaAtStep, schemaOf, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import type { KubernetesObject } from '../types.ts';
import { mapShared } from './fill.ts';

/**
 * One spelling for what means the same, as decoding and encoding by the API server brings about: fields that are null
 * are left out, quantities are canonical (`0.5` → `500m`), a Secret's `stringData` is folded into `data`. Returns the
 * same object when it is so already.
 */
export function normalizeObject(object: KubernetesObject): KubernetesObject {
  const type = schemaOf(object.apiVersion, object.kind);
  if (type === undefined || !isJsonObject(object)) return object;
  const normalized = normalizeFields(object, rootSchema(type));
  return (object.kind === 'Secret' ? foldStringData(normalized) : normalized) as KubernetesObject;
}

function normalizeFields(object: JsonObject, schema: ValueSchema): JsonObject {
  const hasQuantities = hasQuantityFields(schema);
  let changed: Record<string, JsonValue> | undefined;
  for (const key in object) {
    const value = object[key];
    if (value === undefined || (typeof value !== 'object' && !hasQuantities)) continue;
    const fieldSchema = schemaAtStep(schema, key);
    if (fieldSchema === undefined) continue;
    const next = value === null && schema.kind === 'object' ? undefined : normalizeValue(value, fieldSchema);
    if (next === value) continue;
    changed ??= { ...object };
    if (next === undefined) delete changed[key];
    else changed[key] = next;
  }
  return changed ?? object;
}

const quantityTypes = new WeakMap<TypeSchema, boolean>();

/** Whether a field right below may be a quantity: all other texts and numbers stay as they are. */
function hasQuantityFields(schema: ValueSchema): boolean {
  if (schema.kind !== 'object') return schema.kind === 'map' && isQuantity(schema.value);
  const known = quantityTypes.get(schema.type);
  if (known !== undefined) return known;
  const hasSome = [...schema.type.fields.values()].some((field) => isQuantity(field.schema));
  quantityTypes.set(schema.type, hasSome);
  return hasSome;
}

function isQuantity(schema: ValueSchema): boolean {
  return schema.kind === 'scalar' && schema.scalar === 'quantity';
}

function normalizeValue(value: JsonValue, schema: ValueSchema): JsonValue {
  if (schema.kind === 'scalar') {
    return schema.scalar === 'quantity' && (typeof value === 'string' || typeof value === 'number')
      ? canonicalQuantity(value)
      : value;
  }
  if (schema.kind === 'list') {
    return Array.isArray(value) ? mapShared(value, (item) => normalizeValue(item, schema.item)) : value;
  }
  return isJsonObject(value) ? normalizeFields(value, schema) : value;
}

/**
 * "stringData is write-only: all keys and values are merged into the data field on write, overwriting any existing
 * values" (core/v1 Secret). The text is encoded as UTF-8, then as base64.
 */
function foldStringData(secret: JsonObject): JsonObject {
  const { stringData, data, ...rest } = secret;
  if (!isJsonObject(stringData)) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text), 'utf8').toString('base64'),
  ]);
  return { ...rest, data: { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) } };
}
