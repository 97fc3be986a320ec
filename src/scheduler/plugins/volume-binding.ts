import { podClaims } from '../../objects/index.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import type { VolumeState } from '../cluster/volume-state.ts';
import type { ClusterChange, ClusterEvent, FilterPlugin, Refusal } from '../plugin.ts';
import { isReachable, planVolumes, sortClaims } from './plan-volumes.ts';

const NAME = 'VolumeBinding';
const WAKES_ON: readonly ClusterEvent[] = [
  'node-added',
  // A claim whose volume was to be made there is free to go elsewhere.
  'node-gone',
  'node-labels',
  'claim-changed',
  'volume-changed',
  'class-changed',
];

/**
 * "All PVC creations and almost all PVC updates could make the Pod schedulable" that uses the claim, and no other
 * (isSchedulableAfterPersistentVolumeClaimChange).
 */
export function usesChangedClaim({ claims }: PodInfo, { claim }: ClusterChange): boolean {
  return claim === undefined || claims.includes(claim);
}

/**
 * What speaks for the whole pod, whatever the node: missing, lost or unbound claims. Asked before all other filters.
 */
export const volumeBindingOfPod: FilterPlugin = {
  name: NAME,
  wakesOn: WAKES_ON,
  couldHelp: usesChangedClaim,
  prepare: (info, { volumes }) => {
    if (info.claims.length === 0) return undefined;
    const reason = podReason(info, volumes);
    if (reason === undefined) return undefined;
    const refusal: Refusal = { reasons: [reason], isResolvable: false, isOfPod: true };
    return () => refusal;
  },
};

/** The checks of the plugin's PreFilter (podHasPVCs, then the claims that should be bound by now). */
function podReason({ pod, claims }: PodInfo, volumes: VolumeState): string | undefined {
  for (const [index, { claimName, isEphemeral }] of podClaims(pod).entries()) {
    const claim = volumes.claim(claims[index] ?? '');
    if (claim === undefined) {
      return isEphemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName}"`
        : `persistentvolumeclaim "${claimName}" not found`;
    }
    if (claim.status?.phase === 'Lost')
      return `persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${claimName}" is being deleted`;
    const isOwn = claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid) ?? false;
    if (isEphemeral && !isOwn) {
      const { namespace, name } = pod.metadata;
      return `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${name} (pod is not owner)`;
    }
  }
  const { immediate } = sortClaims(claims, volumes);
  return immediate.length > 0 ? 'pod has unbound immediate PersistentVolumeClaims' : undefined;
}

/**
 * "VolumeBinding: checks if the node has or if it can bind the requested volumes": bound ones must be reachable from
 * the node, the others must find a volume there or be made there.
 */
export const volumeBinding: FilterPlugin = {
  name: NAME,
  wakesOn: WAKES_ON,
  couldHelp: usesChangedClaim,
  prepare: ({ claims }, cluster) => {
    if (claims.length === 0) return undefined;
    const { volumes } = cluster;
    const sorted = sortClaims(claims, volumes);
    const bound = sorted.bound.map(({ spec }) => volumes.volume(spec?.volumeName ?? ''));
    return (node) => {
      const reasons: string[] = [];
      if (bound.includes(undefined)) {
        return refuse(['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)']);
      }
      if (bound.some((volume) => volume !== undefined && !isReachable(volume, node)))
        reasons.push('node(s) had volume node affinity conflict');
      const isNode = (name: string) => cluster.nodeNamed(name) !== undefined;
      if (planVolumes(sorted.delayed, node, volumes, isNode) === undefined)
        reasons.push("node(s) didn't find available persistent volumes to bind");
      return reasons.length === 0 ? undefined : refuse(reasons);
    };
  },
};

function refuse(reasons: readonly string[]): Refusal {
  return { reasons, isResolvable: false };
}

const IN_USE: Refusal = {
  reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'],
  isResolvable: true,
};

/**
 * "VolumeRestrictions": "ReadWriteOncePod: the volume can be mounted as read-write by a single Pod" (Persistent
 * Volumes, Access Modes), wherever the other one runs.
 */
export const volumeRestrictions: FilterPlugin = {
  name: 'VolumeRestrictions',
  wakesOn: ['pod-gone', 'claim-changed'],
  couldHelp: (pod, change) =>
    change.other === undefined
      ? usesChangedClaim(pod, change)
      : change.other.claims.some((key) => pod.claims.includes(key)),
  prepare: ({ pod, claims }, { volumes }) => {
    const isConflict = claims.some(
      (key) =>
        volumes.claim(key)?.spec?.accessModes?.includes('ReadWriteOncePod') === true &&
        volumes.isUsedByOther(key, pod.metadata.uid),
    );
    return isConflict ? () => IN_USE : undefined;
  },
};
