import { isJsonObject, type JsonObject, jsonEqual } from '../../lib/json.ts';
import { normalizeObject } from '../defaults/normalize.ts';
import { findKind } from '../kinds.ts';
import { type ObjectSchema, rootSchema, schemaOf, type TypeSchema } from '../schema/schema.ts';
import type { KubernetesObject } from '../types.ts';
import { changedFields } from './changed-fields.ts';
import { fieldsOfObject, ownablePart } from './fields-of-object.ts';
import {
  type FieldsTree,
  fieldsInTree,
  intersectTrees,
  subtractTrees,
  treeOfField,
  unionTrees,
} from './fields-tree.ts';
import {
  isEntryOf,
  type ManagedFields,
  type ManagedFieldsEntry,
  type Manager,
  newEntry,
  type OwnedFields,
  readManagedFields,
  sealEntries,
  withFields,
} from './managed-fields.ts';
import { mergeApplied } from './merge-applied.ts';
import { pruneOwned } from './prune-owned.ts';

/** A field that an apply sets to another value than the one that somebody else owns. */
export interface FieldConflict {
  /** Field manager of the owner. */
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The subresource through which the owner set it, such as `scale`; empty for the object itself. */
  readonly subresource: string;
  /** The version in which the owner wrote it. */
  readonly apiVersion: string;
  /** `spec.replicas`, `spec.template.spec.containers[name="web"].image`. */
  readonly field: string;
}

/**
 * `take`: own it from now on. `cede`: leave value and field to the owner, and do not own it. `fail`: the apply does not
 * happen.
 */
export type ConflictDecision = 'take' | 'cede' | 'fail';

export interface ApplyOwnedRequest {
  /** The object as it is; `undefined` when it does not exist. */
  readonly live: KubernetesObject | undefined;
  /** The object as the manager wants it: only the fields that it means to own. */
  readonly applied: KubernetesObject;
  readonly manager: string;
  readonly nowMs: number;
  /** Takes every field that is in conflict. */
  readonly force?: boolean;
  /** Decides each conflict by itself; asked instead of `force`. */
  readonly resolveConflict?: (conflict: FieldConflict) => ConflictDecision;
  /** Set when `applied` is for this subresource; else its status is ignored. */
  readonly subresource?: string;
}

export interface ApplyOwnedResult {
  /**
   * The merged object with its managed fields, not yet defaulted; `live` itself when the apply changes nothing or
   * fails.
   */
  readonly object: KubernetesObject;
  /**
   * As in `object`; the list of `live` while owners and fields stay. Once a value did change, `touchManagedFields`
   * tells the time.
   */
  readonly managedFields: ManagedFields | undefined;
  /** Conflicts that were not resolved, sorted by field: the apply does not happen. */
  readonly conflicts: readonly FieldConflict[];
  /** Conflicts that were ceded, sorted by field. */
  readonly ceded: readonly FieldConflict[];
}

/** What a manager applies: the fields that it may own, and the set of them. */
interface Intent {
  readonly value: JsonObject;
  readonly fields: FieldsTree | undefined;
}

/** Parsing an intent is half of the work, and the same manifest is applied again and again. */
const intents = new WeakMap<object, Intent>();

/**
 * Server-side apply, as a function: merges what a manager applies into the live object, removes what it applied before
 * and no longer does unless somebody else owns it, and says who owns what. "A conflict arises when an apply tries to
 * change a field that another manager owns" (Server-Side Apply); setting the same value makes both own it.
 *
 * Throws a `TypeError` for a kind that is not in the schema table.
 */
export function applyOwned(request: ApplyOwnedRequest): ApplyOwnedResult {
  const { live, applied, manager, nowMs, subresource = '' } = request;
  const type = requireSchema(applied);
  const intent = intentOf(applied, type, subresource);
  const by: Manager = { manager, operation: 'Apply', subresource };
  if (live === undefined) return created(applied, intent, by, nowMs);

  const owners = readManagedFields(live);
  const own = owners.find(({ entry }) => isEntryOf(entry, by));
  const others = owners.filter((owner) => owner !== own);
  const schema = rootSchema(type);
  const first = mergeIntent(live, intent, own, others, type);
  const { ceded, failed } = decide(first.conflicts, request);
  if (failed.length > 0) {
    return {
      object: live,
      managedFields: live.metadata?.managedFields,
      conflicts: failed.map(({ conflict }) => conflict),
      ceded: [],
    };
  }
  const isCeding = ceded.length > 0;
  const final = isCeding ? mergeIntent(live, withoutCeded(intent, ceded, schema), own, others, type) : first;
  const lost = unionTrees(final.removed, final.changed);
  const entries = others.flatMap((owner) => keepOwner(owner, lost));
  const { fields } = final.intent;
  if (fields !== undefined) entries.push(ownEntry(own, by, applied.apiVersion, nowMs, fields));
  const managedFields = sealEntries(entries, live.metadata?.managedFields);
  const object = withManagedFields(live, final.object, managedFields);
  return { object, managedFields, conflicts: [], ceded: ceded.map(({ conflict }) => conflict) };
}

