import type { ClusterState } from './cluster/cluster-state.ts';
import type { NodeInfo } from './cluster/node-info.ts';
import type { PodInfo } from './cluster/pod-info.ts';
import type { FilterPlugin, NodeFilter, NodeScore, Refusal, ScorePlugin } from './plugin.ts';
import { FILTERS, SCORES } from './plugins/index.ts';
import { unschedulableMessage } from './unschedulable-message.ts';

export interface Placement {
  readonly type: 'placement';
  readonly nodeName: string;
  /** How many nodes could have taken the pod, of those that were looked at. */
  readonly feasibleNodes: number;
  /** Where the next pod's search should start, so that all nodes get their turn. */
  readonly nextStart: number;
}

export interface Unschedulable {
  readonly type: 'unschedulable';
  /** As kube-scheduler words it: `0/1 nodes are available: 1 Insufficient cpu.`; what `preempt` says comes after it. */
  readonly message: string;
  /** Names of the filters that refused nodes, sorted. */
  readonly plugins: readonly string[];
  /** Names of the nodes on which it may help to remove pods, in the order in which they were looked at. */
  readonly resolvable: readonly string[];
}

export interface ScheduleOptions {
  /** Where to start looking; `nextStart` of the pod before. */
  readonly start?: number;
  /** From 0 (included) to 1 (excluded): chooses among nodes with the same score. */
  readonly tieBreak?: number;
  readonly filters?: readonly FilterPlugin[];
  readonly scores?: readonly ScorePlugin[];
}

/** Chooses a node for a pod: the filters say which can take it, the scores which of them is best. */
export function schedule(
  pod: PodInfo,
  cluster: ClusterState,
  options: ScheduleOptions = {},
): Placement | Unschedulable {
  const { nodes } = cluster;
  const filters = prepareFilters(pod, cluster, options.filters ?? FILTERS);
  const refuse = cluster.nominations.isEmpty
    ? (node: NodeInfo) => firstRefusal(node, filters)
    : (node: NodeInfo) => refusalBesideNominated(node, pod, cluster, filters, options.filters ?? FILTERS);
  const nominated = nominatedNode(pod, cluster);
  if (nominated !== undefined && refuse(nominated) === undefined) {
    return { type: 'placement', nodeName: nominated.name, feasibleNodes: 1, nextStart: options.start ?? 0 };
  }
  const found = findFeasibleNodes(nodes, refuse, options.start ?? 0);
  if (found.feasible.length === 0) {
    const message = unschedulableMessage(nodes.length, found.refusals);
    const { resolvable } = found;
    return { type: 'unschedulable', message, plugins: [...found.plugins].sort(), resolvable };
  }
  const best = bestNode(pod, cluster, found.feasible, options);
  return {
    type: 'placement',
    nodeName: best.name,
    feasibleNodes: found.feasible.length,
    nextStart: found.nextStart,
  };
}

/**
 * "A pod that has a nominated node is tried there first; only where it does not fit are the others looked at"
 * (evaluateNominatedNode).
 */
function nominatedNode(pod: PodInfo, cluster: ClusterState): NodeInfo | undefined {
  if (cluster.nominations.isEmpty) return undefined;
  const name = cluster.nominations.nodeOf(pod.pod.metadata.uid);
  return name === undefined ? undefined : cluster.nodeNamed(name);
}

/** Why the node does not take the pod as things are, the pods counted for which it was made free. */
export function refusalOn(
  node: NodeInfo,
  pod: PodInfo,
  cluster: ClusterState,
  plugins: readonly FilterPlugin[],
): NamedRefusal | undefined {
  return refusalBesideNominated(node, pod, cluster, prepareFilters(pod, cluster, plugins), plugins);
}

interface NamedFilter {
  readonly name: string;
  readonly filter: NodeFilter;
}

export interface NamedRefusal {
  /** Of the filter. */
  readonly name: string;
  readonly refusal: Refusal;
}

function prepareFilters(pod: PodInfo, cluster: ClusterState, plugins: readonly FilterPlugin[]): readonly NamedFilter[] {
  return plugins.flatMap(({ name, prepare }) => {
    const filter = prepare(pod, cluster);
    return filter === undefined ? [] : [{ name, filter }];
  });
}

