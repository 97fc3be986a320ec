import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { FilterPlugin, NodeFilter, Refusal, ScorePlugin } from './plugin.ts';
import { FILTERS, SCORES } from './plugins/index.ts';
import type { PodInfo } from './pod-info.ts';
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
  /** As kube-scheduler words it: `0/1 nodes are available: 1 Insufficient cpu. preemption: …`. */
  readonly message: string;
  /** Names of the filters that refused nodes, sorted. */
  readonly plugins: readonly string[];
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
  const filters = (options.filters ?? FILTERS).flatMap(({ name, prepare }) => {
    const filter = prepare(pod, cluster);
    return filter === undefined ? [] : [{ name, filter }];
  });
  const found = findFeasibleNodes(nodes, filters, options.start ?? 0);
  if (found.feasible.length === 0) {
    const message = unschedulableMessage(pod.pod, nodes.length, found.refusals);
    return { type: 'unschedulable', message, plugins: [...found.plugins].sort() };
  }
  const best = bestNode(pod, cluster, found.feasible, options);
  return {
    type: 'placement',
    nodeName: best.name,
    feasibleNodes: found.feasible.length,
    nextStart: found.nextStart,
  };
}

interface NamedFilter {
  readonly name: string;
  readonly filter: NodeFilter;
}

function findFeasibleNodes(nodes: readonly NodeInfo[], filters: readonly NamedFilter[], start: number) {
  const enough = nodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const refusals: Refusal[] = [];
  const plugins = new Set<string>();
  let looked = 0;
  for (; looked < nodes.length && feasible.length < enough; looked++) {
    const node = nodes[(start + looked) % nodes.length];
    if (node === undefined) break;
    const refused = firstRefusal(node, filters);
    if (refused === undefined) {
      feasible.push(node);
      continue;
    }
    plugins.add(refused.name);
    refusals.push(refused.refusal);
  }
  return { feasible, refusals, plugins, nextStart: nodes.length === 0 ? 0 : (start + looked) % nodes.length };
}

function firstRefusal(
  node: NodeInfo,
  filters: readonly NamedFilter[],
): { readonly name: string; readonly refusal: Refusal } | undefined {
  for (const { name, filter } of filters) {
    const refusal = filter(node);
    if (refusal !== undefined) return { name, refusal };
  }
  return undefined;
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
  feasible: readonly [NodeInfo, ...NodeInfo[]] | readonly NodeInfo[],
  options: ScheduleOptions,
): NodeInfo {
  const totals = feasible.length === 1 ? [0] : totalScores(pod, cluster, feasible, options.scores ?? SCORES);
  const highest = Math.max(...totals);
  const best = feasible.filter((_, index) => totals[index] === highest);
  const chosen = best[Math.floor((options.tieBreak ?? 0) * best.length)];
  if (chosen === undefined) throw new RangeError('bestNode: no node is feasible');
  return chosen;
}

function totalScores(
  pod: PodInfo,
  cluster: ClusterState,
  feasible: readonly NodeInfo[],
  plugins: readonly ScorePlugin[],
): readonly number[] {
  const totals = feasible.map(() => 0);
  for (const { prepare, weight } of plugins) {
    const scorer = prepare(pod, cluster);
    if (scorer === undefined) continue;
    const scores = feasible.map((node) => scorer.score(node));
    scorer.normalize?.(scores);
    for (const [index, score] of scores.entries()) totals[index] = (totals[index] ?? 0) + weight * score;
  }
  return totals;
}
