import { MAX_SCORE } from '../plugin.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { ResourceVector } from './resource-vector.ts';

type Requests = Pick<PodInfo, 'requests' | 'scoredRequests'>;

/**
 * Pods that ask for the same resources, and what each node is worth to them: whether it takes one more, and how it
 * scores. Worked out once for a node and again after a change of it, so that the thousandth pod of a template costs a
 * comparison of two numbers per node.
 *
 * Invariant: what is kept of a node holds for the revision of it that is kept beside.
 */
export class FitClass {
  readonly #requests: Requests;
  #revisions = new Float64Array(0);
  #takes = new Uint8Array(0);
  #least = new Uint8Array(0);
  #balanced = new Uint8Array(0);

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Whether the node has what one more pod asks for. */
  takes(node: NodeInfo): boolean {
    if (this.#revisions[node.slot] !== node.revision) this.#refresh(node);
    return this.#takes[node.slot] === 1;
  }

  /** The score of NodeResourcesFit. */
  leastAllocated(node: NodeInfo): number {
    if (this.#revisions[node.slot] !== node.revision) this.#refresh(node);
    return this.#least[node.slot] ?? 0;
  }

  /** The score of NodeResourcesBalancedAllocation. */
  balanced(node: NodeInfo): number {
    if (this.#revisions[node.slot] !== node.revision) this.#refresh(node);
    return this.#balanced[node.slot] ?? 0;
  }

  #refresh(node: NodeInfo): void {
    const { slot } = node;
    if (slot >= this.#revisions.length) this.#grow(slot + 1);
    this.#revisions[slot] = node.revision;
    this.#takes[slot] = fits(this.#requests.requests, node) ? 1 : 0;
    this.#least[slot] = leastAllocatedScore(this.#requests.scoredRequests, node);
    this.#balanced[slot] = balancedScore(this.#requests.requests, node);
  }

  #grow(size: number): void {
    const capacity = Math.max(16, size, this.#revisions.length * 2);
    // No node has the revision 0.
    this.#revisions = enlarged(this.#revisions, new Float64Array(capacity));
    this.#takes = enlarged(this.#takes, new Uint8Array(capacity));
    this.#least = enlarged(this.#least, new Uint8Array(capacity));
    this.#balanced = enlarged(this.#balanced, new Uint8Array(capacity));
  }
}

function enlarged<T extends Float64Array | Uint8Array>(before: T, after: T): T {
  after.set(before);
  return after;
}

/** What a node has and what is taken of it. */
export interface Room {
  readonly pods: { readonly size: number };
  readonly allowedPods: number;
  readonly allocatable: ResourceVector;
  readonly requested: ResourceVector;
}

/** "Checks if the node has all the resources that the Pod is requesting", its number of pods among them. */
export function fits(requests: ResourceVector, { pods, allowedPods, allocatable, requested }: Room): boolean {
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

/** "LeastAllocated: favors nodes with fewer requested resources", cpu and memory alike. */
function leastAllocatedScore(requests: ResourceVector, { allocatable, scoredRequested }: NodeInfo): number {
  const cpu = freeShare(allocatable.milliCpu, scoredRequested.milliCpu + requests.milliCpu);
  const memory = freeShare(allocatable.memoryBytes, scoredRequested.memoryBytes + requests.memoryBytes);
  if (cpu === undefined) return memory ?? 0;
  return memory === undefined ? cpu : Math.floor((cpu + memory) / 2);
}

/** From 0 for full to 100 for empty; `undefined` for a resource that the node does not have. */
function freeShare(total: number, taken: number): number | undefined {
  if (total === 0) return undefined;
  return taken > total ? 0 : Math.floor(((total - taken) * MAX_SCORE) / total);
}

/** "Favors nodes that would obtain a more balanced resource usage if the Pod is scheduled there". */
function balancedScore(requests: ResourceVector, { allocatable, requested }: NodeInfo): number {
  const cpu = usedShare(allocatable.milliCpu, requested.milliCpu + requests.milliCpu);
  const memory = usedShare(allocatable.memoryBytes, requested.memoryBytes + requests.memoryBytes);
  const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory) / 2;
  return Math.floor((1 - deviation) * MAX_SCORE);
}

function usedShare(total: number, taken: number): number | undefined {
  return total === 0 ? undefined : Math.min(1, taken / total);
}
