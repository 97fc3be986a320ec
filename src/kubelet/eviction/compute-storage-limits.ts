import { formatQuantity, parseQuantity, podLimits, quantityValue } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { allContainers, specOf } from '../observed-pod.ts';

const RESOURCE = 'ephemeral-storage';

/** What a pod has on disk, in bytes. */
export interface StoredOfPod {
  /** What containers wrote beside their mounts, and their logs. */
  readonly containers: ReadonlyMap<string, number>;
  /** Volumes of type emptyDir that lie on disk. */
  readonly emptyDirs: ReadonlyMap<string, number>;
}

/** Whether a pod sets a limit on what it has on disk: only such pods are measured. */
export function hasStorageLimit(pod: Pod): boolean {
  const isLimited = (specOf(pod).volumes ?? []).some(({ emptyDir }) => limitOf(emptyDir) !== undefined);
  return isLimited || allContainers(pod).some(({ resources }) => resources?.limits?.[RESOURCE] !== undefined);
}

/**
 * Why a pod is evicted for what it has on disk, in the kubelet's words; `undefined` while it keeps to its limits
 * (localStorageEviction: "emptyDir volumes, then the pod as a whole, then its containers").
 * EmptyDirVolumeSource.sizeLimit: "total amount of local storage required for this EmptyDir volume"; of limits: "If a
 * Pod's ephemeral storage usage exceeds how much ephemeral storage you allow, the kubelet sets an eviction signal that
 * triggers Pod eviction."
 */
export function computeStorageLimitEviction(pod: Pod, stored: StoredOfPod): string | undefined {
  return emptyDirOver(pod, stored) ?? podOver(pod, stored) ?? containerOver(pod, stored);
}

function emptyDirOver(pod: Pod, { emptyDirs }: StoredOfPod): string | undefined {
  for (const { name, emptyDir } of specOf(pod).volumes ?? []) {
    const limit = limitOf(emptyDir);
    if (limit !== undefined && (emptyDirs.get(name) ?? 0) > amountOf(limit))
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
  }
  return undefined;
}

/** The limit is that of all containers that run side by side, sidecars among them (PodLimits). */
function podOver(pod: Pod, { containers, emptyDirs }: StoredOfPod): string | undefined {
  const total = podLimits(specOf(pod)).get(RESOURCE);
  if (total === undefined) return undefined;
  const used = [...containers.values(), ...emptyDirs.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (used <= quantityValue(total)) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(total)}. `;
}

function containerOver(pod: Pod, { containers }: StoredOfPod): string | undefined {
  for (const { name, resources } of allContainers(pod)) {
    const limit = resources?.limits?.[RESOURCE];
    if (isLimit(limit) && (containers.get(name) ?? 0) > amountOf(limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

/** In memory the kernel holds the limit, and files do not fit. */
function limitOf(emptyDir: { readonly medium?: string; readonly sizeLimit?: string | number } | undefined) {
  const limit = emptyDir?.medium === 'Memory' ? undefined : emptyDir?.sizeLimit;
  return isLimit(limit) ? limit : undefined;
}

/**
 * A limit of nothing is none (`size.Sign() == 1`, emptyDirLimitEviction; `ephemeralLimit.Value() != 0`,
 * containerEphemeralStorageLimitEviction).
 */
function isLimit(limit: string | number | undefined): limit is string | number {
  return limit !== undefined && amountOf(limit) > 0;
}

function amountOf(quantity: string | number): number {
  return quantityValue(parseQuantity(String(quantity)));
}
