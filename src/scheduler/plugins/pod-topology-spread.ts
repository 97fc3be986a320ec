import type { Pod } from '../../objects/types.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import type { NodeTally } from '../node-tally.ts';
import { type FilterPlugin, MAX_SCORE, type Refusal, type ScorePlugin } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';
import { type PodSelection, spreadSelectionOf, withLabelKeys } from '../pod-term.ts';
import { matchesNodeSelection } from './node-affinity.ts';
import { toleratesTaint } from './taint-toleration.ts';

type Constraint = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number];

const REASON = "node(s) didn't match pod topology spread constraints";
const UNEVEN: Refusal = { reasons: [REASON], isResolvable: true };
const NO_LABEL: Refusal = { reasons: [`${REASON} (missing required label)`], isResolvable: false };
const HOSTNAME = 'kubernetes.io/hostname';

interface Spread {
  readonly constraint: Constraint;
  readonly selection: PodSelection;
  /** Pods that count, by value of the topology key; a domain without any may be missing. */
  readonly counts: ReadonlyMap<string, number>;
  /** Values that eligible nodes have. */
  readonly domains: Iterable<string>;
  readonly domainCount: number;
}

/**
 * "PodTopologySpread: implements Pod topology spread." Filter: "maxSkew: the difference between the number of matching
 * pods in the target topology and the global minimum, which is the minimum number of matching pods in an eligible
 * domain, or zero if the number of eligible domains is less than minDomains" (core/v1).
 */
export const podTopologySpread: FilterPlugin = {
  name: 'PodTopologySpread',
  wakesOn: ['node-added', 'node-labels', 'pod-gone', 'pod-added', 'pod-changed'],
  prepare: (pod, cluster) => {
    const spreads = spreadsOf(pod, cluster, 'DoNotSchedule').map((spread) => ({
      ...spread,
      topologyKey: spread.constraint.topologyKey,
      most:
        spread.constraint.maxSkew + lowestOf(spread) - (cluster.podIndex.matches(spread.selection, pod.pod) ? 1 : 0),
    }));
    if (spreads.length === 0) return undefined;
    return ({ labels }) => {
      for (const { topologyKey, counts, most } of spreads) {
        const value = labels[topologyKey];
        if (value === undefined) return NO_LABEL;
        if ((counts.get(value) ?? 0) > most) return UNEVEN;
      }
      return undefined;
    };
  },
};

function lowestOf({ constraint, counts, domains, domainCount }: Spread): number {
  if (domainCount < (constraint.minDomains ?? 1) || counts.size < domainCount) return 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (const domain of domains) lowest = Math.min(lowest, counts.get(domain) ?? 0);
  return Number.isFinite(lowest) ? lowest : 0;
}

function spreadsOf(pod: PodInfo, cluster: ClusterState, which: Constraint['whenUnsatisfiable']): readonly Spread[] {
  const all = pod.pod.spec?.topologySpreadConstraints ?? [];
  const constraints = all.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === which);
  if (constraints.length === 0) return [];
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  return constraints.map((constraint) => {
    const { labelSelector, matchLabelKeys, topologyKey } = constraint;
    const selector = withLabelKeys(labelSelector, pod.pod, matchLabelKeys, undefined);
    const selection = spreadSelectionOf(pod.pod.metadata.namespace ?? '', selector);
    const tally = cluster.podIndex.count(selection);
    if (areAllEligible(pod, cluster, constraint, keys)) {
      const domains = cluster.domains(topologyKey);
      return {
        constraint,
        selection,
        counts: tally.byValue(topologyKey),
        domains: domains.keys(),
        domainCount: domains.size,
      };
    }
    const counts = countEligible(pod, cluster, constraint, keys, tally);
    return { constraint, selection, counts, domains: [...counts.keys()], domainCount: counts.size };
  });
}

/** Whether every node counts, so that sums which are kept anyway can be used. */
function areAllEligible(
  { pod }: PodInfo,
  cluster: ClusterState,
  { nodeAffinityPolicy, nodeTaintsPolicy }: Constraint,
  keys: readonly string[],
): boolean {
  const selects = pod.spec?.nodeSelector !== undefined || pod.spec?.affinity?.nodeAffinity !== undefined;
  if ((selects && nodeAffinityPolicy !== 'Ignore') || nodeTaintsPolicy === 'Honor') return false;
  return keys.every((key) => cluster.haveAllLabel(key));
}

/**
 * "nodeAffinityPolicy: Honor (default): only nodes matching nodeAffinity/nodeSelector are included in the calculations;
 * nodeTaintsPolicy: Ignore (default): node taints are ignored" (core/v1). Nodes without one of the keys count nowhere.
 */
function countEligible(
  { pod }: PodInfo,
  { nodes }: ClusterState,
  { topologyKey, nodeAffinityPolicy, nodeTaintsPolicy }: Constraint,
  keys: readonly string[],
  tally: NodeTally,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const tolerations = pod.spec?.tolerations ?? [];
  for (const node of nodes) {
    if (!keys.every((key) => node.labels[key] !== undefined)) continue;
    if (nodeAffinityPolicy !== 'Ignore' && !matchesNodeSelection(pod.spec, node)) continue;
    const isTainted = node.hardTaints.some((taint) => !tolerations.some((each) => toleratesTaint(each, taint)));
    if (nodeTaintsPolicy === 'Honor' && isTainted) continue;
    const value = node.labels[topologyKey] ?? '';
    counts.set(value, (counts.get(value) ?? 0) + tally.onNode(node.name));
  }
  return counts;
}

/**
 * Score: fewer matching pods in the node's domains are better. "Domains of a key with more values weigh more: log(size +
 * 2)" (topologyNormalizingWeight); nodes that lack a key come last.
 */
export const podTopologySpreadScore: ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, cluster, feasible) => {
    const spreads = spreadsOf(pod, cluster, 'ScheduleAnyway');
    if (spreads.length === 0) return undefined;
    const keys = spreads.map(({ constraint }) => constraint.topologyKey);
    const isIgnored = ({ labels }: NodeInfo) => keys.some((key) => labels[key] === undefined);
    const known = feasible.filter((node) => !isIgnored(node));
    const parts = spreads.map(({ constraint: { topologyKey, maxSkew }, counts }) => {
      const size =
        topologyKey === HOSTNAME ? known.length : new Set(known.map(({ labels }) => labels[topologyKey])).size;
      return { topologyKey, maxSkew, counts, weight: Math.log(size + 2) };
    });
    return {
      score: (node) => {
        if (isIgnored(node)) return Number.NaN;
        const sum = parts.reduce((total, { topologyKey, counts, weight, maxSkew }) => {
          return total + (counts.get(node.labels[topologyKey] ?? '') ?? 0) * weight + (maxSkew - 1);
        }, 0);
        return Math.round(sum);
      },
      normalize: fewestFirst,
    };
  },
};

function fewestFirst(scores: number[]): void {
  const known = scores.filter((score) => !Number.isNaN(score));
  const lowest = Math.min(...known);
  const highest = Math.max(...known);
  for (const [index, score] of scores.entries()) {
    if (Number.isNaN(score)) scores[index] = 0;
    else scores[index] = highest === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (highest + lowest - score)) / highest);
  }
}
