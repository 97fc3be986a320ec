import type { ClusterState } from '../cluster/cluster-state.ts';
import type { NodeInfo } from '../cluster/node-info.ts';
import type { DomainCounts } from '../cluster/node-tally.ts';
import type { PodIndex } from '../cluster/pod-index.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import type { PodSelection, PodTerm } from '../cluster/pod-term.ts';
import { NO_DOMAIN } from '../cluster/topology.ts';
import {
  type ClusterChange,
  type ClusterEvent,
  type FilterPlugin,
  MAX_SCORE,
  type NodeFilter,
  type Refusal,
  type ScorePlugin,
} from '../plugin.ts';

const AFFINITY: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], isResolvable: false };
const ANTI: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], isResolvable: true };
const STANDING: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], isResolvable: true };

/**
 * "InterPodAffinity: implements inter-Pod affinity and anti-affinity." Filter, in the order of the original: the pod's
 * affinity, its anti-affinity, the anti-affinity of the pods that run.
 */
export const interPodAffinity: FilterPlugin = {
  name: 'InterPodAffinity',
  wakesOn: [
    'node-added',
    'node-gone',
    'node-labels',
    'namespace-labels',
    'pod-gone',
    'pod-added',
    'pod-labels',
    'pod-changed',
  ],
  couldHelp: (pod, change) => {
    const { event, other, otherBefore, cluster } = change;
    if (cluster === undefined) return true;
    if (other !== undefined && otherBefore !== undefined)
      return couldLabelsHelp(pod, otherBefore, other, cluster.podIndex);
    if (other !== undefined) return couldPodHelp(pod, event, other, cluster.podIndex);
    const { requiredAffinity } = pod.terms;
    if (event === 'node-labels' || event === 'node-gone') return hasOtherTopology(pod, change, cluster);
    if (event !== 'node-added' || requiredAffinity.length === 0) return true;
    return requiredAffinity.some(({ topologyKey }) => change.node?.labels[topologyKey] !== undefined);
  },
  prepare: (pod, cluster) => {
    const checks: NodeFilter[] = [];
    if (pod.terms.requiredAffinity.length > 0) checks.push(affinityCheck(pod, cluster));
    for (const term of pod.terms.requiredAntiAffinity) {
      addCheck(checks, cluster.podIndex.count(term).counts(cluster.topology(term.topologyKey)), ANTI);
    }
    for (const { term, tally } of cluster.podIndex.antiTermsAgainst(pod.pod)) {
      addCheck(checks, tally.counts(cluster.topology(term.topologyKey)), STANDING);
    }
    const [only] = checks;
    if (checks.length <= 1) return only;
    return (node) => {
      for (const check of checks) {
        const refusal = check(node);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    };
  },
};

/**
 * What came is near enough, or what went was too near; and "the first of a group" may be placed anywhere, so that the
 * last one's end helps a pod of the same group.
 */
function couldPodHelp(pod: PodInfo, event: ClusterEvent, other: PodInfo, podIndex: PodIndex): boolean {
  const { requiredAffinity, requiredAntiAffinity } = pod.terms;
  const isWanted = ({ pod: candidate }: PodInfo) =>
    requiredAffinity.length > 0 && requiredAffinity.every((term) => podIndex.matches(term, candidate));
  if (event === 'pod-added') return isWanted(other);
  return (
    requiredAntiAffinity.some((term) => podIndex.matches(term, other.pod)) ||
    other.terms.requiredAntiAffinity.some((term) => podIndex.matches(term, pod.pod)) ||
    (isWanted(other) && isWanted(pod))
  );
}

/**
 * It is near enough now, or was too near before; or it was the last of the pod's own group. Terms of its own may go by
 * its labels (`matchLabelKeys`).
 */
function couldLabelsHelp(pod: PodInfo, before: PodInfo, after: PodInfo, podIndex: PodIndex): boolean {
  const { requiredAffinity, requiredAntiAffinity } = pod.terms;
  const isWanted = ({ pod: candidate }: PodInfo) =>
    requiredAffinity.length > 0 && requiredAffinity.every((term) => podIndex.matches(term, candidate));
  if (isWanted(before) !== isWanted(after) && (isWanted(after) || isWanted(pod))) return true;
  const isLeft = (of: PodTerm | undefined) => of === undefined || !podIndex.matches(of, pod.pod);
  const standing = after.terms.requiredAntiAffinity;
  return (
    requiredAntiAffinity.some((term) => podIndex.matches(term, before.pod) && !podIndex.matches(term, after.pod)) ||
    before.terms.requiredAntiAffinity.some((term, index) => !isLeft(term) && isLeft(standing[index]))
  );
}

/** Whether the node has gone to another part of a topology that somebody's terms go by. */
function hasOtherTopology(pod: PodInfo, { node, labelsBefore }: ClusterChange, { podIndex }: ClusterState): boolean {
  if (labelsBefore === undefined) return true;
  const standing = podIndex.antiTermsAgainst(pod.pod).map(({ term }) => term);
  const isMoved = ({ topologyKey }: PodTerm) => labelsBefore[topologyKey] !== node?.labels[topologyKey];
  // "Anti-affinity: the node must have had the label", as one without it refuses nobody.
  const hadKey = ({ topologyKey }: PodTerm) => labelsBefore[topologyKey] !== undefined;
  const apart = [...pod.terms.requiredAntiAffinity, ...standing];
  return pod.terms.requiredAffinity.some(isMoved) || apart.some((term) => hadKey(term) && isMoved(term));
}

/** Refuses nodes in whose part of the topology somebody is. */
function addCheck(checks: NodeFilter[], { topology, amounts, nonZero }: DomainCounts, refusal: Refusal): void {
  if (nonZero === 0) return;
  checks.push((node) => {
    const domain = topology.of(node);
    return domain !== NO_DOMAIN && amounts[domain] !== 0 ? refusal : undefined;
  });
}

/**
 * Every term needs a pod in the node's part of the topology, and only pods that match all terms count. "If none of the
 * pods in the cluster match, but the pod matches its own terms, it is allowed: else the first of a group could never be
 * placed" (satisfyPodAffinity). A pod on a node without the labels is in no part of the topology, so it counts nowhere.
 */
function affinityCheck(pod: PodInfo, cluster: ClusterState): NodeFilter {
  const terms = pod.terms.requiredAffinity;
  const tally = cluster.podIndex.count(allOf(terms));
  const parts = terms.map(({ topologyKey }) => tally.counts(cluster.topology(topologyKey)));
  const isAlone = parts.every(({ nonZero }) => nonZero === 0);
  const isFirst = isAlone && terms.every((term) => cluster.podIndex.matches(term, pod.pod));
  return (node) => {
    for (const { topology, amounts } of parts) {
      const domain = topology.of(node);
      if (domain === NO_DOMAIN || (!isFirst && amounts[domain] === 0)) return AFFINITY;
    }
    return undefined;
  };
}

function allOf(terms: readonly PodTerm[]): PodSelection {
  const [only] = terms;
  if (only !== undefined && terms.length === 1) return only;
  return {
    key: `all ${terms.map(({ key }) => key).join(' ')}`,
    hint: terms.find(({ hint }) => hint !== undefined)?.hint,
    matches: (pod, namespaceLabels) => terms.every((term) => term.matches(pod, namespaceLabels)),
  };
}

/**
 * Score: the weights of the preferred terms of the pod for each pod in the node's part of the topology that they match,
 * and those of the pods that run which match this one, both ways.
 */
export const interPodAffinityScore: ScorePlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare: (pod, cluster) => {
    const parts: (DomainCounts & { readonly weight: number })[] = [];
    for (const { term, weight } of pod.terms.preferred) {
      const counts = cluster.podIndex.count(term).counts(cluster.topology(term.topologyKey));
      if (counts.nonZero > 0) parts.push({ ...counts, weight });
    }
    for (const { term, tally } of cluster.podIndex.wishesFor(pod.pod)) {
      parts.push({ ...tally.counts(cluster.topology(term.topologyKey)), weight: 1 });
    }
    if (parts.length === 0) return undefined;
    const score = (node: NodeInfo) =>
      parts.reduce((sum, { topology, amounts, weight }) => {
        const domain = topology.of(node);
        return domain === NO_DOMAIN ? sum : sum + weight * (amounts[domain] ?? 0);
      }, 0);
    return { score, normalize: spreadOut };
  },
};

/**
 * The lowest becomes 0, the highest 100; all the same: 0. Divided before it is multiplied, and so rounded, as in the
 * original.
 */
function spreadOut(scores: number[]): void {
  const lowest = Math.min(...scores);
  const range = Math.max(...scores) - lowest;
  for (const [index, score] of scores.entries()) {
    scores[index] = range === 0 ? 0 : Math.floor(MAX_SCORE * ((score - lowest) / range));
  }
}
