import {
  claimClassOf,
  compareQuantities,
  findMatchingVolume,
  isClaimBound,
  isDelayed,
  requestedStorage,
} from '../../objects/index.ts';
import { NO_PROVISIONER, SELECTED_NODE } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';
import type { VolumeState } from '../cluster/volume-state.ts';
import { matchesNodeSelector, type SelectableNode } from './node-affinity.ts';

/** The claims of a pod by what the scheduler has to do about them (GetPodVolumeClaims). */
export interface SortedClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** They wait for the scheduler to choose a node. */
  readonly delayed: readonly PersistentVolumeClaim[];
  /** They should have been bound without it. */
  readonly immediate: readonly PersistentVolumeClaim[];
}

export function sortClaims(keys: readonly string[], volumes: VolumeState): SortedClaims {
  const sorted = {
    bound: [] as PersistentVolumeClaim[],
    delayed: [] as PersistentVolumeClaim[],
    immediate: [] as PersistentVolumeClaim[],
  };
  for (const key of new Set(keys)) {
    const claim = volumes.claim(key);
    if (claim === undefined) continue;
    if (isClaimBound(claim)) sorted.bound.push(claim);
    // "Prebound PVCs are treated as unbound immediate binding."
    else if (isDelayed(classOf(claim, volumes)) && (claim.spec?.volumeName ?? '') === '') sorted.delayed.push(claim);
    else sorted.immediate.push(claim);
  }
  return sorted;
}

/** What has to be done so that claims can be used on a node. */
export interface VolumePlan {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  /** For these a volume is made on the node. */
  readonly provision: readonly PersistentVolumeClaim[];
}

/**
 * How the claims that wait for a node get their volumes on this one; `undefined` when they cannot. "Volume binding: the
 * scheduler first looks for existing volumes that can be bound, and if there are none, whether one can be provisioned"
 * (FindPodVolumes). The smallest claims choose first, each another volume.
 */
export function planVolumes(
  delayed: readonly PersistentVolumeClaim[],
  node: SelectableNode,
  volumes: VolumeState,
  isNode: (name: string) => boolean,
): VolumePlan | undefined {
  const taken = new Set<string>();
  const bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
  const provision: PersistentVolumeClaim[] = [];
  const bySize = [...delayed].sort((a, b) => compareQuantities(requestedStorage(a), requestedStorage(b)));
  for (const claim of bySize) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    // A node that is gone makes no volumes any more: its claims are free to go elsewhere.
    const isSelected = selected !== undefined && isNode(selected);
    if (isSelected && selected !== node.name) return undefined;
    const volume = isSelected
      ? undefined
      : findMatchingVolume(claim, volumes.volumesOfClass(claimClassOf(claim) ?? ''), {
          isDelayed: true,
          fitsNode: (candidate) => isReachable(candidate, node),
          isTaken: ({ metadata }) => taken.has(metadata.name),
        });
    if (volume !== undefined) {
      taken.add(volume.metadata.name);
      bind.push({ claim, volume });
    } else if (canProvision(classOf(claim, volumes), node)) provision.push(claim);
    else return undefined;
  }
  return { bind, provision };
}

/** "nodeAffinity defines constraints that limit what nodes this volume can be accessed from" (core/v1). */
export function isReachable({ spec }: PersistentVolume, node: SelectableNode): boolean {
  return matchesNodeSelector(node, spec?.nodeAffinity?.required);
}

function classOf(claim: PersistentVolumeClaim, volumes: VolumeState): StorageClass | undefined {
  return volumes.storageClass(claimClassOf(claim) ?? '');
}

/**
 * "allowedTopologies restricts the node topologies where volumes can be dynamically provisioned"; terms are ORed, the
 * expressions of one are ANDed; "a null or empty topologySelectorTerm matches no objects" (storage/v1, core/v1).
 */
function canProvision(storageClass: StorageClass | undefined, node: SelectableNode): boolean {
  if (storageClass === undefined || storageClass.provisioner === NO_PROVISIONER) return false;
  const terms = storageClass.allowedTopologies ?? [];
  return (
    terms.length === 0 ||
    terms.some(
      ({ matchLabelExpressions = [] }) =>
        matchLabelExpressions.length > 0 &&
        matchLabelExpressions.every(({ key, values }) => values.includes(node.labels[key] ?? '')),
    )
  );
}
