import {
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  minReadySecondsOf,
  scaledValue,
} from '../../objects/index.ts';
import type { Pod, StatefulSet } from '../../objects/types.ts';
import { revisionOf } from '../revisions/compute-revisions.ts';
import { ordinalOf } from './stateful-identity.ts';

export interface StatefulSetSnapshot {
  readonly set: StatefulSet;
  /** The pods that the set controls, in any state. */
  readonly pods: readonly Pod[];
  /** Names of the revision that pods have and of the one that they are to have; equal outside of an update. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  /**
   * Ordinals whose claims still go with an earlier pod of the name: "no more work can be done this round" for those.
   */
  readonly held: ReadonlySet<number>;
  readonly nowMs: number;
}

export type StatefulSetAction =
  | { readonly type: 'createPod'; readonly ordinal: number; readonly revision: string; readonly reason: 'Missing' }
  | { readonly type: 'deletePod'; readonly pod: Pod; readonly ordinal: number; readonly reason: DeleteReason };

type DeleteReason = 'Failed' | 'Succeeded' | 'ScaledDown' | 'Outdated';

/** A set's place for one pod. */
interface Slot {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

interface FilledSlot extends Slot {
  readonly pod: Pod;
}

/**
 * What a StatefulSet does next.
 *
 * "For a StatefulSet with N replicas, when Pods are being deployed, they are created sequentially, in order from
 * {0..N-1}. When Pods are being deleted, they are terminated in reverse order, from {N-1..0}. Before a scaling
 * operation is applied to a Pod, all of its predecessors must be Running and Ready. Before a Pod is terminated, all of
 * its successors must be completely shutdown." With `podManagementPolicy: Parallel` none of these waits; "this option
 * only affects the behavior for scaling operations. Updates are not affected" (StatefulSets, kubernetes.io).
 */
export function computeStatefulSet(snapshot: StatefulSetSnapshot): readonly StatefulSetAction[] {
  const { set } = snapshot;
  if (set.metadata.deletionTimestamp !== undefined) return [];
  const { wanted, condemned } = slotsOf(snapshot);
  const filling = fillSlots(snapshot, wanted);
  if (filling.mustWait) return filling.actions;
  const mayRecover = condemned.filter(({ pod }) => !isPodTerminal(pod));
  const emptying = removeCondemned(snapshot, condemned, firstUnhealthy(snapshot, [...wanted, ...mayRecover]));
  if (emptying.mustWait) return [...filling.actions, ...emptying.actions];
  return [...filling.actions, ...emptying.actions, ...updatePods(snapshot, wanted)];
}

/**
 * First and last ordinal (excluded) that the set wants; "ordinals.start is the number representing the first replica's
 * index".
 */
export function ordinalRange(set: StatefulSet): { readonly start: number; readonly end: number } {
  const start = set.spec?.ordinals?.start ?? 0;
  return { start, end: start + (set.spec?.replicas ?? 1) };
}

/** The wanted slots in ascending order, and the pods beyond them in descending order. */
function slotsOf({ set, pods }: StatefulSetSnapshot): { wanted: readonly Slot[]; condemned: readonly FilledSlot[] } {
  const { start, end } = ordinalRange(set);
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod.metadata.name);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const wanted = Array.from({ length: end - start }, (_, index) => ({
    ordinal: start + index,
    pod: byOrdinal.get(start + index),
  }));
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => ordinal < start || ordinal >= end)
    .map(([ordinal, pod]) => ({ ordinal, pod }))
    .sort((a, b) => b.ordinal - a.ordinal);
  return { wanted, condemned };
}

interface Phase {
  readonly actions: readonly StatefulSetAction[];
  /** Whether what comes after has to wait for what these slots still lack. */
  readonly mustWait: boolean;
}

function fillSlots(snapshot: StatefulSetSnapshot, wanted: readonly Slot[]): Phase {
  const actions: StatefulSetAction[] = [];
  const isOrdered = isOrderedReady(snapshot.set);
  for (const { ordinal, pod } of wanted) {
    if (pod === undefined && !snapshot.held.has(ordinal)) {
      const revision = revisionForNewPod(snapshot, ordinal);
      actions.push({ type: 'createPod', ordinal, revision, reason: 'Missing' });
    } else if (pod !== undefined && isPodTerminal(pod) && !isPodTerminating(pod)) {
      // "A failed pod is deleted and created anew": it comes back once it is gone.
      const reason = pod.status?.phase === 'Failed' ? 'Failed' : 'Succeeded';
      actions.push({ type: 'deletePod', pod, ordinal, reason });
    } else if (pod !== undefined && isHealthyAndAvailable(snapshot, pod)) {
      continue;
    }
    if (isOrdered) return { actions, mustWait: true };
  }
  return { actions, mustWait: false };
}

/**
 * "You cannot scale down a StatefulSet when any of the stateful Pods it manages is unhealthy. Scaling down only takes
 * place after those stateful Pods become running and ready" (scale a StatefulSet). One that has ended never does, so it
 * is not waited for: kube-controller-manager waits for ever there (docs/decisions/workloads-and-kubernetes.md).
 */
