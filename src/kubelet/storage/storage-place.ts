import type { VolumeFiles, VolumePlace } from '../../host/volume-files.ts';
import { placeOf } from '../volumes/claimed-volume.ts';

/**
 * The place of a path that is a folder directly in the storage area; `undefined` for every other path. Such a folder is
 * Berth's own: a pod sees what is in it and cannot put a link in its place.
 */
export function storagePlaceOf(volumeFiles: Pick<VolumeFiles, 'hostPath'>, path: string): VolumePlace | undefined {
  const place = placeOf(path);
  return place !== undefined && volumeFiles.hostPath(place) === path ? place : undefined;
}
