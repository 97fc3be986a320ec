import { availableIn, isActive, occupiedBy, type SizedReplicaSet, sumOf } from './replica-set-sizes.ts';
import { byCreation, DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION, parseReplicas } from './revisions.ts';
import type { Rollout } from './rolling-update.ts';

/**
 * Whether the Deployment was scaled since its sets were last sized: one with pods remembers another number of desired
 * replicas. A scaling is carried out first, the rollout goes on afterwards.
 */
export function isScalingEvent({ spec, newSet, oldSets }: Rollout): boolean {
  return withNew(newSet, oldSets)
    .filter(isActive)
    .some((set) => {
      const desired = parseReplicas(set.replicaSet.metadata.annotations?.[DESIRED_REPLICAS_ANNOTATION]);
      return desired !== undefined && desired !== spec.replicas;
    });
}

/**
 * Brings the sets to the Deployment's number of replicas outside a rollout step: when it was scaled, and while it is
 * paused.
 *
 * "RollingUpdate Deployments support running multiple versions of an application at the same time. When you scale a
 * RollingUpdate Deployment that is in the middle of a rollout, the Deployment controller balances the additional
 * replicas in the existing active ReplicaSets (ReplicaSets with Pods) in order to mitigate risk. This is called
 * proportional scaling" (Deployment, kubernetes.io).
 */
export function scaleDeployment(rollout: Rollout, statusReplicas: number): void {
  const { spec, newSet, oldSets } = rollout;
  const active = withNew(newSet, oldSets).filter(isActive);
  if (active.length <= 1) return scaleOnlySet(rollout, active[0] ?? newSet ?? newest(oldSets));
  if (newSet !== undefined && isSaturated(rollout, newSet)) {
    for (const set of oldSets) set.replicas = 0;
    return;
  }
  if (spec.strategy === 'RollingUpdate') scaleProportionally(rollout, active, statusReplicas);
}

/** The only set with pods, or else the newest, takes all replicas, as far as pods that are still there leave room. */
function scaleOnlySet({ spec, newSet, oldSets }: Rollout, only: SizedReplicaSet | undefined): void {
  if (only === undefined) return;
  const others = withNew(newSet, oldSets).filter((set) => set !== only);
  const room = spec.replicas + spec.maxSurge - sumOf(others, occupiedBy);
  const most = Math.max(only.replicas, room);
  only.replicas = Math.min(spec.replicas, most);
}

/** Whether the new set alone is the whole Deployment already. */
function isSaturated({ spec }: Rollout, newSet: SizedReplicaSet): boolean {
  const desired = parseReplicas(newSet.replicaSet.metadata.annotations?.[DESIRED_REPLICAS_ANNOTATION]);
  return newSet.replicas === spec.replicas && desired === spec.replicas && newSet.availablePods === spec.replicas;
}

/**
 * Spreads the difference to `replicas + maxSurge` over the sets with pods, each in proportion to its size, what is left
 * over by rounding to the largest. Of equally large sets the newer grows first and the older shrinks first. Scaling 10
 * → 15 in a rollout with 8 old and 5 new pods gives 3 to the old and 2 to the new set.
 */
function scaleProportionally(rollout: Rollout, active: readonly SizedReplicaSet[], statusReplicas: number): void {
  const { spec } = rollout;
  const allowed = spec.replicas > 0 ? spec.replicas + spec.maxSurge : 0;
  const toAdd = allowed - sumOf(active, (set) => set.replicas);
  if (toAdd === 0) return;
  const newerFirst = toAdd > 0 ? -1 : 1;
  const bySize = [...active].sort(
    (a, b) => b.replicas - a.replicas || newerFirst * byCreation(a.replicaSet, b.replicaSet),
  );
  let added = 0;
  for (const set of bySize) {
    const share = shareOf(set, rollout, statusReplicas);
    const rest = toAdd - added;
    const count = toAdd > 0 ? Math.min(share, rest) : Math.max(share, rest);
    set.replicas += count;
    added += count;
  }
  const largest = bySize[0];
  if (largest !== undefined) largest.replicas = Math.max(0, largest.replicas + toAdd - added);
  if (toAdd < 0) keepAvailability(rollout, active);
  else keepSurge(rollout, active);
}

/** By how much a set would grow or shrink if only its own proportion counted. */
function shareOf(set: SizedReplicaSet, { spec }: Rollout, statusReplicas: number): number {
  if (spec.replicas === 0) return -set.replicas;
  const before = parseReplicas(set.replicaSet.metadata.annotations?.[MAX_REPLICAS_ANNOTATION]) || statusReplicas;
  if (before === 0) return 0;
  return Math.round((set.replicas * (spec.replicas + spec.maxSurge)) / before) - set.replicas;
}

/**
 * Proportions know nothing of health: rounding may take a pod that is available from a set that has only those while
 * another set keeps one that is not. Such replicas are exchanged, so that a scaling by itself never goes below what
 * must stay available. (Kubernetes does not do this.)
 */
function keepAvailability({ spec }: Rollout, active: readonly SizedReplicaSet[]): void {
  const before = sumOf(active, (set) => Math.min(set.replicaSet.spec?.replicas ?? 1, set.availablePods));
  let deficit = Math.min(spec.minAvailable, before) - sumOf(active, availableIn);
  for (const taker of active) {
    for (const giver of active) {
      const wanted = Math.min(deficit, wasAvailable(taker) - availableIn(taker));
      const count = Math.min(wanted, giver.replicas - availableIn(giver));
      if (giver === taker || count <= 0) continue;
      taker.replicas += count;
      giver.replicas -= count;
      deficit -= count;
    }
  }
}

function wasAvailable(set: SizedReplicaSet): number {
  return Math.min(set.replicaSet.spec?.replicas ?? 1, set.availablePods);
}

/**
 * Pods that other sets still have to delete take up room: what grows waits for them. The next step of the rollout makes
 * it up.
 */
function keepSurge(rollout: Rollout, active: readonly SizedReplicaSet[]): void {
  const { spec, newSet, oldSets } = rollout;
  let over = sumOf(withNew(newSet, oldSets), occupiedBy) - (spec.replicas + spec.maxSurge);
  for (const set of active) {
    const grown = set.replicas - Math.max(set.replicaSet.spec?.replicas ?? 1, set.livePods);
    const count = Math.min(over, grown);
    if (count <= 0) continue;
    set.replicas -= count;
    over -= count;
  }
}

function newest(sets: readonly SizedReplicaSet[]): SizedReplicaSet | undefined {
  return [...sets].sort((a, b) => byCreation(b.replicaSet, a.replicaSet))[0];
}

function withNew(newSet: SizedReplicaSet | undefined, oldSets: readonly SizedReplicaSet[]): SizedReplicaSet[] {
  return newSet === undefined ? [...oldSets] : [...oldSets, newSet];
}
