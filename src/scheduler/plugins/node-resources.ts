import { fits } from '../fit-class.ts';
import type { NodeInfo } from '../node-info.ts';
import type { FilterPlugin, Refusal, ScorePlugin } from '../plugin.ts';
import type { ResourceVector } from '../resource-vector.ts';

/** "NodeResourcesFit: checks if the node has all the resources that the Pod is requesting." Filter. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  wakesOn: ['node-added', 'node-allocatable', 'pod-gone', 'pod-changed'],
  couldHelp: ({ requests }, { node }) => node === undefined || fits(requests, node),
  prepare: (pod, cluster) => {
    const fit = cluster.fitClassOf(pod);
    return (node) => (fit.takes(node) ? undefined : refusalOf(pod.requests, node));
  },
};

/** Every resource that is short. What the node could not even give when empty cannot be resolved by removing pods; their number always can. */
function refusalOf(requests: ResourceVector, { pods, allowedPods, allocatable, requested }: NodeInfo): Refusal {
  const amounts: [name: string, wanted: number, total: number, taken: number][] = [
    ['cpu', requests.milliCpu, allocatable.milliCpu, requested.milliCpu],
    ['memory', requests.memoryBytes, allocatable.memoryBytes, requested.memoryBytes],
    [
      'ephemeral-storage',
      requests.ephemeralStorageBytes,
      allocatable.ephemeralStorageBytes,
      requested.ephemeralStorageBytes,
    ],
    ...[...requests.others].map(([name, wanted]): [string, number, number, number] => [
      name,
      wanted,
      allocatable.others.get(name) ?? 0,
      requested.others.get(name) ?? 0,
    ]),
  ];
  const short = amounts.filter(([, wanted, total, taken]) => wanted > 0 && wanted > total - taken);
  const tooMany = pods.size + 1 > allowedPods ? ['Too many pods'] : [];
  const reasons = [...tooMany, ...short.map(([name]) => `Insufficient ${name}`)];
  const isImpossible = short.some(([, wanted, total]) => wanted > total);
  return { reasons, isResolvable: !isImpossible };
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
