import { jsonEqual } from '../../lib/json.ts';
import { newOwnerReference } from '../../objects/index.ts';
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../objects/types.ts';

type OwnerReferences = NonNullable<PersistentVolumeClaim['metadata']['ownerReferences']>;

/**
 * Who owns a claim, so that the garbage collector deletes it when the policy says so.
 *
 * "whenDeleted specifies what happens to PVCs created from StatefulSet VolumeClaimTemplates when the StatefulSet is
 * deleted. The default policy of Retain causes PVCs to not be affected … whenScaled … the Delete policy causes the
 * associated PVCs for any excess pods above the replica count to be deleted" (apps/v1). For the first the set owns the
 * claim; for the second the pod that is about to go.
 */
export function claimOwnersOf(
  set: StatefulSet,
  pod: Pod | undefined,
  options: { readonly isCondemned: boolean },
): OwnerReferences {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === 'Delete' && options.isCondemned) return pod === undefined ? [] : [managing(pod)];
  return whenDeleted === 'Delete' ? [managing(set)] : [];
}

function managing(owner: Pod | StatefulSet): OwnerReferences[number] {
  const { apiVersion, kind, name, uid } = newOwnerReference(owner);
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/**
 * "There is a controller for the claim that's not the set or pod": it decides about the claim, "the retention policy is
 * ignored" (hasUnexpectedController).
 */
export function isOfOtherController(set: StatefulSet, podName: string, { metadata }: PersistentVolumeClaim): boolean {
  const isOurs = isOfPolicy(set, podName);
  return metadata.ownerReferences?.some((reference) => reference.controller === true && !isOurs(reference)) ?? false;
}

/** References to the set and to incarnations of its pod. */
function isOfPolicy(set: StatefulSet, podName: string): (reference: OwnerReferences[number]) => boolean {
  return ({ kind, name }) =>
    (kind === 'StatefulSet' && name === set.metadata.name) || (kind === 'Pod' && name === podName);
}

/**
 * The claim's owners after the policy is applied: those that somebody else has put there stay; `undefined` when nothing
 * has to change. References to the set and to incarnations of its pod are the policy's own.
 */
export function updatedClaimOwners(
  set: StatefulSet,
  podName: string,
  claim: PersistentVolumeClaim,
  wanted: OwnerReferences,
): OwnerReferences | undefined {
  const present = claim.metadata.ownerReferences ?? [];
  const isOurs = isOfPolicy(set, podName);
  const owners = [...present.filter((reference) => !isOurs(reference)), ...wanted];
  return jsonEqual(owners, present) ? undefined : owners;
}

/**
 * "A claim is stale if it doesn't match the pod's UID, including if the pod has no UID" (PodClaimIsStale): it goes with
 * a pod of that name which was scaled away, and the garbage collector will delete it. Asked of places that have no pod.
 */
export function isOfEarlierPod({ metadata }: PersistentVolumeClaim, podName: string): boolean {
  return metadata.ownerReferences?.some(({ kind, name }) => kind === 'Pod' && name === podName) ?? false;
}