function findFeasibleNodes(
  nodes: readonly NodeInfo[],
  refuse: (node: NodeInfo) => NamedRefusal | undefined,
  start: number,
) {
  const enough = nodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const refusals: Refusal[] = [];
  const resolvable: string[] = [];
  const plugins = new Set<string>();
  let looked = 0;
  for (; looked < nodes.length && feasible.length < enough; looked++) {
    const node = nodes[(start + looked) % nodes.length];
    if (node === undefined) break;
    const refused = refuse(node);
    if (refused === undefined) {
      feasible.push(node);
      continue;
    }
    plugins.add(refused.name);
    refusals.push(refused.refusal);
    if (refused.refusal.isResolvable) resolvable.push(node.name);
  }
  const nextStart = nodes.length === 0 ? 0 : (start + looked) % nodes.length;
  return { feasible, refusals, resolvable, plugins, nextStart };
}

/** Called for each node of each pod: plain counting, no iterators. */
function firstRefusal(node: NodeInfo, filters: readonly NamedFilter[]): NamedRefusal | undefined {
  for (let i = 0; i < filters.length; i++) {
    const named = filters[i];
    const refusal = named?.filter(node);
    if (named !== undefined && refusal !== undefined) return { name: named.name, refusal };
  }
  return undefined;
}

/**
 * "A node is checked twice: with the pods of greater or equal priority that are nominated to it, and without them, as
 * it is not certain that they will land there" (RunFilterPluginsWithNominatedPods).
 */
function refusalBesideNominated(
  node: NodeInfo,
  pod: PodInfo,
  cluster: ClusterState,
  filters: readonly NamedFilter[],
  plugins: readonly FilterPlugin[],
): NamedRefusal | undefined {
  const nominated = cluster.nominations.before(pod, node.name);
  if (nominated.length > 0) {
    for (const info of nominated) cluster.addPodInfo(info, node.name);
    const refusal = firstRefusal(node, prepareFilters(pod, cluster, plugins));
    for (const info of nominated) cluster.removePod(info.pod.metadata.uid);
    if (refusal !== undefined) return refusal;
  }
  return firstRefusal(node, filters);
}

const MIN_NODES_TO_FIND = 100;

/**
 * "The scheduler can stop looking once it has found enough feasible nodes": all of up to 100; of more, a share that
 * falls linearly from 50 % at 100 nodes to 10 % at 5000, never less than 5 % (percentageOfNodesToScore).
 */
function nodesToFind(count: number): number {
  if (count <= MIN_NODES_TO_FIND) return count;
  const percentage = Math.max(5, 50 - Math.floor(count / 125));
  return Math.max(MIN_NODES_TO_FIND, Math.floor((count * percentage) / 100));
}

function bestNode(
  pod: PodInfo,
  cluster: ClusterState,
  feasible: readonly NodeInfo[],
  options: ScheduleOptions,
): NodeInfo {
  const totals = feasible.length === 1 ? [0] : totalScores(pod, cluster, feasible, options.scores ?? SCORES);
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (const total of totals) {
    if (total === highest) equals++;
    if (total <= highest) continue;
    highest = total;
    equals = 1;
  }
  let passed = Math.floor((options.tieBreak ?? 0) * equals);
  const chosen = feasible.find((_, index) => totals[index] === highest && passed-- === 0);
  if (chosen === undefined) throw new RangeError('bestNode: no node is feasible');
  return chosen;
}

/** The hottest loop of all: plain counting, no iterators. */
function totalScores(
  pod: PodInfo,
  cluster: ClusterState,
  feasible: readonly NodeInfo[],
  plugins: readonly ScorePlugin[],
): readonly number[] {
  const totals = new Array<number>(feasible.length).fill(0);
  for (const { prepare, weight } of plugins) {
    const scorer = prepare(pod, cluster, feasible);
    if (scorer === undefined) continue;
    if (scorer.normalize === undefined) {
      for (let i = 0; i < feasible.length; i++) totals[i] = (totals[i] ?? 0) + weight * scoreAt(scorer, feasible, i);
      continue;
    }
    const scores = feasible.map((node) => scorer.score(node));
    scorer.normalize(scores);
    for (let i = 0; i < scores.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0);
  }
  return totals;
}

function scoreAt(scorer: NodeScore, feasible: readonly NodeInfo[], index: number): number {
  const node = feasible[index];
  return node === undefined ? 0 : scorer.score(node);
}
