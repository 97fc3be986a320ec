import { availableInMs, isPodAvailable, isPodReady, isPodTerminating, minReadySecondsOf } from '../../objects/index.ts';
import type { Pod, StatefulSet } from '../../objects/types.ts';
import { type RefusedChange, withReplicaFailure } from '../pods/refused-change.ts';
import { revisionOf } from '../revisions/compute-revisions.ts';

export type StatefulSetStatus = NonNullable<StatefulSet['status']>;

export interface StatefulSetStatusSnapshot {
  readonly set: StatefulSet;
  /** The pods that the set controls, as they are after this reconcile. */
  readonly pods: readonly Pod[];
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly collisionCount: number;
  readonly refused: RefusedChange | undefined;
  readonly nowMs: number;
}

export interface StatefulSetStatusResult {
  readonly status: StatefulSetStatus;
  /** When the next ready pod becomes available without anything else happening. */
  readonly requeueAfterMs: number | undefined;
}

/**
 * The status as the pods make it. "currentRevision, if not empty, indicates the version of the StatefulSet used to
 * generate Pods in the sequence [0,currentReplicas); updateRevision the one used to generate Pods in the sequence
 * [replicas-updatedReplicas,replicas)" (apps/v1); once all pods are updated and ready, the new revision is the current
 * one.
 */
export function computeStatefulSetStatus(snapshot: StatefulSetStatusSnapshot): StatefulSetStatusResult {
  const { set, pods, updateRevision, nowMs } = snapshot;
  const minReadySeconds = minReadySecondsOf(set);
  const isReady = (pod: Pod) => pod.status?.phase === 'Running' && isPodReady(pod);
  const ready = pods.filter(isReady);
  const ofRevision = (name: string) => pods.filter((pod) => !isPodTerminating(pod) && revisionOf(pod) === name).length;
  const updated = ofRevision(updateRevision);
  const wanted = set.spec?.replicas ?? 1;
  const isComplete = [updated, ready.length, pods.length].every((count) => count === wanted);
  const isRolling = (set.spec?.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  const currentRevision = isComplete && isRolling ? updateRevision : snapshot.currentRevision;
  const waits = ready.map((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? 0).filter((wait) => wait > 0);
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: ofRevision(currentRevision),
    updatedReplicas: updated,
    collisionCount: snapshot.collisionCount,
  };
  const conditions = withReplicaFailure(set.status?.conditions, snapshot.refused, nowMs);
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    // Required in Kubernetes' own answers even when it is 0.
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
    currentRevision,
    updateRevision,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return { status, requeueAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
}
