import type { Client } from '../../api/client.ts';
import { jsonEqual } from '../../lib/json.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../objects/finalizers.ts';
import { findKind, type OwnerReference } from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';
import type {
  Controller,
  ControllerChange,
  ControllerContext,
  ControllerWatch,
  ReconcileResult,
} from '../controller.ts';
import { referenceTo } from '../manager/object-key.ts';
import { computeGarbage, type GarbageAction, isWaitingForDependents, type OwnerState } from './compute-garbage.ts';
import { graphKey, OwnerGraph, parseGraphKey } from './owner-graph.ts';

/**
 * Deletes what lost its owners, in the order that the deletion asked for. Works on changes only; there is no periodic
 * sweep.
 */
export class GarbageCollector implements Controller {
  readonly name = 'generic-garbage-collector';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #graph = new OwnerGraph();
  /**
   * Keys of objects that came with an owner which is not where it should be: a look for it elsewhere is worth its cost
   * only then.
   */
  readonly #misplaced = new Set<string>();

  constructor({ client }: ControllerContext) {
    this.#client = client;
    const keysOf = (object: StoredObject, previous: StoredObject | undefined, change: ControllerChange) =>
      this.#keysOf(object, previous, change);
    this.watches = [{ kind: '*', keysOf }];
  }

  reconcile(key: string): ReconcileResult {
    const object = this.#client.getObject(parseGraphKey(key));
    const isMisplaced = this.#misplaced.delete(key);
    if (object === undefined) return {};
    if (isMisplaced) this.#reportMisplaced(object);
    const owners = this.#statesOf(object);
    const dependents = this.#dependentsOf(object);
    for (const action of computeGarbage({ object, dependents, owners })) this.#apply(action);
    return {};
  }

