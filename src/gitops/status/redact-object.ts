import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** Stands for a value that must not leave the box. */
const HIDDEN = '(hidden)';

/** Annotations that repeat the object's own content. */
const CONTENT_ANNOTATIONS = /(^|\/)(last-applied|last-applied-configuration|applied-configuration)/;

/**
 * An object as it may be shown to everybody who reads the repository: no values of Secrets and no digests of them, no
 * data of ConfigMaps, no literal environment values and request headers, no annotation that repeats content, no last
 * words of containers (they may be the end of a log) or of their hooks, none of the server's bookkeeping. Keys stay:
 * they say what there is.
 */
export function redactObject(object: JsonObject): JsonObject {
  const { managedFields: _fields, selfLink: _link, annotations, ...metadata } = asObject(object['metadata']);
  const redacted: JsonObject = {
    ...object,
    metadata: { ...metadata, ...(isJsonObject(annotations) ? { annotations: redactAnnotations(annotations) } : {}) },
  };
  if (object['kind'] === 'Secret' || object['kind'] === 'ConfigMap') return redactData(redacted);
  return redactContainers(redacted) as JsonObject;
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

/** Lists of named values, wherever containers and their probes are. */
const VALUE_LISTS: ReadonlySet<string> = new Set(['env', 'httpHeaders']);

/** Hides what containers are given and what they leave behind. Unchanged parts are shared. */
function redactContainers(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return mapShared(value, redactContainers);
  if (!isJsonObject(value)) return value;
  let copy: Record<string, JsonValue> | undefined;
  for (const key in value) {
    const child = value[key];
    // No text or number is hidden for the name of its own field.
    if (typeof child !== 'object' || child === null) continue;
    const redacted = redactField(key, child);
    if (redacted === child) continue;
    copy ??= { ...value };
    copy[key] = redacted;
  }
  return copy ?? value;
}

function redactField(key: string, value: JsonValue): JsonValue {
  if (VALUE_LISTS.has(key) && Array.isArray(value)) return value.map((item) => hideField(item, 'value'));
  return key === 'terminated' || (key === 'waiting' && isFailedHook(value))
    ? hideField(value, 'message')
    : redactContainers(value);
}

/** The message of such a container holds what its hook has written. */
function isFailedHook(value: JsonValue): boolean {
  return isJsonObject(value) && value['reason'] === 'PostStartHookError';
}

function hideField(value: JsonValue, field: string): JsonValue {
  return isJsonObject(value) && field in value ? { ...value, [field]: HIDDEN } : value;
}

function mapShared(items: readonly JsonValue[], map: (item: JsonValue) => JsonValue): readonly JsonValue[] {
  const mapped = items.map(map);
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
