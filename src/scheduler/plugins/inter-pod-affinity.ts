import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import { type FilterPlugin, MAX_SCORE, type NodeFilter, type Refusal, type ScorePlugin } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodSelection, PodTerm } from '../pod-term.ts';

const AFFINITY: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], isResolvable: false };
const ANTI: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], isResolvable: true };
const STANDING: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], isResolvable: true };

/**
 * "InterPodAffinity: implements inter-Pod affinity and anti-affinity." Filter, in the order of the original: the pod's
 * affinity, its anti-affinity, the anti-affinity of the pods that run.
 */
export const interPodAffinity: FilterPlugin = {
  name: 'InterPodAffinity',
  wakesOn: ['node-added', 'node-labels', 'pod-gone', 'pod-added', 'pod-changed'],
  prepare: (pod, cluster) => {
    const checks: NodeFilter[] = [];
    if (pod.terms.requiredAffinity.length > 0) checks.push(affinityCheck(pod, cluster));
    for (const term of pod.terms.requiredAntiAffinity) {
      checks.push(sumCheck(term.topologyKey, cluster.podIndex.count(term).byValue(term.topologyKey), ANTI));
    }
    for (const { term, tally } of cluster.podIndex.antiTermsAgainst(pod.pod)) {
      checks.push(sumCheck(term.topologyKey, tally.byValue(term.topologyKey), STANDING));
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

/** Refuses nodes in whose part of the topology somebody is. */
function sumCheck(topologyKey: string, sums: ReadonlyMap<string, number>, refusal: Refusal): NodeFilter {
  if (sums.size === 0) return () => undefined;
  return (node) => {
    const value = node.labels[topologyKey];
    return value !== undefined && sums.has(value) ? refusal : undefined;
  };
}

/**
 * Every term needs a pod in the node's part of the topology, and only pods that match all terms count. "If none of the
 * pods in the cluster match, but the pod matches its own terms, it is allowed: else the first of a group could never be
 * placed" (satisfyPodAffinity).
 */
function affinityCheck(pod: PodInfo, cluster: ClusterState): NodeFilter {
  const terms = pod.terms.requiredAffinity;
  const tally = cluster.podIndex.count(allOf(terms));
  const isFirst = tally.isEmpty && terms.every((term) => cluster.podIndex.matches(term, pod.pod));
  return (node) => {
    for (const { topologyKey } of terms) {
      const value = node.labels[topologyKey];
      if (value === undefined) return AFFINITY;
      if (!isFirst && !tally.byValue(topologyKey).has(value)) return AFFINITY;
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
    const parts: {
      readonly topologyKey: string;
      readonly sums: ReadonlyMap<string, number>;
      readonly weight: number;
    }[] = [];
    for (const { term, weight } of pod.terms.preferred) {
      const sums = cluster.podIndex.count(term).byValue(term.topologyKey);
      if (sums.size > 0) parts.push({ topologyKey: term.topologyKey, sums, weight });
    }
    for (const { term, tally } of cluster.podIndex.wishesFor(pod.pod)) {
      parts.push({ topologyKey: term.topologyKey, sums: tally.byValue(term.topologyKey), weight: 1 });
    }
    if (parts.length === 0) return undefined;
    const score = ({ labels }: NodeInfo) =>
      parts.reduce((sum, { topologyKey, sums, weight }) => {
        const value = labels[topologyKey];
        return value === undefined ? sum : sum + weight * (sums.get(value) ?? 0);
      }, 0);
    return { score, normalize: spreadOut };
  },
};

/** The lowest becomes 0, the highest 100; all the same: 0. */
function spreadOut(scores: number[]): void {
  const lowest = Math.min(...scores);
  const range = Math.max(...scores) - lowest;
  for (const [index, score] of scores.entries()) {
    scores[index] = range === 0 ? 0 : Math.floor((MAX_SCORE * (score - lowest)) / range);
  }
}
