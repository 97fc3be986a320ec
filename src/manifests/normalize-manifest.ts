import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import type { KindInfo } from '../objects/kinds.ts';
import { rootSchema, schemaAtStep, schemaOf, type ValueSchema } from '../objects/schema/schema.ts';

/** What only a server sets: an object that was copied out of a cluster carries it, and applying must not. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);

/**
 * The object as it is to be applied: in namespace `default` when its kind has namespaces and it names none, as kubectl
 * does it; without a namespace when its kind has none; without `status` and what only a server sets (both were warned
 * about); and with null as Go's decoder reads it: an absent field, or in a map the empty value.
 */
export function normalizeManifest(object: JsonObject, info: KindInfo): JsonObject {
  const type = schemaOf(info.apiVersion, info.kind);
  const clean = type === undefined ? object : withoutNulls(object, rootSchema(type));
  const { status, ...rest } = clean;
  const isStatusKept = status !== undefined && !info.hasStatus;
  const metadata = normalizeMetadata(clean['metadata'], info);
  return { ...rest, ...(metadata === undefined ? {} : { metadata }), ...(isStatusKept ? { status } : {}) };
}

function normalizeMetadata(metadata: JsonValue | undefined, info: KindInfo): JsonValue | undefined {
  if (!isJsonObject(metadata)) return metadata;
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(metadata)) if (!SERVER_FIELDS.has(name)) kept[name] = value;
  if (!info.namespaced) {
    const { namespace: _dropped, ...withoutNamespace } = kept;
    return withoutNamespace;
  }
  return kept['namespace'] === undefined || kept['namespace'] === '' ? { ...kept, namespace: 'default' } : kept;
}

function withoutNulls(object: JsonObject, schema: ValueSchema | undefined): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(object)) {
    const inner = schema && schemaAtStep(schema, name);
    if (value !== null) kept[name] = cleanValue(value, inner);
    else if (inner?.kind === 'scalar' && inner.scalar === 'any') kept[name] = null;
    else if (schema?.kind === 'map' && inner?.kind === 'scalar') kept[name] = '';
  }
  return kept;
}

function cleanValue(value: JsonValue, schema: ValueSchema | undefined): JsonValue {
  if (schema?.kind === 'scalar') return value;
  if (isJsonObject(value)) return withoutNulls(value, schema);
  if (!Array.isArray(value)) return value;
  const items: readonly JsonValue[] = value;
  return items.map((item) => cleanValue(item, schema?.kind === 'list' ? schema.item : undefined));
}
