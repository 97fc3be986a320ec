import type { VolumePlace } from '../../host/volume-files.ts';
import type { Pod } from '../../objects/types.ts';
import { MissingConfigError } from '../environment/config-sources.ts';
import { expandVariables } from '../environment/expand-variables.ts';
import { type Container, specOf } from '../observed-pod.ts';
import { claimedVolumeOf, isClaimVolume, type StorageSources } from './claimed-volume.ts';
import { isPayloadVolume, type Volume, volumePlace } from './compute-volumes.ts';

/** One mount of a container, before links and sub-paths are resolved. */
export interface MountPlan {
  readonly source: VolumePlace | { readonly hostPath: string };
  readonly subPath?: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/**
 * The mounts of a container's volumes. VolumeMount.subPathExpr: "Expanded path within the volume from which the
 * container's volume should be mounted. Behaves similarly to SubPath but environment variable references $(VAR_NAME)
 * are expanded using the container's environment." ConfigMaps, Secrets and projections are always read-only.
 */
export function computeMounts(
  pod: Pod,
  container: Container,
  environment: ReadonlyMap<string, string>,
  storage: StorageSources,
): readonly MountPlan[] {
  const volumes = specOf(pod).volumes ?? [];
  return (container.volumeMounts ?? []).map((mount) => {
    const volume = volumes.find(({ name }) => name === mount.name);
    if (volume === undefined) throw new MissingConfigError(`no volume named "${mount.name}"`);
    const subPath = mount.subPathExpr === undefined ? mount.subPath : expandSubPath(mount.subPathExpr, environment);
    if (subPath?.split('/').includes('..')) throw new MissingConfigError(`subPath "${subPath}" must not contain '..'`);
    const { source, readOnly } = sourceOf(pod, volume, storage);
    return {
      source,
      ...(subPath === undefined || subPath === '' ? {} : { subPath }),
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      readOnly: mount.readOnly === true || readOnly,
    };
  });
}

function sourceOf(
  pod: Pod,
  volume: Volume,
  storage: StorageSources,
): { readonly source: MountPlan['source']; readonly readOnly: boolean } {
  if (volume.hostPath !== undefined) return { source: { hostPath: volume.hostPath.path }, readOnly: false };
  if (isClaimVolume(volume)) {
    const { path, place, readOnly } = claimedVolumeOf(pod, volume, storage);
    return { source: place ?? { hostPath: path }, readOnly };
  }
  return { source: volumePlace(pod.metadata.uid, volume), readOnly: isPayloadVolume(volume) };
}

function expandSubPath(expression: string, environment: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const path = expandVariables(expression, (name) => {
    const value = environment.get(name);
    if (value === undefined) missing.push(name);
    return value;
  });
  if (missing.length === 0 && !path.startsWith('/')) return path;
  throw new MissingConfigError(`failed to expand subPath expression "${expression}"`);
}