export function requireSchema({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): TypeSchema {
  const type = schemaOf(apiVersion, kind);
  if (type === undefined) throw new TypeError(`no schema of ${kind} in ${apiVersion}`);
  return type;
}

/** Status is reset before an object is applied: it belongs to its subresource (registry strategies, GetResetFields). */
function intentOf(applied: KubernetesObject, type: TypeSchema, subresource: string): Intent {
  const known = subresource === '' ? intents.get(applied) : undefined;
  if (known !== undefined) return known;
  const { status, ...rest } = ownablePart(asJson(normalizeObject(applied)));
  const hasStatus = findKind(applied.apiVersion, applied.kind)?.hasStatus === true;
  const keepsStatus = status !== undefined && (subresource !== '' || !hasStatus);
  const value: JsonObject = keepsStatus ? { ...rest, status } : rest;
  const intent: Intent = { value, fields: fieldsOfObject(value, type) };
  if (subresource === '' && Object.isFrozen(applied)) intents.set(applied, intent);
  return intent;
}

function asJson(object: KubernetesObject): JsonObject {
  if (!isJsonObject(object)) throw new TypeError('an object is applied that is no object');
  return object;
}

function created(applied: KubernetesObject, intent: Intent, by: Manager, nowMs: number): ApplyOwnedResult {
  const entry = intent.fields === undefined ? [] : [newEntry(by, applied.apiVersion, nowMs, intent.fields)];
  const managedFields = sealEntries(entry, undefined);
  const { metadata, ...rest } = intent.value;
  const { apiVersion, kind } = applied;
  const { name, namespace, generateName } = applied.metadata ?? {};
  const identity = Object.fromEntries(
    Object.entries({ name, namespace, generateName }).filter(([, value]) => value !== undefined),
  );
  const object = {
    apiVersion,
    kind,
    metadata: { ...identity, ...(isJsonObject(metadata) ? metadata : {}), ...(managedFields && { managedFields }) },
    ...rest,
  };
  return { object, managedFields, conflicts: [], ceded: [] };
}

interface Merged {
  readonly intent: Intent;
  readonly object: KubernetesObject;
  readonly changed: FieldsTree | undefined;
  readonly removed: FieldsTree | undefined;
  readonly conflicts: readonly LocatedConflict[];
}

interface LocatedConflict {
  readonly conflict: FieldConflict;
  readonly keys: readonly string[];
}

function mergeIntent(
  live: KubernetesObject,
  intent: Intent,
  own: OwnedFields | undefined,
  others: readonly OwnedFields[],
  type: TypeSchema,
): Merged {
  const schema = rootSchema(type);
  const base = asJson(live);
  let merged = mergeApplied(base, intent.value, schema);
  if (own?.fields !== undefined && own.fields !== intent.fields && isJsonObject(merged)) {
    const kept = others.reduce((union, { fields }) => unionTrees(union, fields), intent.fields);
    merged = pruneOwned(merged, own.fields, kept, schema);
  }
  const object = merged as KubernetesObject;
  const { changed, removed } = changedFields(base, asJson(object), type);
  const conflicts = changed === undefined ? [] : others.flatMap((owner) => conflictsWith(owner, changed));
  return { intent, object, changed, removed, conflicts: conflicts.sort(byField) };
}

function byField(a: LocatedConflict, b: LocatedConflict): number {
  return a.conflict.field < b.conflict.field ? -1 : a.conflict.field > b.conflict.field ? 1 : 0;
}

function conflictsWith({ entry, fields }: OwnedFields, changed: FieldsTree): LocatedConflict[] {
  return fieldsInTree(intersectTrees(fields, changed)).map(({ keys, field }) => ({
    keys,
    conflict: {
      manager: entry.manager ?? 'unknown',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      subresource: entry.subresource ?? '',
      apiVersion: entry.apiVersion ?? '',
      field,
    },
  }));
}

interface Decisions {
  readonly ceded: readonly LocatedConflict[];
  readonly failed: readonly LocatedConflict[];
}

function decide(conflicts: readonly LocatedConflict[], { force, resolveConflict }: ApplyOwnedRequest): Decisions {
  const fallback: ConflictDecision = force === true ? 'take' : 'fail';
  const decisions = conflicts.map((located) => ({
    located,
    decision: resolveConflict?.(located.conflict) ?? fallback,
  }));
  const which = (wanted: ConflictDecision) =>
    decisions.filter(({ decision }) => decision === wanted).map(({ located }) => located);
  return { ceded: which('cede'), failed: which('fail') };
}

/**
 * What is applied without the fields that are left to their owners. A field that two owners have is ceded when either
 * says so.
 */
function withoutCeded(intent: Intent, ceded: readonly LocatedConflict[], schema: ObjectSchema): Intent {
  const tree = ceded.reduce<FieldsTree | undefined>(
    (union, { keys }) => unionTrees(union, treeOfField(keys)),
    undefined,
  );
  const fields = subtractTrees(intent.fields, tree);
  const value = intent.fields === undefined ? intent.value : pruneOwned(intent.value, intent.fields, fields, schema);
  return { value, fields };
}

/** An owner's entry without what it lost; gone when nothing is left. */
export function keepOwner(owner: OwnedFields, lost: FieldsTree | undefined): ManagedFieldsEntry[] {
  const fields = subtractTrees(owner.fields, lost);
  return fields === undefined ? [] : [withFields(owner, fields)];
}

/**
 * An apply of the same fields keeps the entry with its time: whether a value changed shows only once defaults are
 * filled in.
 */
function ownEntry(
  own: OwnedFields | undefined,
  by: Manager,
  apiVersion: string,
  nowMs: number,
  fields: FieldsTree,
): ManagedFieldsEntry {
  const isSame = own !== undefined && (own.fields === fields || jsonEqual(own.fields, fields));
  return isSame && own.entry.apiVersion === apiVersion ? own.entry : newEntry(by, apiVersion, nowMs, fields);
}

/** Puts the list into the object; `live` itself when neither changed. */
export function withManagedFields(
  live: KubernetesObject,
  object: KubernetesObject,
  managedFields: ManagedFields | undefined,
): KubernetesObject {
  if (object === live && managedFields === live.metadata?.managedFields) return live;
  const { managedFields: _before, ...metadata } = object.metadata ?? {};
  return { ...object, metadata: { ...metadata, ...(managedFields && { managedFields }) } };
}
