import { isJsonObject } from '../../lib/json.ts';
import type { KubernetesObject } from '../types.ts';
import { keepOwner, requireSchema } from './apply-owned.ts';
import { changedFields } from './changed-fields.ts';
import { fieldsOfObject } from './fields-of-object.ts';
import { type FieldsTree, subtractTrees, unionTrees } from './fields-tree.ts';
import {
  isEntryOf,
  type ManagedFields,
  type ManagedFieldsEntry,
  type Manager,
  newEntry,
  readManagedFields,
  sealEntries,
} from './managed-fields.ts';

export interface OwnUpdateRequest {
  /** The object before the write; `undefined` for a creation. */
  readonly live: KubernetesObject | undefined;
  /** The object as it will be stored, with its defaults. */
  readonly updated: KubernetesObject;
  readonly manager: string;
  readonly nowMs: number;
  /** `status` or `scale` when the write goes through it. */
  readonly subresource?: string;
}

/**
 * The managed fields after a plain write (create, update, patch): "the manager of an update owns the fields that it
 * changed", without any conflict; whoever owned them before does so no more. A creation owns everything. Returns the
 * list of `live` when no field that can be owned changed; whatever `updated` itself says of managed fields is ignored.
 */
export function ownUpdate({
  live,
  updated,
  manager,
  nowMs,
  subresource = '',
}: OwnUpdateRequest): ManagedFields | undefined {
  const type = requireSchema(updated);
  const by: Manager = { manager, operation: 'Update', subresource };
  if (!isJsonObject(updated)) return undefined;
  if (live === undefined || !isJsonObject(live)) {
    const fields = fieldsOfObject(updated, type);
    return fields === undefined ? undefined : [newEntry(by, updated.apiVersion, nowMs, fields)];
  }
  const previous = live.metadata?.managedFields;
  const { changed, removed } = changedFields(live, updated, type);
  if (changed === undefined && removed === undefined) return previous;

  const owners = readManagedFields(live);
  const own = owners.find(({ entry }) => isEntryOf(entry, by));
  const lost = unionTrees(changed, removed);
  const entries: ManagedFieldsEntry[] = owners
    .filter((owner) => owner !== own)
    .flatMap((owner) => keepOwner(owner, lost));
  const fields: FieldsTree | undefined = unionTrees(subtractTrees(own?.fields, removed), changed);
  if (fields !== undefined) entries.push(newEntry(by, updated.apiVersion, nowMs, fields));
  return sealEntries(entries, previous);
}
