import { type Labels, matcherOfSelector } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { ClusterState } from '../cluster/cluster-state.ts';
import type { NodeInfo } from '../cluster/node-info.ts';
import type { NodeTally } from '../cluster/node-tally.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import { type PodSelection, spreadSelectionOf, withLabelKeys } from '../cluster/pod-term.ts';
import { NO_DOMAIN, type Topology } from '../cluster/topology.ts';
import { type ClusterChange, type FilterPlugin, MAX_SCORE, type Refusal, type ScorePlugin } from '../plugin.ts';
import { matchesNodeSelection } from './node-affinity.ts';
import { toleratesTaint } from './taint-toleration.ts';

type Constraint = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number];

const REASON = "node(s) didn't match pod topology spread constraints";
const UNEVEN: Refusal = { reasons: [REASON], isResolvable: true };
const NO_LABEL: Refusal = { reasons: [`${REASON} (missing required label)`], isResolvable: false };
const HOSTNAME = 'kubernetes.io/hostname';

type InclusionPolicies = Pick<Constraint, 'nodeAffinityPolicy' | 'nodeTaintsPolicy'>;

/** Both as they are by default. */
const NO_POLICIES: InclusionPolicies = {};

interface Spread {
  readonly constraint: Constraint;
  readonly selection: PodSelection;
  readonly topology: Topology;
  /** Pods that count, by domain. */
  readonly amounts: ArrayLike<number>;
  /** Domains that eligible nodes have; `undefined` for all. */
  readonly eligible: ReadonlySet<number> | undefined;
}

/**
 * "PodTopologySpread: implements Pod topology spread." Filter: "maxSkew: the difference between the number of matching
 * pods in the target topology and the global minimum, which is the minimum number of matching pods in an eligible
 * domain, or zero if the number of eligible domains is less than minDomains" (core/v1).
 */
export const podTopologySpread: FilterPlugin = {
  name: 'PodTopologySpread',
  wakesOn: [
    'node-added',
    'node-gone',
    'node-labels',
    'node-taints',
    'pod-gone',
    'pod-ending',
    'pod-added',
    'pod-labels',
    'pod-changed',
  ],
  couldHelp: (pod, change) => {
    const constraints = constraintsOf(pod, 'DoNotSchedule');
    const { other, otherBefore } = change;
    if (other !== undefined) {
      return constraints.some((constraint) => {
        const wasCounted = otherBefore !== undefined && isCountedBy(pod.pod, constraint, otherBefore.pod);
        return isCountedBy(pod.pod, constraint, other.pod) !== wasCounted;
      });
    }
    return couldNodeHelp(pod, constraints, change);
  },
  prepare: (pod, cluster) => {
    const constraints = constraintsOf(pod, 'DoNotSchedule');
    if (constraints.length === 0) return undefined;
    const parts = spreadsOf(pod, cluster, constraints).map((spread) => ({
      topology: spread.topology,
      amounts: spread.amounts,
      most:
        spread.constraint.maxSkew + lowestOf(spread) - (cluster.podIndex.matches(spread.selection, pod.pod) ? 1 : 0),
    }));
    return (node) => {
      for (const { topology, amounts, most } of parts) {
        const domain = topology.of(node);
        if (domain === NO_DOMAIN) return NO_LABEL;
        if ((amounts[domain] ?? 0) > most) return UNEVEN;
      }
      return undefined;
    };
  },
};

/**
 * A domain comes, goes, or counts no more: one that is empty and cannot be used holds up all others. "Return Queue when
 * node has topologyKey in its labels, else return QueueSkip" (isSchedulableAfterNodeChange).
 */
function couldNodeHelp(pod: PodInfo, constraints: readonly Constraint[], change: ClusterChange): boolean {
  const { event, node, labelsBefore = {} } = change;
  const has = (labels: Labels) => constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
  if (event === 'node-gone') return has(labelsBefore);
  if (node === undefined) return true;
  const { labels } = node;
  if (event === 'node-taints')
    return has(labels) && constraints.some(({ nodeTaintsPolicy }) => nodeTaintsPolicy === 'Honor');
  if (event !== 'node-labels') return has(labels);
  if (has(labels) !== has(labelsBefore)) return true;
  const isMoved = constraints.some(({ topologyKey }) => labels[topologyKey] !== labelsBefore[topologyKey]);
  return has(labels) && (isMoved || selectsNodes(pod.pod));
}

