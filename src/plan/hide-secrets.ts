import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { isSecretName } from '../objects/secret-names.ts';
import { isSecretArgument, maskSecretsIn } from '../objects/secret-values.ts';
import type { FieldChange } from './diff.ts';

/** Stands for a value that must not be shown. */
export const HIDDEN_VALUE = '(hidden)';

/** "kubectl apply" keeps the whole object in it, with the values of a Secret and of variables. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** "Secrets: key names and `changed`, never values." */
export function hideSecretChange({ path, before, after }: FieldChange): FieldChange {
  return hideSides({ path, before, after }, hiderOf(path) ?? ((value) => hideNamedValues(value)));
}

/** A whole Secret with its keys and without its values. */
export function hideSecretValues(secret: JsonObject): JsonObject {
  const fields = Object.entries(secret).map(([name, value]) => {
    return [name, hiderOf([name])?.(value) ?? hideNamedValues(value)];
  });
  return Object.fromEntries(fields);
}

function hiderOf([top, key, last]: FieldChange['path']): ((value: unknown) => unknown) | undefined {
  if (top === 'data' || top === 'stringData') return key === undefined ? hideMap : hideValue;
  return top === 'metadata' && key === 'annotations' && last === LAST_APPLIED ? hideValue : undefined;
}

function hideValue(value: unknown): unknown {
  return value === undefined ? undefined : HIDDEN_VALUE;
}

function hideMap(value: unknown): unknown {
  if (!isJsonObject(value)) return hideValue(value);
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN_VALUE]));
}

/**
 * What stands in a manifest under a name that speaks of a secret (`DB_PASSWORD` of an environment or of a ConfigMap,
 * `Authorization` of a probe) is hidden, too: a report is read by more people than the repository. So is what is secret
 * by its own form, wherever it stands: the password of a URL, a private key, a token. Under a `parent` that refers to
 * something, such as `secretKeyRef`, stand names and no secrets.
 */
export function hideNamedValues(value: unknown, parent = ''): unknown {
  if (typeof value === 'string') return maskSecretsIn(value, HIDDEN_VALUE);
  if (Array.isArray(value)) {
    return mapShared(value, (item, before) =>
      isSecretArgument(before, item) ? HIDDEN_VALUE : hideNamedValues(item, parent),
    );
  }
  if (!isJsonObject(value)) return value;
  const isSecret = isSecretName(value['name']) && typeof value['value'] === 'string' && value['value'] !== '';
  const fields = isSecret ? { ...value, value: HIDDEN_VALUE } : value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, child] of Object.entries(fields)) {
    const hidden = isHiddenKey(name, parent) ? hideText(child, name) : hideNamedValues(child, name);
    if (hidden === child) continue;
    copy ??= { ...fields };
    copy[name] = hidden;
  }
  return copy ?? fields;
}

function isHiddenKey(key: string, parent: string): boolean {
  return key === LAST_APPLIED || (isSecretName(key) && !/Refs?$/.test(parent));
}

/** A key such as `secret` of a volume has fields below it, which are judged by their own names. */
function hideText(value: unknown, key: string): unknown {
  if (typeof value !== 'string') return hideNamedValues(value, key);
  return value === '' ? value : HIDDEN_VALUE;
}

function mapShared(items: readonly unknown[], map: (item: unknown, before: unknown) => unknown): readonly unknown[] {
  const mapped = items.map((item, index) => map(item, items[index - 1]));
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

/** The same of one difference, whose value alone does not know how it is called. */
export function hideNamedChange(change: FieldChange, before: object, after: object): FieldChange {
  const { path } = change;
  const keys = path.filter((step) => typeof step === 'string');
  const key = keys.at(-1) ?? '';
  if (key !== 'value' || path.at(-1) !== key) {
    const isHidden = path.at(-1) === key && isHiddenKey(key, keys.at(-2) ?? '');
    const hide = (value: unknown) => (isHidden ? hideText(value, key) : hideNamedValues(value, key));
    return hideSides(change, hide);
  }
  const isSecret = [before, after].some((side) => isSecretName(siblingName(side, path)));
  return hideSides(change, isSecret ? hideValue : (value) => hideNamedValues(value));
}

/**
 * A text that differs in nothing but what is hidden in it is hidden as a whole: twice the same would not be a
 * difference.
 */
function hideSides({ path, before, after }: FieldChange, hide: (value: unknown) => unknown): FieldChange {
  const [hiddenBefore, hiddenAfter] = [hide(before), hide(after)];
  if (typeof hiddenBefore !== 'string' || hiddenBefore !== hiddenAfter) {
    return { path, before: hiddenBefore, after: hiddenAfter };
  }
  return { path, before: HIDDEN_VALUE, after: HIDDEN_VALUE };
}

/** The `name` beside a `value`. */
function siblingName(object: object, path: FieldChange['path']): unknown {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>(
      (value, step) =>
        Array.isArray(value) ? value[Number(step)] : isJsonObject(value) ? value[String(step)] : undefined,
      object,
    );
  return isJsonObject(parent) ? parent['name'] : undefined;
}
