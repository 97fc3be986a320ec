import {
  podRequests,
  type Quantity,
  quantityMilliValue,
  quantityValue,
  type ResourceAmounts,
} from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];

/** Amounts of resources as plain numbers, so that thousands of nodes are compared quickly. */
export interface ResourceVector {
  milliCpu: number;
  memoryBytes: number;
  ephemeralStorageBytes: number;
  /** Everything else by name: extended resources, huge pages. */
  readonly others: Map<string, number>;
}

export function emptyVector(): ResourceVector {
  return { milliCpu: 0, memoryBytes: 0, ephemeralStorageBytes: 0, others: new Map() };
}

export function vectorOf(amounts: ResourceAmounts): ResourceVector {
  const vector = emptyVector();
  for (const [name, amount] of amounts) setAmount(vector, name, amount);
  return vector;
}

function setAmount(vector: ResourceVector, name: string, amount: Quantity): void {
  if (name === 'cpu') vector.milliCpu = quantityMilliValue(amount);
  else if (name === 'memory') vector.memoryBytes = quantityValue(amount);
  else if (name === 'ephemeral-storage') vector.ephemeralStorageBytes = quantityValue(amount);
  else if (name !== 'pods') vector.others.set(name, quantityValue(amount));
}

/** Adds `amounts` to `target`, or with `sign` -1 takes them away. */
export function accumulate(target: ResourceVector, amounts: ResourceVector, sign: 1 | -1): void {
  target.milliCpu += sign * amounts.milliCpu;
  target.memoryBytes += sign * amounts.memoryBytes;
  target.ephemeralStorageBytes += sign * amounts.ephemeralStorageBytes;
  for (const [name, amount] of amounts.others) {
    target.others.set(name, (target.others.get(name) ?? 0) + sign * amount);
  }
}

/** Equal for equal amounts. */
export function keyOfVector({ milliCpu, memoryBytes, ephemeralStorageBytes, others }: ResourceVector): string {
  const more = others.size === 0 ? '' : JSON.stringify([...others].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${milliCpu},${memoryBytes},${ephemeralStorageBytes}${more}`;
}

/** What the pod asks for; see `podRequests`. */
export function requestsOf(spec: PodSpec): ResourceVector {
  return vectorOf(podRequests(spec));
}

/**
 * What the pod is taken to use when nodes are scored: "a pod that does not specify a request is counted with 100
 * millicores and 200 MB per container (init containers too), so that pods without requests spread as well"
 * (schedutil.DefaultMilliCPURequest, DefaultMemoryRequest).
 */
export function scoredRequestsOf(spec: PodSpec, requests: ResourceVector): ResourceVector {
  const { containers, initContainers = [] } = spec;
  const isComplete = ({ resources }: Container) => hasAmount(resources, 'cpu') && hasAmount(resources, 'memory');
  if (containers.every(isComplete) && initContainers.every(isComplete)) return requests;
  return requestsOf({
    ...spec,
    containers: containers.map(withScoredAmounts),
    initContainers: initContainers.map(withScoredAmounts),
  });
}

function withScoredAmounts(container: Container): Container {
  const { limits, requests } = container.resources ?? {};
  return {
    ...container,
    resources: { ...container.resources, requests: { cpu: '100m', memory: '209715200', ...limits, ...requests } },
  };
}

function hasAmount(resources: Container['resources'], name: string): boolean {
  return resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined;
}
