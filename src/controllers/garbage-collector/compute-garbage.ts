import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../objects/finalizers.ts';
import type { OwnerReference } from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';

export interface GarbageSnapshot {
  readonly object: StoredObject;
  /** Objects that name this one as an owner. */
  readonly dependents: readonly StoredObject[];
  /** What each of the object's owner references points to. */
  readonly owners: readonly OwnerState[];
}

export interface OwnerState {
  readonly reference: OwnerReference;
  /**
   * `solid`: it exists. `absent`: nothing of that uid exists where the reference looks. `waiting`: it is being deleted
   * and waits for its dependents. `unverifiable`: the reference cannot be resolved, so nothing can be decided.
   */
  readonly state: 'solid' | 'absent' | 'waiting' | 'unverifiable';
}

export type GarbageAction =
  | {
      readonly type: 'removeOwners';
      readonly object: StoredObject;
      readonly uids: readonly string[];
      readonly reason: GarbageReason;
    }
  | { readonly type: 'unblockOwners'; readonly object: StoredObject; readonly reason: 'OwnerCycle' }
  | {
      readonly type: 'removeFinalizer';
      readonly object: StoredObject;
      readonly finalizer: string;
      readonly reason: GarbageReason;
    }
  | {
      readonly type: 'delete';
      readonly object: StoredObject;
      readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan';
      readonly reason: GarbageReason;
    };

type GarbageReason = 'Orphaned' | 'OwnersAbsent' | 'OwnerWaits' | 'SomeOwnersRemain' | 'DependentsGone';

/**
 * What the garbage collector does about one object; see "Garbage Collection" and "Owners and Dependents",
 * kubernetes.io.
 */
export function computeGarbage(snapshot: GarbageSnapshot): readonly GarbageAction[] {
  const { object, dependents } = snapshot;
  const isGoing = object.metadata.deletionTimestamp !== undefined;
  if (isGoing && hasFinalizer(object, ORPHAN_FINALIZER)) return orphanDependents(object, dependents);
  if (isGoing && hasFinalizer(object, FOREGROUND_FINALIZER)) return deleteDependents(object, dependents);
  return isGoing ? [] : collect(snapshot);
}

/** "Orphan: the dependents are left behind": they lose the reference first, then the owner goes. */
function orphanDependents(object: StoredObject, dependents: readonly StoredObject[]): readonly GarbageAction[] {
  const uids = [object.metadata.uid];
  return [
    ...dependents.map((dependent) => ({ type: 'removeOwners', object: dependent, uids, reason: 'Orphaned' }) as const),
    { type: 'removeFinalizer', object, finalizer: ORPHAN_FINALIZER, reason: 'Orphaned' },
  ];
}

/**
 * "Once the deletion in progress state is set, the garbage collector deletes the object's dependents. Once it has
 * deleted all blocking dependents (objects with ownerReference.blockOwnerDeletion=true), it deletes the owner object."
 * A dependent with another owner that stays only loses the reference.
 */
function deleteDependents(object: StoredObject, dependents: readonly StoredObject[]): readonly GarbageAction[] {
  const isBlocking = (dependent: StoredObject) =>
    dependent.metadata.ownerReferences?.some(
      (reference) => reference.uid === object.metadata.uid && reference.blockOwnerDeletion === true,
    ) ?? false;
  if (dependents.some(isBlocking)) return [];
  return [{ type: 'removeFinalizer', object, finalizer: FOREGROUND_FINALIZER, reason: 'DependentsGone' }];
}

/**
 * An object goes when every owner is verified to be absent or waits for it. A reference that cannot be resolved leaves
 * it as it is (isDangling and classifyReferences end with an error then): its kind may be served again tomorrow.
 */
function collect({ object, dependents, owners }: GarbageSnapshot): readonly GarbageAction[] {
  if (owners.some(({ state }) => state === 'unverifiable')) return [];
  const gone = owners.filter(({ state }) => state === 'absent' || state === 'waiting');
  if (gone.length === 0) return [];
  const uids = gone.map(({ reference }) => reference.uid);
  if (gone.length < owners.length) return [{ type: 'removeOwners', object, uids, reason: 'SomeOwnersRemain' }];

  const isAwaited = owners.some(({ state }) => state === 'waiting');
  if (isAwaited && dependents.length > 0) {
    // A dependent that waits for its own dependents already means a circle: somebody has to give way.
    const isCircle = dependents.some((dependent) => isWaitingForDependents(dependent));
    const unblock = isCircle ? [{ type: 'unblockOwners', object, reason: 'OwnerCycle' } as const] : [];
    return [...unblock, { type: 'delete', object, propagationPolicy: 'Foreground', reason: 'OwnerWaits' }];
  }
  const reason = isAwaited ? 'OwnerWaits' : 'OwnersAbsent';
  return [{ type: 'delete', object, propagationPolicy: policyOf(object), reason }];
}

/** Finalizers that somebody set beforehand say how the object wants its own dependents to be treated. */
function policyOf(object: StoredObject): 'Foreground' | 'Background' | 'Orphan' {
  if (hasFinalizer(object, ORPHAN_FINALIZER)) return 'Orphan';
  return hasFinalizer(object, FOREGROUND_FINALIZER) ? 'Foreground' : 'Background';
}

export function isWaitingForDependents(object: StoredObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, FOREGROUND_FINALIZER);
}

function hasFinalizer(object: StoredObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}
