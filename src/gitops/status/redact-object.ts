import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** Stands for a value that must not leave the box. */
const HIDDEN = '(hidden)';

/** Annotations that repeat the object's own content. */
const CONTENT_ANNOTATIONS = /(^|\/)(last-applied|last-applied-configuration|applied-configuration)/;

/**
 * An object as it may be shown to everybody who reads the repository: no values of Secrets and no digests of them, no data of ConfigMaps, no
 * literal environment values, no annotation that repeats content, none of the server's bookkeeping. Keys stay: they say what there is.
 */
export function redactObject(object: JsonObject): JsonObject {
  const { managedFields: _fields, selfLink: _link, annotations, ...metadata } = asObject(object['metadata']);
  const redacted: JsonObject = {
    ...object,
    metadata: { ...metadata, ...(isJsonObject(annotations) ? { annotations: redactAnnotations(annotations) } : {}) },
  };
  if (object['kind'] === 'Secret' || object['kind'] === 'ConfigMap') return redactData(redacted);
  return redactEnvironment(redacted) as JsonObject;
}

function redactAnnotations(annotations: JsonObject): JsonObject {
  const entries = Object.entries(annotations);
  return Object.fromEntries(entries.map(([key, value]) => [key, CONTENT_ANNOTATIONS.test(key) ? HIDDEN : value]));
}

const DATA_FIELDS = ['data', 'stringData', 'binaryData'] as const;

function redactData(object: JsonObject): JsonObject {
  const hidden = DATA_FIELDS.flatMap((field) => {
    const data = object[field];
    return isJsonObject(data)
      ? [[field, Object.fromEntries(Object.keys(data).map((key) => [key, HIDDEN]))] as const]
      : [];
  });
  return { ...object, ...Object.fromEntries(hidden) };
}

/** Hides `value` of every item of a list called `env`, wherever containers are. Unchanged parts are shared. */
function redactEnvironment(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return mapShared(value, redactEnvironment);
  if (!isJsonObject(value)) return value;
  let copy: Record<string, JsonValue> | undefined;
  for (const [key, child] of Object.entries(value)) {
    const redacted = key === 'env' && Array.isArray(child) ? child.map(redactVariable) : redactEnvironment(child);
    if (redacted === child) continue;
    copy ??= { ...value };
    copy[key] = redacted;
  }
  return copy ?? value;
}

function redactVariable(variable: JsonValue): JsonValue {
  return isJsonObject(variable) && 'value' in variable ? { ...variable, value: HIDDEN } : variable;
}

function mapShared(items: readonly JsonValue[], map: (item: JsonValue) => JsonValue): readonly JsonValue[] {
  const mapped = items.map(map);
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
