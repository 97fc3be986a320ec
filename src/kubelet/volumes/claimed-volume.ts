import type { VolumePlace } from '../../host/volume-files.ts';
import { claimOfVolume, isClaimBound } from '../../objects/index.ts';
import { LOCAL_PATH_PROVISIONER, PROVISIONED_BY } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../objects/types.ts';
import { MissingConfigError } from '../environment/config-sources.ts';
import type { Volume } from './compute-volumes.ts';

/** Where a pod's claims lead, as things are now. */
export interface StorageSources {
  claim(name: string): PersistentVolumeClaim | undefined;
  persistentVolume(name: string): PersistentVolume | undefined;
}

/** The folder of the box behind a claim. */
export interface ClaimedVolume {
  readonly volumeName: string;
  readonly path: string;
  /**
   * Of a volume that Berth made: its folder by name alone, so that a data directory may move, and nothing that a volume
   * says of itself leads out of the storage area.
   */
  readonly place: VolumePlace | undefined;
  /** Of hostPath: `DirectoryOrCreate`, … */
  readonly pathType: string;
  /** A local volume, whose folder has to be there. */
  readonly isLocal: boolean;
  readonly readOnly: boolean;
}

export function isClaimVolume({ persistentVolumeClaim, ephemeral }: Volume): boolean {
  return persistentVolumeClaim !== undefined || ephemeral !== undefined;
}

/**
 * The volume behind a pod's claim. Throws a `MissingConfigError`, worded as the kubelet words it, while there is none
 * (getPVCExtractPV: "a pod that refers to a claim that is being deleted is not started").
 */
export function claimedVolumeOf(pod: Pod, volume: Volume, sources: StorageSources): ClaimedVolume {
  const reference = claimOfVolume(pod.metadata.name, volume);
  const namespace = pod.metadata.namespace ?? 'default';
  const id = `${namespace}/${reference?.claimName ?? ''}`;
  const fail = (why: string): never => {
    throw new MissingConfigError(`error processing PVC ${id}: ${why}`);
  };
  const claim = sources.claim(reference?.claimName ?? '') ?? fail(`persistentvolumeclaim "${id}" not found`);
  if (claim.metadata.deletionTimestamp !== undefined) fail(`can't start pod because PVC ${id} is being deleted`);
  if (!isClaimBound(claim) || claim.status?.phase !== 'Bound') fail('PVC is not bound');
  const isForeign = !(claim.metadata.ownerReferences ?? []).some(({ uid }) => uid === pod.metadata.uid);
  if (reference?.isEphemeral === true && isForeign)
    fail(`PVC ${id} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`);
  const name = claim.spec?.volumeName ?? '';
  const found = sources.persistentVolume(name) ?? fail(`PV "${name}" not found`);
  if (found.spec?.claimRef?.uid !== claim.metadata.uid) fail(`PV "${name}" is bound to another claim`);
  const { local, hostPath } = found.spec ?? {};
  const path = local?.path ?? hostPath?.path ?? fail(`PV "${name}" has no source that this node can mount`);
  return {
    volumeName: name,
    path,
    place: provisionedPlace(found),
    pathType: local === undefined ? (hostPath?.type ?? '') : '',
    isLocal: local !== undefined,
    readOnly: volume.persistentVolumeClaim?.readOnly === true,
  };
}

/**
 * The folder of a volume that Berth made, by its name alone; `undefined` for every other volume. Such a folder begins
 * with the volume's own name, so that nobody can write a volume that claims the folder of another one.
 */
export function provisionedPlace({ metadata, spec }: PersistentVolume): VolumePlace | undefined {
  if (metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PATH_PROVISIONER) return undefined;
  const place = placeOf(spec?.local?.path ?? '');
  return place?.path.startsWith(`${metadata.name}_`) === true ? place : undefined;
}

/** The folder of a path's last part in the storage area; `undefined` where that is no plain name. */
export function placeOf(path: string): VolumePlace | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' || name === '.' || name === '..' ? undefined : { area: 'storage', path: name };
}
