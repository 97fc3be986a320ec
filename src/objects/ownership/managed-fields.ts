import { formatTime } from '../../lib/clock.ts';
import { compareText } from '../../lib/compare-text.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { ObjectMeta } from '../types.ts';
import { type FieldsTree, fieldsInTree, shareTree } from './fields-tree.ts';

export type ManagedFields = NonNullable<ObjectMeta['managedFields']>;
/** `metav1.ManagedFieldsEntry`: which fields one manager owns, and how it came to. */
export type ManagedFieldsEntry = ManagedFields[number];

/** Who writes: its name, how, and through which subresource (empty for the object itself). */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
}

/** An entry with its set of fields as a shared tree. */
export interface OwnedFields {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldsTree | undefined;
}

export function readManagedFields(object: { readonly metadata?: ObjectMeta } | undefined): readonly OwnedFields[] {
  return (object?.metadata?.managedFields ?? []).map((entry) => ({ entry, fields: shareTree(entry.fieldsV1) }));
}

export function isEntryOf(entry: ManagedFieldsEntry, { manager, operation, subresource }: Manager): boolean {
  return entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === subresource;
}

export function newEntry(by: Manager, apiVersion: string, nowMs: number, fields: FieldsTree): ManagedFieldsEntry {
  return {
    manager: by.manager,
    operation: by.operation,
    apiVersion,
    time: formatTime(nowMs),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(by.subresource !== '' && { subresource: by.subresource }),
  };
}

/** The entry with another set of fields; the entry itself when the set is the same. */
export function withFields({ entry, fields }: OwnedFields, next: FieldsTree): ManagedFieldsEntry {
  return fields === next ? entry : { ...entry, fieldsV1: next };
}

/**
 * The list as it is stored: applied entries first, then by time and name (managedfields, sortEncodedManagedFields).
 * Returns `previous` when nothing changed, so that an object that stays the same can be told by its reference.
 */
export function sealEntries(
  entries: readonly ManagedFieldsEntry[],
  previous: ManagedFields | undefined,
): ManagedFields | undefined {
  const sorted = entries.toSorted(byOperationAndTime);
  if (previous !== undefined && jsonEqual(sorted, previous)) return previous;
  return sorted.length === 0 ? undefined : sorted;
}

function byOperationAndTime(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation ?? '', b.operation ?? '') ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager ?? '', b.manager ?? '') ||
    compareText(a.subresource ?? '', b.subresource ?? '')
  );
}

/**
 * The list with the time of one entry set: "the timestamp is also updated when the manager changes any of the owned
 * fields' value" (ManagedFieldsEntry).
 */
export function touchManagedFields(
  managedFields: ManagedFields | undefined,
  by: Manager,
  nowMs: number,
): ManagedFields | undefined {
  const time = formatTime(nowMs);
  const touched = managedFields?.map((entry) =>
    isEntryOf(entry, by) && entry.time !== time ? { ...entry, time } : entry,
  );
  return touched === undefined ? undefined : sealEntries(touched, managedFields);
}

/** What one entry owns, as paths to show: `spec.replicas`, `spec.template.spec.containers[name="web"].image`. */
export function ownedFieldPaths(entry: ManagedFieldsEntry): readonly string[] {
  return fieldsInTree(shareTree(entry.fieldsV1)).map(({ field }) => field);
}
