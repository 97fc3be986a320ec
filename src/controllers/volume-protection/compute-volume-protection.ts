import { podClaims } from '../../objects/index.ts';
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../objects/types.ts';

/**
 * Whether a claim that is to be deleted may go. "If a user deletes a PVC in active use by a Pod, the PVC is not removed
 * immediately; PVC removal is postponed until the PVC is no longer actively used by any Pods" (Storage Object in Use
 * Protection). A pod without a node does not count: no node agent starts it while its claim is being deleted.
 */
export function isClaimReleasable(claim: PersistentVolumeClaim, pods: () => readonly Pod[]): boolean {
  if (!isHeldBy(claim, CLAIM_PROTECTION)) return false;
  return !pods().some((pod) => Boolean(pod.spec?.nodeName) && usesClaim(pod, claim.metadata.name));
}

/**
 * Whether the node agent is done with a pod. "There may be a cyclic dependency (pod finalizer waits for PVC to get
 * removed, PVC protection controller waits for pod to get removed)" (pvc_protection_controller.go, podIsShutDown): a
 * pod that is deleted in the foreground waits for the claim that it owns.
 */
export function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}

/** "If an admin deletes a PV that is bound to a PVC, PV removal is postponed until it is no longer bound." */
export function isVolumeReleasable(volume: PersistentVolume): boolean {
  return isHeldBy(volume, VOLUME_PROTECTION) && volume.status?.phase !== 'Bound';
}

/**
 * "PVC is not being deleted -> it should have the finalizer": one that was taken off by hand, or that nobody ever put
 * on, comes back (NeedToAddFinalizer).
 */
export function isUnprotected({ metadata }: PersistentVolume | PersistentVolumeClaim, finalizer: string): boolean {
  return metadata.deletionTimestamp === undefined && !(metadata.finalizers ?? []).includes(finalizer);
}

function isHeldBy({ metadata }: PersistentVolume | PersistentVolumeClaim, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(finalizer);
}

function usesClaim(pod: Pod, name: string): boolean {
  return podClaims(pod).some(({ claimName, isEphemeral }) => claimName === name && !(isEphemeral && isShutDown(pod)));
}
