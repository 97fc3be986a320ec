import { controllerOf, isPodActive, isPodAvailable, minReadySecondsOf } from '../../objects/index.ts';
import type { Pod, ReplicaSet } from '../../objects/types.ts';
import { replicasOf } from '../replica-set/compute-replica-set.ts';

/**
 * A ReplicaSet as a rollout sees it. The plan of one reconcile is made by changing `replicas`.
 *
 * Kubernetes decides from the counts in the ReplicaSet's status, which lag behind. Here the pods themselves are
 * counted, and both numbers lean to the safe side: pods that the ReplicaSet has yet to delete still take up room, and
 * are no longer relied on.
 */
export interface SizedReplicaSet {
  readonly replicaSet: ReplicaSet;
  /** `spec.replicas` as this reconcile will leave it. */
  replicas: number;
  /** Pods that neither finished nor are being deleted. */
  readonly livePods: number;
  readonly availablePods: number;
}

export interface SizeOptions {
  /** The set with the Deployment's template, if there is one. */
  readonly newReplicaSet: ReplicaSet | undefined;
  /**
   * The Deployment's: the new set is given it in the same reconcile. Old sets keep their own, and delete pods by it.
   */
  readonly minReadySeconds: number;
  readonly nowMs: number;
}

export function sizeReplicaSets(
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
  { newReplicaSet, minReadySeconds, nowMs }: SizeOptions,
): SizedReplicaSet[] {
  const podsByUid = new Map<string, Pod[]>();
  for (const pod of pods) {
    const owner = isPodActive(pod) ? controllerOf(pod)?.uid : undefined;
    if (owner === undefined) continue;
    const siblings = podsByUid.get(owner);
    if (siblings === undefined) podsByUid.set(owner, [pod]);
    else siblings.push(pod);
  }
  return replicaSets.map((replicaSet) => {
    const live = podsByUid.get(replicaSet.metadata.uid) ?? [];
    const readySeconds = replicaSet === newReplicaSet ? minReadySeconds : minReadySecondsOf(replicaSet);
    const isAvailable = (pod: Pod) => isPodAvailable(pod, readySeconds, nowMs);
    return {
      replicaSet,
      replicas: replicasOf(replicaSet),
      livePods: live.length,
      availablePods: live.filter(isAvailable).length,
    };
  });
}

/** Room that the set takes up: what it wants, or what it still has if that is more. */
export function occupiedBy(set: SizedReplicaSet): number {
  return Math.max(set.replicas, set.livePods);
}

/** Available pods that remain once the set has deleted what it has too many; it deletes unavailable ones first. */
export function availableIn(set: SizedReplicaSet): number {
  return Math.min(set.replicas, set.availablePods);
}

/** Whether the set wants pods. */
export function isActive(set: SizedReplicaSet): boolean {
  return set.replicas > 0;
}

export function sumOf(sets: readonly SizedReplicaSet[], count: (set: SizedReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + count(set), 0);
}
