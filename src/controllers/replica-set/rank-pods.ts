import { parseTime } from '../../lib/clock.ts';
import { compareText } from '../../lib/compare-text.ts';
import {
  DELETION_COST_ANNOTATION,
  findCondition,
  isPodAvailable,
  isPodReady,
  isSidecar,
  parseDeletionCost,
} from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';

export interface RankPodsOptions {
  /** Active pods of every ReplicaSet of the same controller; those on one node make each other cheaper to delete. */
  readonly relatedPods: readonly Pod[];
  /** For how long a pod has to be ready to count as available. */
  readonly minReadySeconds: number;
  readonly nowMs: number;
}

interface Candidate {
  readonly pod: Pod;
  readonly assigned: boolean;
  readonly phase: number;
  readonly ready: boolean;
  readonly available: boolean;
  readonly deletionCost: number;
  readonly onSameNode: number;
  readonly readySinceMs: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdMs: number | undefined;
}

type Rule = (a: Candidate, b: Candidate, nowMs: number) => number;

/**
 * Which pod goes first; the first rule that tells two pods apart decides.
 *
 * "1. Pending (and unschedulable) pods are scaled down first. 2. If controller.kubernetes.io/pod-deletion-cost
 * annotation is set, then the pod with the lower value will come first. 3. Pods on nodes with more replicas come before
 * pods on nodes with fewer replicas. 4. If the pods' creation times differ, the pod that was created more recently
 * comes before the older pod (the creation times are bucketed on an integer log scale)" (ReplicaSet, kubernetes.io), in
 * full: ActivePodsWithRanks in controller_utils. That knows of no `minReadySeconds`; see
 * docs/decisions/workloads-and-kubernetes.md.
 */
const RULES: readonly Rule[] = [
  // Unassigned before assigned.
  (a, b) => Number(a.assigned) - Number(b.assigned),
  // Pending before Unknown before Running.
  (a, b) => a.phase - b.phase,
  // Not ready before ready.
  (a, b) => Number(a.ready) - Number(b.ready),
  // Not available yet before available: whoever made the set smaller by what was not available counts on the rest.
  (a, b) => Number(a.available) - Number(b.available),
  // Lower deletion cost before higher.
  (a, b) => a.deletionCost - b.deletionCost,
  // More related pods on the same node before fewer.
  (a, b) => b.onSameNode - a.onSameNode,
  // Ready for no time, then for less time, before ready for longer.
  (a, b, nowMs) => (a.ready && b.ready ? compareTimes(a, b, a.readySinceMs, b.readySinceMs, nowMs) : 0),
  // More restarts before fewer; those of sidecars count after those of ordinary containers.
  (a, b) => b.restarts - a.restarts || b.sidecarRestarts - a.sidecarRestarts,
  // Newer before older.
  (a, b, nowMs) => compareTimes(a, b, a.createdMs, b.createdMs, nowMs),
];

/** The pods in the order in which a controller that has too many deletes them. */
export function rankPodsForDeletion(pods: readonly Pod[], options: RankPodsOptions): readonly Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of options.relatedPods) {
    const node = pod.spec?.nodeName;
    if (node !== undefined && node !== '') perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const candidates = pods.map((pod) => candidateOf(pod, perNode, options));
  // Sorted by uid first, so that pods which no rule tells apart have one order.
  candidates.sort((a, b) => compareText(a.pod.metadata.uid, b.pod.metadata.uid));
  candidates.sort((a, b) => compareCandidates(a, b, options.nowMs));
  return candidates.map((candidate) => candidate.pod);
}

function compareCandidates(a: Candidate, b: Candidate, nowMs: number): number {
  for (const rule of RULES) {
    const order = rule(a, b, nowMs);
    if (order !== 0) return order;
  }
  return 0;
}

function candidateOf(pod: Pod, perNode: ReadonlyMap<string, number>, options: RankPodsOptions): Candidate {
  const node = pod.spec?.nodeName ?? '';
  return {
    pod,
    assigned: node !== '',
    phase: phaseOrder(pod.status?.phase),
    ready: isPodReady(pod),
    available: isPodAvailable(pod, options.minReadySeconds, options.nowMs),
    deletionCost: deletionCostOf(pod),
    onSameNode: perNode.get(node) ?? 0,
    readySinceMs: parseTime(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime),
    ...restartsOf(pod),
    createdMs: parseTime(pod.metadata.creationTimestamp),
  };
}

function phaseOrder(phase: string | undefined): number {
  if (phase === 'Running') return 2;
  return phase === 'Unknown' ? 1 : 0;
}

/**
 * "Implicitly, pods that don't set the annotation have a cost of 0"; a value that is no 32-bit integer counts as 0 as
 * well.
 */
function deletionCostOf(pod: Pod): number {
  return parseDeletionCost(pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? '') ?? 0;
}

function restartsOf(pod: Pod): { restarts: number; sidecarRestarts: number } {
  const sidecars = new Set<string>();
  for (const container of pod.spec?.initContainers ?? []) {
    if (isSidecar(container)) sidecars.add(container.name);
  }
  const most = (statuses: readonly { readonly restartCount?: number }[]) =>
    statuses.reduce((max, status) => Math.max(max, status.restartCount ?? 0), 0);
  return {
    restarts: most(pod.status?.containerStatuses ?? []),
    sidecarRestarts: most((pod.status?.initContainerStatuses ?? []).filter((status) => sidecars.has(status.name))),
  };
}

/**
 * Negative when the pod with the later time goes first. Times are compared by the whole logarithm of their age, so that
 * a scale-down does not always hit the newest; within one bucket the uid decides, which is as good as random
 * (LogarithmicScaleDown).
 */
function compareTimes(
  a: Candidate,
  b: Candidate,
  aMs: number | undefined,
  bMs: number | undefined,
  nowMs: number,
): number {
  if (aMs === bMs) return 0;
  if (aMs === undefined) return -1;
  if (bMs === undefined) return 1;
  const difference = ageBucket(aMs, nowMs) - ageBucket(bMs, nowMs);
  return difference !== 0 ? difference : compareText(a.pod.metadata.uid, b.pod.metadata.uid);
}

/** The whole binary logarithm of an age in nanoseconds; -1 for the present and the future. */
function ageBucket(sinceMs: number, nowMs: number): number {
  const ageNs = (nowMs - sinceMs) * 1e6;
  return ageNs > 0 ? Math.trunc(Math.log2(ageNs)) : -1;
}