/** Whether the number of pods that the constraint looks at changes with this one, also when it is on its way out. */
function isCountedBy(pod: Pod, { labelSelector, matchLabelKeys }: Constraint, other: Pod): boolean {
  const selector = withLabelKeys(labelSelector, pod, matchLabelKeys, undefined);
  return other.metadata.namespace === pod.metadata.namespace && matcherOfSelector(selector)(other.metadata.labels);
}

function lowestOf({ constraint, topology, amounts, eligible }: Spread): number {
  const count = eligible?.size ?? topology.size;
  if (count === 0 || count < (constraint.minDomains ?? 1)) return 0;
  let lowest = Number.POSITIVE_INFINITY;
  if (eligible === undefined) {
    for (let domain = 0; domain < topology.size; domain++) lowest = Math.min(lowest, amounts[domain] ?? 0);
  } else for (const domain of eligible) lowest = Math.min(lowest, amounts[domain] ?? 0);
  return lowest;
}

function constraintsOf({ pod }: PodInfo, which: Constraint['whenUnsatisfiable']): readonly Constraint[] {
  const all = pod.spec?.topologySpreadConstraints;
  return all === undefined ? [] : all.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === which);
}

function spreadsOf(pod: PodInfo, cluster: ClusterState, constraints: readonly Constraint[]): readonly Spread[] {
  const topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
  return constraints.map((constraint) => {
    const { labelSelector, matchLabelKeys, topologyKey } = constraint;
    const selector = withLabelKeys(labelSelector, pod.pod, matchLabelKeys, undefined);
    const selection = spreadSelectionOf(pod.pod.metadata.namespace ?? '', selector);
    const tally = cluster.podIndex.count(selection);
    const topology = cluster.topology(topologyKey);
    const counted = areAllEligible(pod, constraint, topologies)
      ? { amounts: tally.counts(topology).amounts, eligible: undefined }
      : countEligible(pod, cluster, constraint, { topologies, topology, tally });
    return { constraint, selection, topology, ...counted };
  });
}

/** Whether every node counts, so that sums which are kept anyway can be used. */
function areAllEligible(
  { pod }: PodInfo,
  { nodeAffinityPolicy, nodeTaintsPolicy }: Constraint,
  topologies: readonly Topology[],
): boolean {
  if ((selectsNodes(pod) && nodeAffinityPolicy !== 'Ignore') || nodeTaintsPolicy === 'Honor') return false;
  return topologies.every(({ isComplete }) => isComplete);
}

function selectsNodes({ spec }: Pod): boolean {
  return spec?.nodeSelector !== undefined || spec?.affinity?.nodeAffinity !== undefined;
}

/**
 * "nodeAffinityPolicy: Honor (default): only nodes matching nodeAffinity/nodeSelector are included in the calculations;
 * nodeTaintsPolicy: Ignore (default): node taints are ignored" (core/v1). Nodes without one of the keys count nowhere.
 */
function countEligible(
  { pod }: PodInfo,
  { nodes }: ClusterState,
  { nodeAffinityPolicy, nodeTaintsPolicy }: InclusionPolicies,
  counted: { readonly topologies: readonly Topology[]; readonly topology: Topology; readonly tally: NodeTally },
): Pick<Spread, 'amounts' | 'eligible'> {
  const { topologies, topology, tally } = counted;
  const amounts = new Float64Array(topology.size);
  const eligible = new Set<number>();
  const tolerations = pod.spec?.tolerations ?? [];
  for (const node of nodes) {
    if (topologies.some((each) => each.of(node) === NO_DOMAIN)) continue;
    if (nodeAffinityPolicy !== 'Ignore' && !matchesNodeSelection(pod.spec, node)) continue;
    const isTainted = node.hardTaints.some((taint) => !tolerations.some((each) => toleratesTaint(each, taint)));
    if (nodeTaintsPolicy === 'Honor' && isTainted) continue;
    const domain = topology.of(node);
    eligible.add(domain);
    amounts[domain] = (amounts[domain] ?? 0) + tally.onNode(node.name);
  }
  return { amounts, eligible };
}

