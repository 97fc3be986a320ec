import { parseTime } from '../../lib/clock.ts';
import { type LabelSelector, matcherOfSelector } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { ClusterState } from '../cluster/cluster-state.ts';
import type { NodeInfo } from '../cluster/node-info.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import type { FilterPlugin, Refusal } from '../plugin.ts';
import { FILTERS } from '../plugins/index.ts';
import { type NamedRefusal, refusalOn } from '../schedule.ts';
import { unschedulableMessage } from '../unschedulable-message.ts';
import { isPreempted } from './preempted.ts';

/** What preemption has to know of a disruption budget. */
export interface DisruptionBudget {
  readonly namespace: string;
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
}

export interface Preemption {
  readonly type: 'preemption';
  readonly nodeName: string;
  /** Pods to delete so that the pod fits, the most important first. */
  readonly victims: readonly Pod[];
}

/** Nobody gives way. */
export interface NoPreemption {
  readonly type: 'none';
  /** As kube-scheduler words it: `preemption: 0/1 nodes are available: …`; empty when there is no node at all. */
  readonly message: string;
  /** Names of the filters that refuse a node even when all have gone from it that could give way. */
  readonly plugins: readonly string[];
  /** Whether the pod loses the node that was made free for it, if there is one. */
  readonly endsNomination: boolean;
}

export interface PreemptOptions {
  /** Names of nodes where it may help to remove pods, in the order in which they are tried. */
  readonly nodes: readonly string[];
  /** Asked for only where somebody could give way. */
  readonly budgets: () => readonly DisruptionBudget[];
  readonly filters?: readonly FilterPlugin[];
}

interface Candidate extends Preemption {
  readonly violations: number;
  readonly infos: readonly PodInfo[];
}

/** Without a name where no filter was asked. */
type UnnamedRefusal = Pick<NamedRefusal, 'refusal'> & Partial<NamedRefusal>;

/**
 * "minCandidateNodesAbsolute 100, minCandidateNodesPercentage 10" (DefaultPreemptionArgs), of the nodes that are tried.
 */
const MIN_CANDIDATES = 100;
const CANDIDATES_PERCENTAGE = 10;

const NO_VICTIMS: Refusal = { reasons: ['No preemption victims found for incoming pod'], isResolvable: false };
const NOT_HELPFUL: Refusal = { reasons: ['Preemption is not helpful for scheduling'], isResolvable: false };

/**
 * Which pods have to go for this one. "If a Pod cannot be scheduled, the scheduler tries to preempt (evict) lower
 * priority Pods to make scheduling of the pending Pod possible"; "Kubernetes supports PDB when preempting Pods, but
 * respecting PDB is best effort: the scheduler tries to find victims whose PDB are not violated, but if none are found,
 * preemption will still happen" (Pod Priority and Preemption).
 */
export function preempt(pod: PodInfo, cluster: ClusterState, options: PreemptOptions): Preemption | NoPreemption {
  if (cluster.nodes.length === 0) return { type: 'none', message: '', plugins: [], endsNomination: true };
  const why = ineligibility(pod, cluster, options.nodes);
  if (why !== undefined)
    return { type: 'none', message: `preemption: not eligible due to ${why}.`, plugins: [], endsNomination: false };
  const { candidates, refusals, plugins } = findCandidates(pod, cluster, options);
  const [best] = [...candidates].sort(compareCandidates);
  if (best !== undefined) return { type: 'preemption', nodeName: best.nodeName, victims: best.victims };
  const others = cluster.nodes.length - refusals.length;
  const all = [...refusals, ...new Array<Refusal>(others).fill(NOT_HELPFUL)];
  const message = `preemption: ${unschedulableMessage(cluster.nodes.length, all)}`;
  return { type: 'none', message, plugins: [...plugins].sort(), endsNomination: true };
}

/**
 * "The pod has a preemptionPolicy of Never; the pod has already preempted other pods and the victims are in their
 * graceful termination period". "If the nominated node is unresolvable by the filters, then the pod should be
 * considered for preempting again" (PodEligibleToPreemptOthers).
 */
function ineligibility(
  { pod, priority }: PodInfo,
  cluster: ClusterState,
  nodes: readonly string[],
): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'preemptionPolicy=Never';
  const nominated = cluster.nominations.nodeOf(pod.metadata.uid);
  if (nominated === undefined || !nodes.includes(nominated)) return undefined;
  const present = [...(cluster.nodeNamed(nominated)?.pods.values() ?? [])];
  const isAwaited = present.some((other) => other.priority < priority && isPreempted(other.pod));
  return isAwaited ? 'a terminating pod on the nominated node' : undefined;
}

/** "Stops once there are enough candidates, of which one breaks no budget" (DryRunPreemption). */
function findCandidates(pod: PodInfo, cluster: ClusterState, options: PreemptOptions) {
  const { nodes } = options;
  const enough = Math.max(MIN_CANDIDATES, Math.floor((nodes.length * CANDIDATES_PERCENTAGE) / 100));
  const candidates: Candidate[] = [];
  const refusals: Refusal[] = [];
  const plugins = new Set<string>();
  let isEnough = false;
  for (const name of nodes) {
    if (isEnough) break;
    const node = cluster.nodeNamed(name);
    const found = node === undefined ? { refusal: NOT_HELPFUL } : victimsOn(node, pod, cluster, options);
    if ('victims' in found) candidates.push(found);
    else {
      refusals.push(found.refusal);
      if (found.name !== undefined) plugins.add(found.name);
    }
    isEnough = candidates.length >= enough && candidates.some(({ violations }) => violations === 0);
  }
  return { candidates, refusals, plugins };
}

/**
 * Takes all less important pods away, and gives back one after the other as long as the pod still fits
 * (SelectVictimsOnNode).
 */
function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  cluster: ClusterState,
  options: PreemptOptions,
): Candidate | UnnamedRefusal {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(compareImportance);
  if (lower.length === 0) return { refusal: NO_VICTIMS };
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
    const refusal = refusalOn(node, pod, cluster, filters);
    if (refusal !== undefined) return refusal;
    const violating = violatingPods(lower, options.budgets());
    const tryKeep = (info: PodInfo): boolean => {
      restore(info);
      if (refusalOn(node, pod, cluster, filters) === undefined) return true;
      remove(info);
      return false;
    };
    // Those whose budget would be violated are kept first.
    const violations = lower.filter((info) => violating.has(info) && !tryKeep(info)).length;
    for (const info of lower) if (!violating.has(info)) tryKeep(info);
    const infos = lower.filter((info) => removed.has(info));
    const victims = infos.map((info) => info.pod);
    return { type: 'preemption', nodeName: node.name, victims, infos, violations };
  } finally {
    for (const info of [...removed]) restore(info);
  }
}

/**
 * "A PDB with a nil or empty selector matches nothing"; "a pod with no labels will not match any PDB"
 * (filterPodsWithPDBViolation).
 */
function violatingPods(pods: readonly PodInfo[], budgets: readonly DisruptionBudget[]): ReadonlySet<PodInfo> {
  const violating = new Set<PodInfo>();
  for (const { namespace, selector, disruptionsAllowed } of budgets) {
    const isEmpty = Object.keys({ ...selector?.matchLabels }).length + (selector?.matchExpressions ?? []).length === 0;
    if (isEmpty) continue;
    const matches = matcherOfSelector(selector);
    let allowed = disruptionsAllowed;
    for (const info of pods) {
      const { metadata } = info.pod;
      if (metadata.namespace !== namespace || Object.keys(metadata.labels ?? {}).length === 0) continue;
      if (!matches(metadata.labels)) continue;
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
