import type { RolloutSpec } from './deployment-spec.ts';
import { availableIn, isActive, occupiedBy, type SizedReplicaSet, sumOf } from './replica-set-sizes.ts';
import { byCreation } from './revisions.ts';

/** The ReplicaSets of a Deployment in one reconcile. */
export interface Rollout {
  readonly spec: RolloutSpec;
  /** The set with the Deployment's template, once it exists. */
  readonly newSet: SizedReplicaSet | undefined;
  readonly oldSets: readonly SizedReplicaSet[];
}

/**
 * One step of a rolling update: the new set grows as far as the surge allows, the old ones shrink as far as
 * availability allows.
 */
export function stepRollingUpdate(rollout: Rollout): void {
  growNewSet(rollout);
  shrinkOldSets(rollout);
}

/**
 * "Total number of Pods running at any time during the update is at most replicas + maxSurge" (apps/v1,
 * RollingUpdateDeployment).
 */
function growNewSet({ spec, newSet, oldSets }: Rollout): void {
  if (newSet === undefined) return;
  if (newSet.replicas >= spec.replicas) {
    newSet.replicas = spec.replicas;
    return;
  }
  const room = spec.replicas + spec.maxSurge - occupiedBy(newSet) - sumOf(oldSets, occupiedBy);
  if (room > 0) newSet.replicas = Math.min(spec.replicas, newSet.replicas + room);
}

/**
 * "The old ReplicaSet can be scaled down further, followed by scaling up the new ReplicaSet, ensuring that the total
 * number of Pods available at all times during the update is at least replicas − maxUnavailable" (apps/v1).
 *
 * Unavailable pods of the new set are counted as if they had to become available first; so a new set that never gets
 * ready does not eat up the old ones.
 */
function shrinkOldSets({ spec, newSet, oldSets }: Rollout): void {
  const sets = newSet === undefined ? oldSets : [...oldSets, newSet];
  const newUnavailable = newSet === undefined ? 0 : newSet.replicas - availableIn(newSet);
  const most = sumOf(sets, (set) => set.replicas) - spec.minAvailable - newUnavailable;
  if (most <= 0) return;

  const oldestFirst = oldSets.filter(isActive).sort((a, b) => byCreation(a.replicaSet, b.replicaSet));
  dropUnhealthyReplicas(oldestFirst, most);
  let spare = sumOf(sets, availableIn) - spec.minAvailable;
  for (const set of oldestFirst) {
    if (spare <= 0) return;
    const count = Math.min(set.replicas, spare);
    set.replicas -= count;
    spare -= count;
  }
}

/**
 * "Clean up unhealthy replicas first, otherwise unhealthy replicas will block deployment and cause timeout"
 * (rolling.go).
 */
function dropUnhealthyReplicas(oldestFirst: readonly SizedReplicaSet[], most: number): void {
  let left = most;
  for (const set of oldestFirst) {
    if (left <= 0) return;
    const count = Math.min(left, set.replicas - availableIn(set));
    set.replicas -= count;
    left -= count;
  }
}