/** What a pod asks for that it would rather have than not. */
interface ScoredSpread {
  readonly topology: Topology;
  readonly maxSkew: number;
  readonly amounts: ArrayLike<number>;
}

/**
 * Score: fewer matching pods in the node's domains are better. "Domains of a key with more values weigh more: log(size
 * + 2)" (topologyNormalizingWeight); nodes that lack a key of the pod's own constraints come last.
 */
export const podTopologySpreadScore: ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare: (pod, cluster, feasible) => {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const spreads = own ? ownSpreads(pod, cluster) : defaultSpreads(pod, cluster);
    if (spreads.length === 0) return undefined;
    const isIgnored = (node: NodeInfo) => own && spreads.some(({ topology }) => topology.of(node) === NO_DOMAIN);
    const known = own ? feasible.filter((node) => !isIgnored(node)) : feasible;
    const parts = spreads.map((spread) => ({ ...spread, weight: Math.log(domainCount(spread.topology, known) + 2) }));
    return {
      score: (node) => {
        if (isIgnored(node)) return Number.NaN;
        let sum = 0;
        for (const { topology, amounts, weight, maxSkew } of parts) {
          const domain = topology.of(node);
          if (domain !== NO_DOMAIN) sum += (amounts[domain] ?? 0) * weight + (maxSkew - 1);
        }
        return Math.round(sum);
      },
      normalize: fewestFirst,
    };
  },
};

function ownSpreads(pod: PodInfo, cluster: ClusterState): readonly ScoredSpread[] {
  const constraints = constraintsOf(pod, 'ScheduleAnyway');
  if (constraints.length === 0) return [];
  return spreadsOf(pod, cluster, constraints).map(({ constraint, topology, amounts }) => {
    return { topology, amounts, maxSkew: constraint.maxSkew };
  });
}

/**
 * "Built-in default constraints: maxSkew 3 by kubernetes.io/hostname, maxSkew 5 by topology.kubernetes.io/zone, both
 * ScheduleAnyway; they are applied to a Pod only if it doesn't define any constraints, and it belongs to a Service,
 * ReplicaSet, StatefulSet or ReplicationController" (Pod Topology Spread Constraints). Nodes without a zone are not
 * left out for it.
 */
const DEFAULT_CONSTRAINTS = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

function defaultSpreads(pod: PodInfo, cluster: ClusterState): readonly ScoredSpread[] {
  const siblings = cluster.siblingsOf(pod.pod);
  if (siblings === undefined) return [];
  const tally = cluster.podIndex.count(siblings);
  return DEFAULT_CONSTRAINTS.map(({ topologyKey, maxSkew }) => {
    const topology = cluster.topology(topologyKey);
    // The pods of one node are counted where it is, whether or not it is one that the pod selects.
    const isOfAll = topologyKey === HOSTNAME || !selectsNodes(pod.pod);
    const { amounts } = isOfAll
      ? tally.counts(topology)
      : countEligible(pod, cluster, NO_POLICIES, { topologies: [topology], topology, tally });
    return { topology, maxSkew, amounts };
  });
}

/** Each node is a domain of its own name, whatever its label says; those without the label are one domain together. */
function domainCount(topology: Topology, nodes: readonly NodeInfo[]): number {
  return topology.key === HOSTNAME ? nodes.length : new Set(nodes.map((node) => topology.of(node))).size;
}

function fewestFirst(scores: number[]): void {
  const known = scores.filter((score) => !Number.isNaN(score));
  const lowest = Math.min(...known);
  const highest = Math.max(...known);
  for (const [index, score] of scores.entries()) {
    if (Number.isNaN(score)) scores[index] = 0;
    else scores[index] = highest === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (highest + lowest - score)) / highest);
  }
}
