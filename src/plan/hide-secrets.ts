import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { FieldChange } from './diff.ts';

/** Stands for a value that must not be shown. */
export const HIDDEN_VALUE = '(hidden)';

/** "kubectl apply" keeps the whole object in it, a Secret with its values. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** "Secrets: key names and `changed`, never values." */
export function hideSecretChange({ path, before, after }: FieldChange): FieldChange {
  const hide = hiderOf(path);
  return hide === undefined ? { path, before, after } : { path, before: hide(before), after: hide(after) };
}

/** A whole Secret with its keys and without its values. */
export function hideSecretValues(secret: JsonObject): JsonObject {
  const fields = Object.entries(secret).map(([name, value]) => {
    if (name !== 'metadata' || !isJsonObject(value)) return [name, hiderOf([name])?.(value) ?? value];
    const annotations = value['annotations'];
    return [name, annotations === undefined ? value : { ...value, annotations: withoutLastApplied(annotations) }];
  });
  return Object.fromEntries(fields);
}

function hiderOf([top, key, last]: FieldChange['path']): ((value: unknown) => unknown) | undefined {
  if (top === 'data' || top === 'stringData') return key === undefined ? hideMap : hideValue;
  if (top !== 'metadata' || key !== 'annotations') return undefined;
  if (last === undefined) return withoutLastApplied;
  return last === LAST_APPLIED ? hideValue : undefined;
}

function hideValue(value: unknown): unknown {
  return value === undefined ? undefined : HIDDEN_VALUE;
}

function hideMap(value: unknown): unknown {
  if (!isJsonObject(value)) return hideValue(value);
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN_VALUE]));
}

function withoutLastApplied(annotations: unknown): unknown {
  if (!isJsonObject(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) return annotations;
  return { ...annotations, [LAST_APPLIED]: HIDDEN_VALUE };
}
