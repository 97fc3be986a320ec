import { isSidecar } from './pods.ts';
import {
  addQuantities,
  compareQuantities,
  maxQuantity,
  type Quantity,
  tryParseQuantity,
  ZERO_QUANTITY,
} from './quantity.ts';
import type { Pod } from './types.ts';

/** Amounts by resource name: `cpu`, `memory`, `ephemeral-storage`, … */
export type ResourceAmounts = ReadonlyMap<string, Quantity>;
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type ResourceList = Readonly<Record<string, string | number>>;

/**
 * Reads a resource list such as a node's `allocatable`. An amount that is no quantity is left out: the validation
 * reports it, which comes after those who count.
 */
export function parseResources(list: ResourceList | undefined): ResourceAmounts {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = tryParseQuantity(text);
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

/** What the scheduler must find free for this pod. */
export function podRequests(spec: PodSpec): ResourceAmounts {
  return podAmounts(spec, 'requests');
}

/** What the pod may use at most, of the resources that any of its containers limits. */
export function podLimits(spec: PodSpec): ResourceAmounts {
  return podAmounts(spec, 'limits');
}

/**
 * "The larger of the sum of all app containers and of any init container; restartable init containers count on top of
 * everything that starts after them" (sidecar containers, k8s.io/component-helpers/resource), plus the overhead of the
 * runtime.
 */
function podAmounts(spec: PodSpec, which: 'requests' | 'limits'): ResourceAmounts {
  let running = sum(spec.containers.map((container) => amountsOf(container, which)));
  let sidecars: ResourceAmounts = new Map();
  let initPeak: ResourceAmounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container, which);
    if (isSidecar(container)) {
      running = sum([running, own]);
      sidecars = sum([sidecars, own]);
      initPeak = merge(initPeak, sidecars, maxQuantity);
    } else {
      initPeak = merge(initPeak, sum([sidecars, own]), maxQuantity);
    }
  }
  const total = merge(running, initPeak, maxQuantity);
  if (spec.overhead === undefined) return total;
  const overhead = parseResources(spec.overhead);
  if (which === 'requests') return sum([total, overhead]);
  const limited = new Map([...overhead].filter(([name]) => total.has(name)));
  return sum([total, limited]);
}

/**
 * "If Requests is omitted, it defaults to Limits" (ResourceRequirements). Defaulting does the same; objects read raw
 * need it here.
 */
function amountsOf(container: Container, which: 'requests' | 'limits'): ResourceAmounts {
  const { limits, requests } = container.resources ?? {};
  return parseResources(which === 'limits' ? limits : { ...limits, ...requests });
}

function sum(lists: readonly ResourceAmounts[]): ResourceAmounts {
  return lists.reduce<ResourceAmounts>((total, list) => merge(total, list, addQuantities), new Map());
}

function merge(a: ResourceAmounts, b: ResourceAmounts, join: (a: Quantity, b: Quantity) => Quantity): ResourceAmounts {
  if (a.size === 0) return b;
  const merged = new Map(a);
  for (const [name, amount] of b) {
    const present = merged.get(name);
    merged.set(name, present === undefined ? amount : join(present, amount));
  }
  return merged;
}

/**
 * "Guaranteed: every container has limits for cpu and memory that equal its requests. BestEffort: no container has
 * either. Burstable: all others" (Pod Quality of Service Classes). Only cpu and memory count, of init containers too.
 */
export function qosClassOf(spec: PodSpec): QosClass {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  let isBestEffort = true;
  let isGuaranteed = true;
  for (const container of containers) {
    const requests = amountsOf(container, 'requests');
    const limits = amountsOf(container, 'limits');
    for (const name of ['cpu', 'memory']) {
      const request = requests.get(name) ?? ZERO_QUANTITY;
      const limit = limits.get(name) ?? ZERO_QUANTITY;
      if (request.nano > 0n || limit.nano > 0n) isBestEffort = false;
      if (limit.nano === 0n || compareQuantities(request, limit) !== 0) isGuaranteed = false;
    }
  }
  if (isBestEffort) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
