import { matcherOfSelector } from '../label-selector.ts';
import { compareQuantities } from '../quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../types.ts';
import { capacityOf, claimClassOf, requestedStorage, volumeClassOf } from './storage.ts';

export interface MatchOptions {
  /**
   * The claim's binding waits for its consumer: only a volume that somebody has set aside for it is taken, unless
   * `fitsNode` says which node it is for.
   */
  readonly isDelayed: boolean;
  /** Whether the volume can be reached from the node that is being tried. */
  readonly fitsNode?: (volume: PersistentVolume) => boolean;
  /** Volumes that other claims of the same decision take. */
  readonly isTaken?: (volume: PersistentVolume) => boolean;
}

/**
 * The volume that a claim is bound to, of all that there are (volume.FindMatchingVolume): one that is set aside for it
 * by `claimRef` goes before all others, and where it cannot be reached from the node none is taken in its place; of
 * those that are available, that have the claim's class, mode, access modes and labels and that are large enough, the
 * smallest, and of equal ones the first by name. As long as no node is chosen, one that offers fewer access modes than
 * another goes before it, whatever its size (persistentVolumeOrderedIndex.findByClaim).
 */
export function findMatchingVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  options: MatchOptions,
): PersistentVolume | undefined {
  const requested = requestedStorage(claim);
  const matchesSelector = claim.spec?.selector === undefined ? () => true : matcherOfSelector(claim.spec.selector);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (options.isTaken?.(volume) === true || volume.metadata.deletionTimestamp !== undefined) continue;
    if (!offersModes(volume, claim) || !hasSameMode(volume, claim)) continue;
    if (compareQuantities(capacityOf(volume), requested) < 0) continue;
    const isReachable = options.fitsNode?.(volume) !== false;
    if (isReservedFor(volume, claim)) return isReachable ? volume : undefined;
    if (!isReachable) continue;
    if (options.isDelayed && options.fitsNode === undefined) continue;
    // "We ignore volumes in non-available phase, because volumes that satisfies matching criteria will be updated to
    // available, and binding them now has high chance of encountering unnecessary failures due to API conflicts."
    if (volume.spec?.claimRef !== undefined || volume.status?.phase !== 'Available') continue;
    if (volumeClassOf(volume) !== (claimClassOf(claim) ?? '') || !matchesSelector(volume.metadata.labels)) continue;
    if (best === undefined || isBetter(volume, best, options)) best = volume;
  }
  return best;
}

function isBetter(volume: PersistentVolume, best: PersistentVolume, { fitsNode }: MatchOptions): boolean {
  const byModes = fitsNode === undefined ? modeCount(volume) - modeCount(best) : 0;
  const order = byModes === 0 ? compareQuantities(capacityOf(volume), capacityOf(best)) : byModes;
  return order < 0 || (order === 0 && volume.metadata.name < best.metadata.name);
}

function modeCount({ spec }: PersistentVolume): number {
  return spec?.accessModes?.length ?? 0;
}

/** Whether `claimRef` names this claim; one without a uid is what a person has written. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = spec?.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return (reference.uid ?? '') === '' || reference.uid === metadata.uid;
}

/** "The volume must have all the access modes that the claim asks for." */
function offersModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered: readonly string[] = spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

function hasSameMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
}

/**
 * Why a claim cannot have the volume that it or a person has named; `undefined` when it can (checkVolumeSatisfyClaim).
 */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const { name, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined) return `the volume is marked for deletion "${name}"`;
  if (compareQuantities(capacityOf(volume), requestedStorage(claim)) < 0) return 'requested PV is too small';
  if (volumeClassOf(volume) !== (claimClassOf(claim) ?? '')) return 'storageClassName does not match';
  if (!hasSameMode(volume, claim)) return 'incompatible volumeMode';
  if (!offersModes(volume, claim)) return 'incompatible accessMode';
  return undefined;
}
