import { availableInMs, isPodAvailable, isPodReady, minReadySecondsOf } from '../../objects/index.ts';
import type { DaemonSet, Node, Pod } from '../../objects/types.ts';
import { type RefusedChange, withReplicaFailure } from '../pods/refused-change.ts';
import { revisionOf } from '../revisions/compute-revisions.ts';
import { groupByNode } from './compute-daemon-set.ts';
import { judgeNode } from './daemon-pod.ts';

export type DaemonSetStatus = NonNullable<DaemonSet['status']>;

export interface DaemonSetStatusSnapshot {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods that the set controls, as they are after this reconcile. */
  readonly pods: readonly Pod[];
  readonly hash: string;
  readonly collisionCount: number;
  readonly refused: RefusedChange | undefined;
  readonly nowMs: number;
}

export interface DaemonSetStatusResult {
  readonly status: DaemonSetStatus;
  /** When the next ready pod becomes available without anything else happening. */
  readonly requeueAfterMs: number | undefined;
}

/** The status as nodes and pods make it; the oldest pod speaks for its node. */
export function computeDaemonSetStatus(snapshot: DaemonSetStatusSnapshot): DaemonSetStatusResult {
  const { set, nodes, hash, nowMs } = snapshot;
  const minReadySeconds = minReadySecondsOf(set);
  const perNode = groupByNode(snapshot);
  const judged = nodes.map((node) => ({
    shouldRun: judgeNode(set, node).shouldRun,
    pod: perNode.get(node.metadata.name)?.[0],
  }));
  const desired = judged.filter(({ shouldRun }) => shouldRun);
  const scheduled = desired.flatMap(({ pod }) => (pod === undefined ? [] : [pod]));
  const available = scheduled.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length;
  // Every pod, not the oldest alone: "once an updated pod is available (Ready for at least minReadySeconds) the old
  // DaemonSet pod on that node is marked deleted" (apps/v1, maxSurge), and nothing else happens when it becomes so.
  const waits = snapshot.pods.map((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? 0).filter((wait) => wait > 0);
  const optional = {
    updatedNumberScheduled: scheduled.filter((pod) => revisionOf(pod) === hash).length,
    numberAvailable: available,
    numberUnavailable: desired.length - available,
    collisionCount: snapshot.collisionCount,
  };
  const conditions = withReplicaFailure(set.status?.conditions, snapshot.refused, nowMs);
  const status: DaemonSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: desired.length,
    currentNumberScheduled: scheduled.length,
    numberMisscheduled: judged.filter(({ shouldRun, pod }) => !shouldRun && pod !== undefined).length,
    numberReady: scheduled.filter(isPodReady).length,
    ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count !== 0)),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  return { status, requeueAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
}