  /** Only what may need work comes into the queue; an object whose owners are all there costs no reconcile. */
  #keysOf(object: StoredObject, previous: StoredObject | undefined, change: ControllerChange): readonly string[] {
    if (object.kind === 'Event') return [];
    const isGone = change === 'deleted';
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    if (change === 'modified' && !isGoing && haveSameReferences(object, previous)) return [];
    this.#graph.replace(previous, isGone ? undefined : object);
    const keys: string[] = [];
    if (isGone || isWaitingForDependents(object)) keys.push(...this.#graph.dependentsOf(object.metadata.uid));
    const isNews = change === 'added' || change === 'modified';
    if (!isGone && this.#needsWork(object, isNews && !haveSameOwners(object, previous))) keys.push(graphKey(object));
    for (const reference of (previous ?? object).metadata.ownerReferences ?? []) {
      const owner = this.#ownerOf(object, reference);
      if (owner !== undefined && isWaitingForDependents(owner)) keys.push(graphKey(owner));
    }
    return keys;
  }

  #needsWork(object: StoredObject, areOwnersNew: boolean): boolean {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined) {
      return finalizers.includes(FOREGROUND_FINALIZER) || finalizers.includes(ORPHAN_FINALIZER);
    }
    const states = this.#statesOf(object);
    const isMisplaced = areOwnersNew && states.some(({ state }) => state === 'absent' || state === 'unverifiable');
    if (isMisplaced) this.#misplaced.add(graphKey(object));
    return isMisplaced || states.some(({ state }) => state === 'absent' || state === 'waiting');
  }

  #statesOf(object: StoredObject): readonly OwnerState[] {
    return (object.metadata.ownerReferences ?? []).map((reference) => this.#ownerState(object, reference));
  }

  /**
   * "If the garbage collector detects an invalid cross-namespace ownerReference, or a cluster-scoped dependent with an
   * ownerReference referencing a namespaced kind, a warning Event with a reason of OwnerRefInvalidNamespace and an
   * involvedObject of the invalid dependent is reported" (Owners and Dependents).
   */
  #reportMisplaced(object: StoredObject): void {
    const { namespace = '' } = object.metadata;
    for (const { reference, state } of this.#statesOf(object)) {
      const { apiVersion, kind, name, uid } = reference;
      const info = findKind(apiVersion, kind);
      if (info?.namespaced !== true || (state !== 'absent' && state !== 'unverifiable')) continue;
      const isOwner = ({ metadata }: StoredObject) => metadata.uid === uid && metadata.namespace !== namespace;
      if (state === 'absent' && !this.#client.listObjects(info).some(isOwner)) continue;
      const identity = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const message = `ownerRef ${identity} does not exist in namespace "${namespace}"`;
      const event = { type: 'Warning', reason: 'OwnerRefInvalidNamespace', message } as const;
      this.#client.recordEvent({ regarding: object, ...event, component: 'garbage-collector-controller' });
    }
  }

  #dependentsOf(object: StoredObject): readonly StoredObject[] {
    const { uid } = object.metadata;
    return this.#graph
      .dependentsOf(uid)
      .map((key) => this.#client.getObject(parseGraphKey(key)))
      .filter((dependent) => dependent !== undefined)
      .filter((dependent) => dependent.metadata.ownerReferences?.some((reference) => reference.uid === uid));
  }

  /**
   * "Cross-namespace owner references are disallowed by design … if a namespaced owner does not exist in the
   * dependent's namespace, the reference is treated as absent"; "cluster-scoped dependents can only specify
   * cluster-scoped owners … otherwise it is treated as having an unresolvable owner reference, and is not able to be
   * garbage collected" (Owners and Dependents). A name that is taken by an object with another uid is not the owner.
   */
  #ownerState(object: StoredObject, reference: OwnerReference): OwnerState {
    const kind = findKind(reference.apiVersion, reference.kind);
    if (kind === undefined) return { reference, state: 'unverifiable' };
    if (kind.namespaced && object.metadata.namespace === undefined) return { reference, state: 'unverifiable' };
    const owner = this.#ownerOf(object, reference);
    if (owner === undefined) return { reference, state: 'absent' };
    return { reference, state: isWaitingForDependents(owner) ? 'waiting' : 'solid' };
  }

  #ownerOf(object: StoredObject, { apiVersion, kind, name, uid }: OwnerReference): StoredObject | undefined {
    const info = findKind(apiVersion, kind);
    const { namespace } = object.metadata;
    if (info === undefined || (info.namespaced && namespace === undefined)) return undefined;
    const owner = this.#client.getObject({ apiVersion, kind, name, ...(info.namespaced ? { namespace } : {}) });
    return owner?.metadata.uid === uid ? owner : undefined;
  }

  #apply(action: GarbageAction): void {
    const { metadata } = action.object;
    if (action.type === 'delete') {
      const { propagationPolicy } = action;
      const preconditions = { uid: metadata.uid };
      this.#client.delete(referenceTo(action.object), { propagationPolicy, preconditions });
      return;
    }
    this.#client.update({ ...current(this.#client, action.object), metadata: changedMeta(action) });
  }
}

/** The object as the actions before this one in the same reconcile have left it. */
function current(client: Client, object: StoredObject): StoredObject {
  return client.getObject(referenceTo(object)) ?? object;
}

function changedMeta(action: Exclude<GarbageAction, { type: 'delete' }>): StoredObject['metadata'] {
  const { resourceVersion: _version, ...metadata } = action.object.metadata;
  const { ownerReferences = [], finalizers = [] } = metadata;
  const resourceVersion = '';
  switch (action.type) {
    case 'removeOwners':
      return {
        ...metadata,
        resourceVersion,
        ownerReferences: ownerReferences.filter(({ uid }) => !action.uids.includes(uid)),
      };
    case 'unblockOwners':
      return {
        ...metadata,
        resourceVersion,
        ownerReferences: ownerReferences.map((reference) =>
          reference.blockOwnerDeletion === true ? { ...reference, blockOwnerDeletion: false } : reference,
        ),
      };
    case 'removeFinalizer':
      return { ...metadata, resourceVersion, finalizers: finalizers.filter((name) => name !== action.finalizer) };
  }
}

/** A reference that blocks no longer lets its owner go (addUnblockedOwnersToDeleteQueue). */
function haveSameReferences(a: StoredObject, b: StoredObject | undefined): boolean {
  return jsonEqual(a.metadata.ownerReferences, b?.metadata.ownerReferences);
}

function haveSameOwners(a: StoredObject, b: StoredObject | undefined): boolean {
  const uidsOf = (object: StoredObject | undefined) =>
    (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid).join(' ');
  return uidsOf(a) === uidsOf(b);
}
