import { compareText } from '../../lib/compare-text.ts';
import { isConditionTrue, isPodTerminal, isPodTerminating } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';

/** "A pod of a node that does not exist is only deleted when it stays away" (podgc, quarantineTime). */
export const QUARANTINE_MS = 40_000;

export type PodGarbage =
  | { readonly type: 'keep' }
  | { readonly type: 'wait'; readonly untilMs: number }
  | { readonly type: 'delete'; readonly reason: 'NodeGone' | 'NeverScheduled' | 'OutOfService' };

export interface PodGarbageSnapshot {
  readonly pod: Pod;
  /** The node of the pod, where it exists. */
  readonly node: Node | undefined;
  /** Since when it is known that the node does not exist. */
  readonly nodeGoneSinceMs: number | undefined;
  readonly nowMs: number;
}

type Rule = (snapshot: PodGarbageSnapshot) => PodGarbage | undefined;

/**
 * "Pod garbage collection cleans up Pods which: are orphan Pods - bound to a node which no longer exists, are
 * unscheduled terminating Pods, are terminating Pods, bound to a non-ready node tainted with
 * node.kubernetes.io/out-of-service" (Pod Lifecycle, kubernetes.io). First match wins.
 */
const RULES: readonly Rule[] = [
  ({ pod }) => {
    const isLost = isPodTerminating(pod) && !pod.spec?.nodeName;
    return isLost ? { type: 'delete', reason: 'NeverScheduled' } : undefined;
  },
  ({ pod, node, nodeGoneSinceMs, nowMs }) => {
    if (!pod.spec?.nodeName || node !== undefined) return undefined;
    const untilMs = (nodeGoneSinceMs ?? nowMs) + QUARANTINE_MS;
    return untilMs > nowMs ? { type: 'wait', untilMs } : { type: 'delete', reason: 'NodeGone' };
  },
  ({ pod, node }) => {
    const isLost = node !== undefined && isOutOfService(node) && isPodTerminating(pod);
    return isLost ? { type: 'delete', reason: 'OutOfService' } : undefined;
  },
];

/**
 * "Non-graceful node shutdown: a user can mark a Node that is out of service by the taint": nobody on it will end its
 * pods, so that a StatefulSet's may come back elsewhere.
 */
export function isOutOfService({ spec, status }: Node): boolean {
  const isTainted = spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') === true;
  return isTainted && !isConditionTrue(status?.conditions, 'Ready');
}

/** What becomes of one pod. */
export function computePodGarbage(snapshot: PodGarbageSnapshot): PodGarbage {
  for (const rule of RULES) {
    const verdict = rule(snapshot);
    if (verdict !== undefined) return verdict;
  }
  return { type: 'keep' };
}

/**
 * "Number of terminated pods that can exist before the terminated pod garbage collector starts deleting terminated
 * pods. If <= 0, the terminated pod garbage collector is disabled" (kube-controller-manager,
 * --terminated-pod-gc-threshold): evicted ones before all others, then those created first
 * (byEvictionAndCreationTimestamp).
 */
export function excessTerminatedPods(pods: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0) return [];
  const ended = pods.filter((pod) => isPodTerminal(pod) && !isPodTerminating(pod));
  const excess = ended.length - threshold;
  if (excess <= 0) return [];
  const ageOf = ({ metadata, status }: Pod) =>
    `${Number(status?.reason !== 'Evicted')} ${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`;
  return [...ended].sort((a, b) => compareText(ageOf(a), ageOf(b))).slice(0, excess);
}
