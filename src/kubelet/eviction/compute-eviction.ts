import { compareText } from '../../lib/compare-text.ts';
import { canonicalQuantity, podRequests, quantityValue } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';
import type { EvictionResource, MetThreshold } from './compute-pressure.ts';

/** `SystemCriticalPriority`: "critical pods are never evicted" (types.IsCriticalPod). */
const CRITICAL_PRIORITY = 2_000_000_000;

/** A pod of which something runs, with what it uses of one resource. */
export interface MeasuredPod {
  readonly pod: Pod;
  /** By container. */
  readonly used: ReadonlyMap<string, number>;
  /** What no container has by itself: files in the pod's volumes. */
  readonly usedByVolumes: number;
}

export interface Eviction {
  readonly pod: Pod;
  readonly message: string;
}

export function isCritical({ spec }: Pod): boolean {
  return (spec?.priority ?? 0) >= CRITICAL_PRIORITY;
}

/** What lies on a disk: layers and logs of containers, and images with them; files of volumes. */
export interface OnDisk {
  readonly containers: boolean;
  readonly volumes: boolean;
}

/**
 * What the disk that is short holds: with a disk of its own for the engine, that one has what is the engine's and the
 * other the files of volumes ("nodefs" and "imagefs" of rankDiskPressureFunc and buildSignalToNodeReclaimFuncs). One
 * disk has it all.
 */
export function computeOnDisk(signal: MetThreshold['signal'], hasImageDisk: boolean): OnDisk {
  if (!hasImageDisk) return { containers: true, volumes: true };
  const isEngines = signal.startsWith('imagefs.');
  return { containers: isEngines, volumes: !isEngines };
}

/** "We kill at most a single pod during each eviction interval." */
export function computeEviction(threshold: MetThreshold, pods: readonly MeasuredPod[]): Eviction | undefined {
  const [first] = rankForEviction(pods, threshold.resource);
  return first && { pod: first.pod, message: messageOf(first, threshold) };
}

/**
 * "The kubelet uses the following parameters to determine the Pod eviction order: 1. Whether the Pod's resource usage
 * exceeds requests 2. Pod Priority 3. The Pod's resource usage relative to requests" (Node-pressure Eviction;
 * rankMemoryPressure, rankDiskPressureFunc).
 */
export function rankForEviction(pods: readonly MeasuredPod[], resource: EvictionResource): readonly MeasuredPod[] {
  return pods
    .filter(({ pod }) => !isCritical(pod))
    .map((measured) => {
      const used = [...measured.used.values()].reduce((sum, amount) => sum + amount, measured.usedByVolumes);
      const excess = used - requestOf(measured.pod, resource);
      return { measured, excess, priority: measured.pod.spec?.priority ?? 0 };
    })
    .sort(
      (a, b) =>
        Number(b.excess > 0) - Number(a.excess > 0) ||
        a.priority - b.priority ||
        b.excess - a.excess ||
        compareText(a.measured.pod.metadata.uid, b.measured.pod.metadata.uid),
    )
    .map(({ measured }) => measured);
}

function requestOf(pod: Pod, resource: EvictionResource): number {
  const request = podRequests(specOf(pod)).get(resource);
  return request === undefined ? 0 : quantityValue(request);
}

/** In the kubelet's words (evictionMessage), with the containers that use more than they request. */
function messageOf({ pod, used }: MeasuredPod, { resource, threshold, available }: MetThreshold): string {
  const amount = (number: number) => (resource === 'inodes' ? String(number) : bytesText(number));
  const quantities = `Threshold quantity: ${amount(threshold)}, available: ${amount(available)}. `;
  const { containers: mains, initContainers = [] } = specOf(pod);
  const containers = [...mains, ...initContainers].flatMap((container) => {
    const usage = used.get(container.name) ?? 0;
    const request = container.resources?.requests?.[resource];
    const requested = podRequests({ containers: [container] }).get(resource);
    if (usage <= (requested === undefined ? 0 : quantityValue(requested))) return [];
    const amounts = `was using ${amount(usage)}, request is ${request ?? '0'}`;
    return [`Container ${container.name} ${amounts}, has larger consumption of ${resource}. `];
  });
  return `The node was low on resource: ${resource}. ${quantities}${containers.join('')}`;
}

function bytesText(bytes: number): string {
  return canonicalQuantity(`${Math.floor(bytes / 1024)}Ki`);
}
