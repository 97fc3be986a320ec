import type { DiskPoint } from '../../host/machine-usage.ts';
import { compareText } from '../../lib/compare-text.ts';
import type { StoredImage } from '../../runtime/runtime.ts';

/** "imageGCHighThresholdPercent: 85, imageGCLowThresholdPercent: 80", as what has to be left. */
const HIGH_LEFT = 0.15;
const LOW_LEFT = 0.2;
/** Of a large disk no more than that share of 100 GiB, as with the thresholds of evictions. */
const LARGE_DISK_BYTES = 100 * 1024 ** 3;
/** "imageMinimumGCAge: 2m": an image that has only just come may be waited for. */
const MINIMUM_AGE_MS = 120_000;

/** An image that Berth itself has brought to the box, and what it knows of it. Times are monotonic. */
export interface OwnImage {
  readonly id: string;
  /** The names under which Berth pulled it. */
  readonly names: readonly string[];
  readonly detectedAtMs: number;
  /** `undefined` for one that no pod was seen to use since Berth started. */
  readonly lastUsedAtMs: number | undefined;
}

export interface ImageCollectionSnapshot {
  readonly images: readonly StoredImage[];
  readonly own: readonly OwnImage[];
  /** Ids and names of images that pods of this node use or are about to use. */
  readonly inUse: ReadonlySet<string>;
  readonly monotonicMs: number;
}

/** How many bytes are to be freed for the low threshold; 0 while the high one is not reached. */
export function bytesToFree({ capacityBytes, availableBytes }: DiskPoint): number {
  const counted = Math.min(capacityBytes, LARGE_DISK_BYTES);
  return availableBytes > counted * HIGH_LEFT ? 0 : Math.max(0, Math.ceil(counted * LOW_LEFT - availableBytes));
}

/**
 * The images that may go, the one whose last use is longest ago first ("the kubelet deletes images in order based on
 * the last time they were used, starting with the oldest first"). A Docker box is not Berth's alone: an image is only
 * touched when Berth pulled it, and nobody has given it a name beside those that Berth pulled it by. Nor is one that
 * was found on the box already.
 */
export function computeImageCollection(snapshot: ImageCollectionSnapshot): readonly StoredImage[] {
  const { images, own, inUse, monotonicMs } = snapshot;
  const byId = new Map(own.map((image) => [image.id, image]));
  return images
    .flatMap((image) => {
      const known = byId.get(image.id);
      if (known === undefined || !image.names.every((name) => known.names.includes(name))) return [];
      if (inUse.has(image.id) || known.names.some((name) => inUse.has(name))) return [];
      if (monotonicMs - known.detectedAtMs < MINIMUM_AGE_MS) return [];
      return [{ image, lastUsedAtMs: known.lastUsedAtMs ?? Number.NEGATIVE_INFINITY, known }];
    })
    .sort(
      (a, b) =>
        compareNumbers(a.lastUsedAtMs, b.lastUsedAtMs) ||
        a.known.detectedAtMs - b.known.detectedAtMs ||
        compareText(a.image.id, b.image.id),
    )
    .map(({ image }) => image);
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
