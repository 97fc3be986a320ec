import { availableInMs, isControlledBy, isPodActive, isPodReady, minReadySecondsOf } from '../../objects/index.ts';
import type { Pod, ReplicaSet } from '../../objects/types.ts';
import { type RefusedChange, withReplicaFailure } from '../pods/refused-change.ts';
import type { ReplicaKeeper } from './compute-replica-set.ts';

export type ReplicaSetStatus = NonNullable<ReplicaSet['status']>;

export interface ReplicaSetStatusSnapshot {
  readonly replicaSet: ReplicaKeeper;
  /** Pods as they are after this reconcile; those of other controllers are passed over. */
  readonly pods: readonly Pod[];
  readonly refused: RefusedChange | undefined;
  readonly nowMs: number;
}

export interface ReplicaSetStatusResult {
  readonly status: ReplicaSetStatus;
  /** When the next ready pod becomes available without anything else happening. */
  readonly requeueAfterMs: number | undefined;
}

/** The status as the pods make it. Counts of zero are left out, except `replicas`, which the API requires. */
export function computeReplicaSetStatus(snapshot: ReplicaSetStatusSnapshot): ReplicaSetStatusResult {
  const { replicaSet, nowMs } = snapshot;
  const owned = snapshot.pods.filter((pod) => isControlledBy(pod, replicaSet));
  const active = owned.filter(isPodActive);
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const waits = active.map((pod) => availableInMs(pod, minReadySecondsOf(replicaSet), nowMs));
  const laterMs = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  const conditions = withReplicaFailure(replicaSet.status?.conditions, snapshot.refused, nowMs);
  const status: ReplicaSetStatus = {
    replicas: active.length,
    ...countField('fullyLabeledReplicas', active.filter((pod) => hasLabels(pod, templateLabels)).length),
    ...countField('readyReplicas', active.filter(isPodReady).length),
    ...countField('availableReplicas', waits.filter((wait) => wait === 0).length),
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return { status, requeueAfterMs: laterMs.length > 0 ? Math.min(...laterMs) : undefined };
}

function hasLabels(pod: Pod, labels: readonly (readonly [string, string])[]): boolean {
  return labels.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function countField<K extends string>(name: K, count: number): { [key in K]?: number } {
  return count === 0 ? {} : ({ [name]: count } as { [key in K]?: number });
}
