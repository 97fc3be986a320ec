import { isJsonObject, jsonEqual } from '../lib/json.ts';
import type { FieldPath } from '../objects/field-problem.ts';
import { hideNamedChange, hideSecretChange } from './hide-secrets.ts';

/** One field that differs. A side that is `undefined` does not have the field. */
export interface FieldChange {
  readonly path: FieldPath;
  readonly before: unknown;
  readonly after: unknown;
}

/** Metadata that the server keeps for itself: a difference there is nobody's change. */
const SERVER_METADATA = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]);

/**
 * The fields in which two versions of one object differ, in the order of their paths. `status` and what the server
 * keeps in `metadata` are left out; values of Secrets, and others under a name that speaks of a secret, are hidden.
 * List items are matched by their name-like key, so that one inserted item is one change.
 */
export function diffObjects(before: object, after: object): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  diffValue([], withoutServerFields(before), withoutServerFields(after), changes);
  const isSecret = (after as { readonly kind?: unknown }).kind === 'Secret';
  return changes.map((change) => (isSecret ? hideSecretChange(change) : hideNamedChange(change, before, after)));
}

function withoutServerFields(object: object): Record<string, unknown> {
  const { status: _status, metadata, ...rest } = object as Record<string, unknown>;
  const kept = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(([key]) => !SERVER_METADATA.has(key));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function diffValue(path: FieldPath, before: unknown, after: unknown, changes: FieldChange[]): void {
  if (before === after || jsonEqual(before, after)) return;
  if (isJsonObject(before) && isJsonObject(after)) return diffFields(path, before, after, changes);
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = findItemKey(before, after);
    if (key !== undefined) return diffItems(path, key, before, after, changes);
  }
  changes.push({ path, before, after });
}

function diffFields(
  path: FieldPath,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  changes: FieldChange[],
): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  for (const key of keys) diffValue([...path, key], before[key], after[key], changes);
}

type Item = Readonly<Record<string, unknown>>;

/** Keys by which Kubernetes' lists are merged; the first that every item has, without a repeat, is taken. */
const ITEM_KEYS = ['name', 'mountPath', 'containerPort', 'port', 'key', 'ip', 'type', 'uid'] as const;

function findItemKey(before: readonly unknown[], after: readonly unknown[]): string | undefined {
  return ITEM_KEYS.find((key) => isKeyOf(key, before) && isKeyOf(key, after));
}

function isKeyOf(key: string, items: readonly unknown[]): boolean {
  const values = items.map((item) => (isJsonObject(item) ? item[key] : undefined));
  return !values.includes(undefined) && new Set(values).size === values.length;
}

/** Removed items first, under their old index, then the rest under their new one. */
function diffItems(
  path: FieldPath,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  changes: FieldChange[],
): void {
  const oldItems = before as readonly Item[];
  const newItems = after as readonly Item[];
  const kept = new Set(newItems.map((item) => item[key]));
  oldItems.forEach((item, index) => {
    if (!kept.has(item[key])) changes.push({ path: [...path, index], before: item, after: undefined });
  });
  const oldByKey = new Map(oldItems.map((item) => [item[key], item]));
  newItems.forEach((item, index) => {
    diffValue([...path, index], oldByKey.get(item[key]), item, changes);
  });
}
