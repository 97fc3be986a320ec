import { fits } from '../cluster/fit-class.ts';
import type { NodeInfo } from '../cluster/node-info.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import { accumulate, emptyVector, type ResourceVector } from '../cluster/resource-vector.ts';
import type { FilterPlugin, Refusal, ScorePlugin } from '../plugin.ts';
import { isPreempted } from '../preemption/preempted.ts';

/** "NodeResourcesFit: checks if the node has all the resources that the Pod is requesting." Filter. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  wakesOn: ['node-added', 'node-allocatable', 'pod-gone'],
  couldHelp: (pod, { node }) => node === undefined || fits(pod.requests, node) || couldMakeRoom(pod, node),
  prepare: (pod, cluster) => {
    const fit = cluster.fitClassOf(pod);
    return (node) => (fit.takes(node) ? undefined : refusalOf(pod.requests, node));
  },
};

/**
 * Whether the pod would fit if all that are less important gave way. While somebody is giving way already it is not
 * asked: the end of that is another event.
 */
function couldMakeRoom({ pod, priority, requests }: PodInfo, { pods, allowedPods, allocatable }: NodeInfo): boolean {
  if (pod.spec?.preemptionPolicy === 'Never') return false;
  const requested = emptyVector();
  let size = 0;
  for (const other of pods.values()) {
    if (other.priority < priority) {
      if (isPreempted(other.pod)) return false;
      continue;
    }
    size++;
    accumulate(requested, other.requests, 1);
  }
  return size < pods.size && fits(requests, { pods: { size }, allowedPods, allocatable, requested });
}

/**
 * Every resource that is short. What the node could not even give when empty cannot be resolved by removing pods; their
 * number always can.
 */
function refusalOf(requests: ResourceVector, node: NodeInfo): Refusal {
  const short = shortResources(requests, node);
  const reasons = short.map(({ name }) => (name === 'pods' ? 'Too many pods' : `Insufficient ${name}`));
  const isImpossible = short.some(({ name, wanted, total }) => name !== 'pods' && wanted > total);
  return { reasons, isResolvable: !isImpossible };
}

/**
 * A resource of which a node has less left than a pod requests: processors in thousandths, what is stored in bytes,
 * pods by number.
 */
export interface ShortResource {
  readonly name: string;
  readonly wanted: number;
  readonly total: number;
  readonly taken: number;
}

/** What a node has too little of for another pod, the number of pods first. */
export function shortResources(
  requests: ResourceVector,
  { pods, allowedPods, allocatable, requested }: NodeInfo,
): readonly ShortResource[] {
  const amounts: readonly ShortResource[] = [
    { name: 'pods', wanted: 1, total: allowedPods, taken: pods.size },
    { name: 'cpu', wanted: requests.milliCpu, total: allocatable.milliCpu, taken: requested.milliCpu },
    { name: 'memory', wanted: requests.memoryBytes, total: allocatable.memoryBytes, taken: requested.memoryBytes },
    {
      name: 'ephemeral-storage',
      wanted: requests.ephemeralStorageBytes,
      total: allocatable.ephemeralStorageBytes,
      taken: requested.ephemeralStorageBytes,
    },
    ...[...requests.others].map(([name, wanted]) => ({
      name,
      wanted,
      total: allocatable.others.get(name) ?? 0,
      taken: requested.others.get(name) ?? 0,
    })),
  ];
  return amounts.filter(({ wanted, total, taken }) => wanted > 0 && wanted > total - taken);
}

/**
 * The default strategy of NodeResourcesFit, "LeastAllocated: favors nodes with fewer requested resources", cpu and
 * memory alike.
 */
export const leastAllocated: ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: (pod, cluster) => {
    const fit = cluster.fitClassOf(pod);
    return { score: (node) => fit.leastAllocated(node) };
  },
};

/**
 * "NodeResourcesBalancedAllocation: favors nodes that would obtain a more balanced resource usage if the Pod is
 * scheduled there": the less the shares of cpu and memory differ, the better. Pods that request neither do not change
 * the balance.
 */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare: (pod, cluster) => {
    if (pod.requests.milliCpu === 0 && pod.requests.memoryBytes === 0) return undefined;
    const fit = cluster.fitClassOf(pod);
    return { score: (node) => fit.balanced(node) };
  },
};
