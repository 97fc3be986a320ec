import { type Quantity, tryParseQuantity, ZERO_QUANTITY } from '../quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../types.ts';
import { BETA_STORAGE_CLASS, BIND_COMPLETED, IS_DEFAULT_CLASS } from './names.ts';

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** A claim that a pod names, by itself or through a volume that lives and dies with the pod. */
export interface PodClaim {
  readonly volumeName: string;
  readonly claimName: string;
  readonly isEphemeral: boolean;
}

const NONE: readonly PodClaim[] = [];

/** The claims of a pod in the order of its volumes. */
export function podClaims({ metadata, spec }: { readonly metadata?: { readonly name?: string }; spec?: Pod['spec'] }) {
  let claims: PodClaim[] | undefined;
  for (const volume of spec?.volumes ?? []) {
    const claim = claimOfVolume(metadata?.name ?? '', volume);
    if (claim !== undefined) claims = [...(claims ?? []), claim];
  }
  return claims ?? NONE;
}

/**
 * "The name of the PVC will be `<pod name>-<volume name>`" (core/v1, EphemeralVolumeSource).
 */
export function claimOfVolume(podName: string, volume: PodVolume): PodClaim | undefined {
  const { name, persistentVolumeClaim, ephemeral } = volume;
  if (persistentVolumeClaim !== undefined)
    return { volumeName: name, claimName: persistentVolumeClaim.claimName, isEphemeral: false };
  if (ephemeral === undefined) return undefined;
  return { volumeName: name, claimName: `${podName}-${name}`, isEphemeral: true };
}

/**
 * The class of a claim; `undefined` when it has none yet and the default is still to be set, `''` when it wants none:
 * "a PVC with its storageClassName set equal to "" is always interpreted to be requesting a PV with no class".
 */
export function claimClassOf({ metadata, spec }: Pick<PersistentVolumeClaim, 'metadata' | 'spec'>): string | undefined {
  return metadata.annotations?.[BETA_STORAGE_CLASS] ?? spec?.storageClassName;
}

/** "A PV with no storageClassName has no class and can only be bound to PVCs that request no particular class." */
export function volumeClassOf({ metadata, spec }: PersistentVolume): string {
  return metadata.annotations?.[BETA_STORAGE_CLASS] ?? spec?.storageClassName ?? '';
}

/** Whether the binder has finished with a claim: it has its volume. */
export function isClaimBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return (spec?.volumeName ?? '') !== '' && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** How much a claim asks for; nothing where that cannot be read, which its validation reports. */
export function requestedStorage({ spec }: Pick<PersistentVolumeClaim, 'spec'>): Quantity {
  return amountOf(spec?.resources?.requests?.['storage']);
}

export function capacityOf({ spec }: Pick<PersistentVolume, 'spec'>): Quantity {
  return amountOf(spec?.capacity?.['storage']);
}

function amountOf(text: string | number | undefined): Quantity {
  return (text === undefined ? undefined : tryParseQuantity(text)) ?? ZERO_QUANTITY;
}

/** "If the claim has no pod using it, binding waits until one is created": the class says so. */
export function isDelayed(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/**
 * "If you have more than one StorageClass marked as default, the most recently created one is used" (Storage Classes);
 * of the same age the one whose name comes first.
 */
export function defaultStorageClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const defaults = classes.filter(
    ({ metadata }) =>
      metadata.annotations?.[IS_DEFAULT_CLASS] === 'true' ||
      metadata.annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true',
  );
  const [newest] = [...defaults].sort((a, b) => {
    const [ofA, ofB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
    return ofA === ofB ? (a.metadata.name < b.metadata.name ? -1 : 1) : ofA > ofB ? -1 : 1;
  });
  return newest;
}
