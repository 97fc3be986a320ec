import type { NodeInfo } from '../node-info.ts';
import { type FilterPlugin, MAX_SCORE, type Refusal, type ScorePlugin } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';
import type { ResourceVector } from '../resource-vector.ts';

/** "NodeResourcesFit: checks if the node has all the resources that the Pod is requesting." Filter. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  wakesOn: ['node-added', 'node-allocatable', 'pod-gone', 'pod-changed'],
  prepare: (pod) => (node) => (fits(pod.requests, node) ? undefined : refusalOf(pod.requests, node)),
};

/** The common case without making a list. */
function fits(requests: ResourceVector, { pods, allowedPods, allocatable, requested }: NodeInfo): boolean {
  if (pods.size + 1 > allowedPods) return false;
  if (requests.milliCpu > 0 && requests.milliCpu > allocatable.milliCpu - requested.milliCpu) return false;
  if (requests.memoryBytes > 0 && requests.memoryBytes > allocatable.memoryBytes - requested.memoryBytes) return false;
  const freeStorage = allocatable.ephemeralStorageBytes - requested.ephemeralStorageBytes;
  if (requests.ephemeralStorageBytes > 0 && requests.ephemeralStorageBytes > freeStorage) return false;
  for (const [name, amount] of requests.others) {
    const free = (allocatable.others.get(name) ?? 0) - (requested.others.get(name) ?? 0);
    if (amount > 0 && amount > free) return false;
  }
  return true;
}

/** Every resource that is short. What the node could not even give when empty cannot be resolved by removing pods. */
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
  const isImpossible = allowedPods < 1 || short.some(([, wanted, total]) => wanted > total);
  return { reasons, isResolvable: !isImpossible };
}

/**
 * The default strategy of NodeResourcesFit, "LeastAllocated: favors nodes with fewer requested resources", cpu and
 * memory alike.
 */
export const leastAllocated: ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: (pod) => ({ score: (node) => leastAllocatedScore(pod, node) }),
};

function leastAllocatedScore({ scoredRequests }: PodInfo, { allocatable, scoredRequested }: NodeInfo): number {
  const cpu = freeShare(allocatable.milliCpu, scoredRequested.milliCpu + scoredRequests.milliCpu);
  const memory = freeShare(allocatable.memoryBytes, scoredRequested.memoryBytes + scoredRequests.memoryBytes);
  if (cpu === undefined) return memory ?? 0;
  return memory === undefined ? cpu : Math.floor((cpu + memory) / 2);
}

/** From 0 for full to 100 for empty; `undefined` for a resource that the node does not have. */
function freeShare(total: number, taken: number): number | undefined {
  if (total === 0) return undefined;
  return taken > total ? 0 : Math.floor(((total - taken) * MAX_SCORE) / total);
}

/**
 * "NodeResourcesBalancedAllocation: favors nodes that would obtain a more balanced resource usage if the Pod is
 * scheduled there": the less the shares of cpu and memory differ, the better. Pods that request neither do not change
 * the balance.
 */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare: ({ requests }) => {
    if (requests.milliCpu === 0 && requests.memoryBytes === 0) return undefined;
    return {
      score: ({ allocatable, requested }) => {
        const cpu = usedShare(allocatable.milliCpu, requested.milliCpu + requests.milliCpu);
        const memory = usedShare(allocatable.memoryBytes, requested.memoryBytes + requests.memoryBytes);
        const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory) / 2;
        return Math.floor((1 - deviation) * MAX_SCORE);
      },
    };
  },
};

function usedShare(total: number, taken: number): number | undefined {
  return total === 0 ? undefined : Math.min(1, taken / total);
}
