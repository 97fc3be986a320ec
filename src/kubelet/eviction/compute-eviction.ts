import { canonicalQuantity, podRequests, quantityValue } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';

/** "memory.available<100Mi", the hard threshold that a kubelet has unless it is told another one. */
export const MEMORY_THRESHOLD_BYTES = 100 * 1024 * 1024;
/** "eviction-pressure-transition-period: 5m0s": so long a node stays under pressure after the threshold was met last. */
const TRANSITION_MS = 300_000;
/** `SystemCriticalPriority`: "critical pods are never evicted" (types.IsCriticalPod). */
const CRITICAL_PRIORITY = 2_000_000_000;

/** A pod whose containers run, with what each of them uses. */
export interface MeasuredPod {
  readonly pod: Pod;
  readonly memoryBytes: ReadonlyMap<string, number>;
}

export interface EvictionSnapshot {
  readonly availableBytes: number;
  /** Monotonic time at which the threshold was met last; `undefined` when it never was. */
  readonly metAtMs: number | undefined;
  readonly monotonicMs: number;
  /** Of this node, as far as they are measured; only asked for below the threshold. */
  readonly pods: readonly MeasuredPod[];
}

export interface Eviction {
  readonly pod: Pod;
  readonly message: string;
}

export interface EvictionActions {
  readonly metAtMs: number | undefined;
  readonly isUnderPressure: boolean;
  /** "We kill at most a single pod during each eviction interval." */
  readonly eviction: Eviction | undefined;
}

export function isBelowThreshold(availableBytes: number): boolean {
  return availableBytes < MEMORY_THRESHOLD_BYTES;
}

export function computeEviction({ availableBytes, metAtMs, monotonicMs, pods }: EvictionSnapshot): EvictionActions {
  const isMet = isBelowThreshold(availableBytes);
  const lastMetMs = isMet ? monotonicMs : metAtMs;
  const isUnderPressure = lastMetMs !== undefined && monotonicMs - lastMetMs < TRANSITION_MS;
  const [first] = isMet ? rankForEviction(pods) : [];
  const eviction = first && { pod: first.pod, message: messageOf(first, availableBytes) };
  return { metAtMs: isUnderPressure ? lastMetMs : undefined, isUnderPressure, eviction };
}

/**
 * "The kubelet uses the following parameters to determine the Pod eviction order: 1. Whether the Pod's resource usage exceeds requests 2. Pod
 * Priority 3. The Pod's resource usage relative to requests" (Node-pressure Eviction; rankMemoryPressure).
 */
export function rankForEviction(pods: readonly MeasuredPod[]): readonly MeasuredPod[] {
  return pods
    .filter(({ pod }) => (pod.spec?.priority ?? 0) < CRITICAL_PRIORITY)
    .map((measured) => {
      const request = podRequests(specOf(measured.pod)).get('memory');
      const used = [...measured.memoryBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
      const excess = used - (request === undefined ? 0 : quantityValue(request));
      return { measured, excess, priority: measured.pod.spec?.priority ?? 0 };
    })
    .sort(
      (a, b) =>
        Number(b.excess > 0) - Number(a.excess > 0) ||
        a.priority - b.priority ||
        b.excess - a.excess ||
        (a.measured.pod.metadata.uid < b.measured.pod.metadata.uid ? -1 : 1),
    )
    .map(({ measured }) => measured);
}

/** In the kubelet's words (evictionMessage), with the containers that use more than they request. */
function messageOf({ pod, memoryBytes }: MeasuredPod, availableBytes: number): string {
  const threshold = `Threshold quantity: ${bytesText(MEMORY_THRESHOLD_BYTES)}, available: ${bytesText(availableBytes)}. `;
  const containers = specOf(pod).containers.flatMap((container) => {
    const used = memoryBytes.get(container.name) ?? 0;
    const request = container.resources?.requests?.['memory'];
    const requested = podRequests({ containers: [container] }).get('memory');
    if (used <= (requested === undefined ? 0 : quantityValue(requested))) return [];
    const amounts = `was using ${bytesText(used)}, request is ${request ?? '0'}`;
    return [`Container ${container.name} ${amounts}, has larger consumption of memory. `];
  });
  return `The node was low on resource: memory. ${threshold}${containers.join('')}`;
}

function bytesText(bytes: number): string {
  return canonicalQuantity(`${Math.floor(bytes / 1024)}Ki`);
}
