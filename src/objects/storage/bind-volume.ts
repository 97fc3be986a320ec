import type { PersistentVolume, PersistentVolumeClaim } from '../types.ts';
import { isReservedFor } from './find-matching-volume.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from './names.ts';

type Annotations = Readonly<Record<string, string>> | undefined;

/**
 * The volume with a reference to the claim; the same object when it has it already. Where the binder chose the volume
 * it says so in an annotation, so that it may take its choice back (GetBindVolumeToClaim).
 */
export function volumeBoundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const wasReserved = isReservedFor(volume, claim);
  if (wasReserved && volume.spec?.claimRef?.uid === claim.metadata.uid) return volume;
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion };
  const spec = { ...volume.spec, claimRef: { ...claimRef, namespace: namespace ?? 'default' } };
  return wasReserved ? { ...volume, spec } : annotated({ ...volume, spec }, { [BOUND_BY_CONTROLLER]: 'yes' });
}

/** The claim with the name of its volume, its binding completed; the same object when it has all that. */
export function claimBoundTo(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const isNamed = claim.spec?.volumeName === volume.metadata.name;
  const named = isNamed ? claim : { ...claim, spec: { ...claim.spec, volumeName: volume.metadata.name } };
  const marks = { ...(isNamed ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }), [BIND_COMPLETED]: 'yes' };
  return annotated(named, marks);
}

/**
 * The volume without its claim: what the binder chose is free again, what a person reserved stays reserved under the
 * claim's name (unbindVolume).
 */
export function unboundVolume(volume: PersistentVolume): PersistentVolume {
  const { claimRef, ...spec } = volume.spec ?? {};
  if (volume.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
    const { uid: _uid, resourceVersion: _resourceVersion, ...reserved } = claimRef ?? {};
    return { ...volume, spec: { ...spec, claimRef: reserved } };
  }
  const { [BOUND_BY_CONTROLLER]: _mark, ...annotations } = volume.metadata.annotations;
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec };
}

export function annotated<T extends PersistentVolume | PersistentVolumeClaim>(
  object: T,
  annotations: Readonly<Record<string, string>>,
): T {
  const present: Annotations = object.metadata.annotations;
  const isThere = Object.entries(annotations).every(([key, value]) => present?.[key] === value);
  if (isThere) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...present, ...annotations } } };
}