function removeCondemned(
  snapshot: StatefulSetSnapshot,
  condemned: readonly FilledSlot[],
  unhealthy: Pod | undefined,
): Phase {
  const actions: StatefulSetAction[] = [];
  const isOrdered = isOrderedReady(snapshot.set);
  for (const { ordinal, pod } of condemned) {
    if (isPodTerminating(pod)) {
      if (isOrdered) return { actions, mustWait: true };
      continue;
    }
    // An unhealthy pod goes only when it is the first one that ails; else those before it are waited for.
    const mayRecover = !isHealthyAndAvailable(snapshot, pod) && !isPodTerminal(pod);
    if (isOrdered && mayRecover && pod !== unhealthy) return { actions, mustWait: true };
    actions.push({ type: 'deletePod', pod, ordinal, reason: 'ScaledDown' });
    if (isOrdered) return { actions, mustWait: true };
  }
  return { actions, mustWait: false };
}

/**
 * "RollingUpdate: the StatefulSet controller will delete and recreate each Pod in the StatefulSet. It will proceed in
 * the same order as Pod termination (from the largest ordinal to the smallest), updating each Pod one at a time … wait
 * until an updated Pod is Running and Ready prior to updating its predecessor"; "if a partition is specified, all Pods
 * with an ordinal that is greater than or equal to the partition will be updated"; "OnDelete: the controller will not
 * automatically update the Pods" (StatefulSets).
 */
function updatePods(snapshot: StatefulSetSnapshot, wanted: readonly Slot[]): readonly StatefulSetAction[] {
  const { set } = snapshot;
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return [];
  const first = ordinalRange(set).start + (strategy?.rollingUpdate?.partition ?? 0);
  const places = wanted.filter(({ ordinal }) => ordinal >= first).reverse();
  const most = maxUnavailableOf(set);
  const unavailable = wanted.filter((slot) => !isAvailableIn(snapshot, slot)).length;
  const chosen = most === 1 ? nextToUpdate(snapshot, places) : updateSeveral(snapshot, places, most - unavailable);
  return chosen.map(({ pod, ordinal }) => ({ type: 'deletePod', pod, ordinal, reason: 'Outdated' }));
}

/** The largest ordinal that is outdated, unless one above it is not available yet. */
function nextToUpdate(snapshot: StatefulSetSnapshot, places: readonly Slot[]): readonly FilledSlot[] {
  for (const slot of places) {
    if (isOutdated(snapshot, slot)) return [slot];
    if (!isAvailableIn(snapshot, slot)) return [];
  }
  return [];
}

/**
 * "maxUnavailable applies to all pods in the range 0 to replicas-1. That means if there is any unavailable pod in the
 * range 0 to replicas-1, it will be counted towards maxUnavailable" (apps/v1). Those that are outdated and down anyway
 * go first, else "a single high-to-low loop could spend the entire budget on good pods and never reach the
 * already-unavailable pods at the bottom" (updateStatefulSetAfterInvariantEstablished).
 */
function updateSeveral(snapshot: StatefulSetSnapshot, places: readonly Slot[], budget: number): readonly FilledSlot[] {
  const outdated = places.filter((slot): slot is FilledSlot => isOutdated(snapshot, slot));
  const up = outdated.filter((slot) => isAvailableIn(snapshot, slot));
  return [...outdated.filter((slot) => !up.includes(slot)), ...up.slice(0, Math.max(0, budget))];
}

function isOutdated({ updateRevision }: StatefulSetSnapshot, slot: Slot): slot is FilledSlot {
  return slot.pod !== undefined && revisionOf(slot.pod) !== updateRevision && !isPodTerminating(slot.pod);
}

function isAvailableIn(snapshot: StatefulSetSnapshot, { pod }: Slot): boolean {
  return pod !== undefined && isHealthyAndAvailable(snapshot, pod);
}

/**
 * "It will be round down to at least 1 if the maxUnavailable value is a percentage" (getStatefulSetMaxUnavailable; the
 * field's description says that it is rounded up, which no release of Kubernetes does).
 */
function maxUnavailableOf(set: StatefulSet): number {
  const value = set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return Math.max(1, scaledValue(value, set.spec?.replicas ?? 1, 'down') ?? 1);
}

/**
 * Which template a missing pod gets: below the partition the current one, from there on the new one
 * (newVersionedStatefulSetPod).
 */
function revisionForNewPod({ set, currentRevision, updateRevision }: StatefulSetSnapshot, ordinal: number): string {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return updateRevision;
  const { start } = ordinalRange(set);
  const firstUpdated = start + (rollingUpdate?.partition ?? set.status?.currentReplicas ?? 0);
  return ordinal < firstUpdated ? currentRevision : updateRevision;
}

function firstUnhealthy(snapshot: StatefulSetSnapshot, slots: readonly Slot[]): Pod | undefined {
  return [...slots]
    .sort((a, b) => a.ordinal - b.ordinal)
    .map(({ pod }) => pod)
    .find((pod) => pod !== undefined && !isHealthyAndAvailable(snapshot, pod));
}

function isHealthyAndAvailable({ set, nowMs }: StatefulSetSnapshot, pod: Pod): boolean {
  const isRunning = pod.status?.phase === 'Running' && isPodReady(pod) && !isPodTerminating(pod);
  return isRunning && isPodAvailable(pod, minReadySecondsOf(set), nowMs);
}

function isOrderedReady(set: StatefulSet): boolean {
  return (set.spec?.podManagementPolicy ?? 'OrderedReady') === 'OrderedReady';
}
