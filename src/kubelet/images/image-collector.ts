import type { Client } from '../../api/client.ts';
import type { DiskPoint } from '../../host/machine-usage.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { isPodActive } from '../../objects/index.ts';
import { normalizeImageName } from '../../runtime/image-reference.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { allContainers } from '../observed-pod.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { bytesToFree, computeImageCollection, type OwnImage } from './compute-image-collection.ts';
import type { OwnImages } from './own-images.ts';

/** "ImageGCPeriod": five minutes. */
const COLLECT_MS = 300_000;

export interface ImageCollectorOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: Pick<Runtime, 'listImages' | 'removeImage'>;
  readonly cache: Pick<RuntimeCache, 'podUids' | 'pod'>;
  readonly own: OwnImages;
  readonly nodeName: string;
  readonly isEngineUp: () => boolean;
  /** The disk that the engine's images lie on; `undefined` where that is not known. */
  readonly readDisk: () => Promise<DiskPoint | undefined>;
  /** These images are not on the box any more. */
  readonly onRemoved: () => void;
}

/**
 * Image garbage collection: takes images that Berth has pulled and no pod uses off a disk that fills up. Asks the
 * engine for its images only then; which go is decided by `computeImageCollection`.
 */
export class ImageCollector {
  readonly #options: ImageCollectorOptions;
  /** Monotonic times by image id, as far as this process has seen them. */
  readonly #detectedAtMs = new Map<string, number>();
  /** By id and by name. */
  readonly #lastUsedAtMs = new Map<string, number>();
  #timer: Timer | undefined;
  #isStopped = false;
  /** Whether this process has asked the engine which of its images are still there. */
  #hasForgotten = false;

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#detect().finally(() => this.#wait());
  }

  #wait(): void {
    if (!this.#isStopped) this.#timer = this.#options.clock.setTimer(COLLECT_MS, () => void this.#collectInTurn());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /**
   * Removes every image that may go ("DeleteUnusedImages"), because the disk is short. Returns how many bytes the
   * images had. Never rejects.
   */
  collectAll(): Promise<number> {
    return this.#collect(Number.POSITIVE_INFINITY);
  }

  async #collectInTurn(): Promise<void> {
    const disk = await this.#options.readDisk();
    const wanted = disk === undefined ? 0 : bytesToFree(disk);
    if (wanted > 0) {
      const freed = await this.#collect(wanted);
      if (freed < wanted) this.#reportShortfall(wanted, freed);
    } else await this.#detect();
    this.#wait();
  }

  /** Notes what there is and what is in use, so that it is known later what has not been used for long. */
  async #detect(): Promise<void> {
    const known = await this.#options.own.all();
    if (known.size === 0 || this.#isStopped) return;
    await this.#forgetRemoved();
    this.#noteUse();
    this.#describe(known);
  }

  /**
   * What somebody removed while Berth was down is not its own any more when it comes back: once, as an engine tells
   * nobody later what it did meanwhile.
   */
  async #forgetRemoved(): Promise<void> {
    const { runtime, own, logger, isEngineUp } = this.#options;
    if (this.#hasForgotten || !isEngineUp()) return;
    this.#hasForgotten = true;
    try {
      await own.keep(new Set((await runtime.listImages()).map(({ id }) => id)));
    } catch (error) {
      logger.warn('images that are gone not forgotten', { error: messageOf(error) });
    }
  }

  async #collect(wantedBytes: number): Promise<number> {
    const { runtime, own, logger, clock, isEngineUp, onRemoved } = this.#options;
    let freedBytes = 0;
    if (!isEngineUp() || this.#isStopped) return freedBytes;
    try {
      const known = await own.all();
      if (known.size === 0) return freedBytes;
      const listed = await runtime.listImages();
      const images = listed.map((image) => ({ ...image, names: image.names.map(normalizeImageName) }));
      const inUse = this.#noteUse();
      await own.keep(new Set(images.map(({ id }) => id)));
      const removable = computeImageCollection({
        images,
        own: this.#describe(known),
        inUse,
        monotonicMs: clock.monotonicMs(),
      });
      for (const { id, names, sizeBytes } of removable) {
        if (freedBytes >= wantedBytes || this.#isStopped) break;
        if (!(await runtime.removeImage(id, names))) continue;
        freedBytes += sizeBytes;
        logger.info('removed an unused image', { image: names.join(' ') || id, sizeBytes });
      }
    } catch (error) {
      logger.warn('images not collected', { error: messageOf(error) });
    }
    if (freedBytes > 0) onRemoved();
    return freedBytes;
  }

  #describe(known: ReadonlyMap<string, ReadonlySet<string>>): readonly OwnImage[] {
    const nowMs = this.#options.clock.monotonicMs();
    for (const id of [...this.#detectedAtMs.keys()]) if (!known.has(id)) this.#detectedAtMs.delete(id);
    const own = [...known].map(([id, names]) => {
      const detectedAtMs = this.#detectedAtMs.get(id) ?? nowMs;
      this.#detectedAtMs.set(id, detectedAtMs);
      const uses = [id, ...names].flatMap((key) => this.#lastUsedAtMs.get(key) ?? []);
      return { id, names: [...names], detectedAtMs, lastUsedAtMs: uses.length === 0 ? undefined : Math.max(...uses) };
    });
    const keys = new Set(own.flatMap(({ id, names }) => [id, ...names]));
    for (const key of [...this.#lastUsedAtMs.keys()]) if (!keys.has(key)) this.#lastUsedAtMs.delete(key);
    return own;
  }

  /** Notes which images are in use now, and returns their ids and names. */
  #noteUse(): ReadonlySet<string> {
    const { client, cache, clock, nodeName } = this.#options;
    const inUse = new Set<string>();
    for (const { image, imageId } of cache.podUids().flatMap((uid) => cache.pod(uid).containers)) {
      inUse.add(imageId).add(normalizeImageName(image));
    }
    // What a pod is about to start from must not go between the pull and the start.
    for (const pod of client.list('Pod', { fieldSelector: `spec.nodeName=${nodeName}` }).filter(isPodActive))
      for (const { image = '' } of allContainers(pod)) inUse.add(normalizeImageName(image));
    for (const key of inUse) this.#lastUsedAtMs.set(key, clock.monotonicMs());
    return inUse;
  }

  #reportShortfall(wantedBytes: number, freedBytes: number): void {
    if (this.#isStopped) return;
    const { client, nodeName: name } = this.#options;
    const regarding = client.get('Node', { name });
    if (regarding === undefined) return;
    const message = `Failed to garbage collect required amount of images. Attempted to free ${wantedBytes} bytes, but only found ${freedBytes} bytes eligible to free.`;
    const event = { type: 'Warning', reason: 'FreeDiskSpaceFailed', component: 'kubelet' } as const;
    client.recordEvent({ regarding, ...event, message });
  }
}
