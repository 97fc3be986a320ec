import { parseTime } from '../lib/clock.ts';
import { type LabelSelector, matcherOfSelector } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { FilterPlugin } from './plugin.ts';
import { FILTERS } from './plugins/index.ts';
import type { PodInfo } from './pod-info.ts';
import { fitsNode } from './schedule.ts';

/** What preemption has to know of a disruption budget. */
export interface DisruptionBudget {
  readonly namespace: string;
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
  /** Names of pods that were let go already. */
}

export interface Preemption {
  readonly nodeName: string;
  /** Pods to delete so that the pod fits, the most important first. */
  readonly victims: readonly Pod[];
}

export interface PreemptOptions {
  /** Names of nodes where it may help to remove pods. */
  readonly nodes: readonly string[];
  readonly budgets: readonly DisruptionBudget[];
  readonly filters?: readonly FilterPlugin[];
}

interface Candidate extends Preemption {
  readonly violations: number;
  readonly infos: readonly PodInfo[];
}

/** "minCandidateNodesAbsolute 100, minCandidateNodesPercentage 10" (DefaultPreemptionArgs). */
const MIN_CANDIDATES = 100;
const CANDIDATES_SHARE = 0.1;

/**
 * Which pods have to go for this one. "If a Pod cannot be scheduled, the scheduler tries to preempt (evict) lower
 * priority Pods to make scheduling of the pending Pod possible"; "Kubernetes supports PDB when preempting Pods, but
 * respecting PDB is best effort: the scheduler tries to find victims whose PDB are not violated, but if none are found,
 * preemption will still happen" (Pod Priority and Preemption). `undefined` where it would not help.
 */
export function preempt(pod: PodInfo, cluster: ClusterState, options: PreemptOptions): Preemption | undefined {
  const enough = Math.max(MIN_CANDIDATES, Math.floor(cluster.nodes.length * CANDIDATES_SHARE));
  const candidates: Candidate[] = [];
  for (const name of options.nodes) {
    if (candidates.length >= enough) break;
    const node = cluster.nodeNamed(name);
    const candidate = node && victimsOn(node, pod, cluster, options);
    if (candidate !== undefined) candidates.push(candidate);
  }
  const [best] = candidates.sort(compareCandidates);
  return best && { nodeName: best.nodeName, victims: best.victims };
}

/** Takes all less important pods away, and gives back one after the other as long as the pod still fits. */
function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  cluster: ClusterState,
  options: PreemptOptions,
): Candidate | undefined {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(compareImportance);
  if (lower.length === 0) return undefined;
  const filters = options.filters ?? FILTERS;
  const removed = new Set<PodInfo>();
  const remove = (info: PodInfo) => {
    cluster.removePod(info.pod.metadata.uid);
    removed.add(info);
  };
  const restore = (info: PodInfo) => {
    cluster.addPodInfo(info, node.name);
    removed.delete(info);
  };
  for (const info of lower) remove(info);
  try {
    if (!fitsNode(pod, node, cluster, filters)) return undefined;
    const violating = violatingPods(lower, options.budgets);
    const tryKeep = (info: PodInfo): boolean => {
      restore(info);
      if (fitsNode(pod, node, cluster, filters)) return true;
      remove(info);
      return false;
    };
    // Those whose budget would be violated are kept first.
    const violations = lower.filter((info) => violating.has(info) && !tryKeep(info)).length;
    for (const info of lower) if (!violating.has(info)) tryKeep(info);
    const infos = lower.filter((info) => removed.has(info));
    return { nodeName: node.name, victims: infos.map((info) => info.pod), infos, violations };
  } finally {
    for (const info of [...removed]) restore(info);
  }
}

/** "A PDB with a nil or empty selector matches nothing" here (filterPodsWithPDBViolation). */
function violatingPods(pods: readonly PodInfo[], budgets: readonly DisruptionBudget[]): ReadonlySet<PodInfo> {
  const violating = new Set<PodInfo>();
  for (const { namespace, selector, disruptionsAllowed } of budgets) {
    const isEmpty = Object.keys({ ...selector?.matchLabels }).length + (selector?.matchExpressions ?? []).length === 0;
    if (isEmpty) continue;
    const matches = matcherOfSelector(selector);
    let allowed = disruptionsAllowed;
    for (const info of pods) {
      const { metadata } = info.pod;
      if (metadata.namespace !== namespace || !matches(metadata.labels)) continue;
      allowed--;
      if (allowed < 0) violating.add(info);
    }
  }
  return violating;
}

/** More important first: of higher priority, then running for longer. */
function compareImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startMs(a) - startMs(b) || (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1);
}

function startMs({ pod }: PodInfo): number {
  return parseTime(pod.status?.startTime) ?? Number.POSITIVE_INFINITY;
}

/**
 * Which node it is, in the order of pickOneNodeForPreemption: fewest violated budgets; the lowest priority of the most
 * important victim; the smallest sum of priorities; fewest victims; the latest start of the most important victims; the
 * first.
 */
function compareCandidates(a: Candidate, b: Candidate): number {
  const priorities = ({ infos }: Candidate) => infos.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0);
  return (
    a.violations - b.violations ||
    (a.infos[0]?.priority ?? 0) - (b.infos[0]?.priority ?? 0) ||
    priorities(a) - priorities(b) ||
    a.infos.length - b.infos.length ||
    compareStarts(a, b)
  );
}

function compareStarts(a: Candidate, b: Candidate): number {
  const earliest = ({ infos }: Candidate) => {
    const most = infos.filter(({ priority }) => priority === infos[0]?.priority);
    return Math.min(...most.map(startMs));
  };
  const [first, second] = [earliest(a), earliest(b)];
  return first === second ? 0 : second > first ? 1 : -1;
}
