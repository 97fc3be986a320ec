import type { VolumeFiles } from '../../host/volume-files.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { Pod } from '../../objects/types.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { runningContainers, specOf } from '../observed-pod.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { volumePlace } from '../volumes/compute-volumes.ts';
import type { MeasuredPod } from './compute-eviction.ts';
import type { EvictionResource } from './compute-pressure.ts';
import type { StoredOfPod } from './compute-storage-limits.ts';

export interface PodMeterOptions {
  readonly runtime: Pick<Runtime, 'usage' | 'diskUsage'>;
  readonly cache: Pick<RuntimeCache, 'pod'>;
  readonly volumeFiles: Pick<VolumeFiles, 'usage'>;
}

/**
 * Measures what pods use, only when somebody asks. What cannot be read counts as nothing: it is not the one to blame.
 */
export class PodMeter {
  readonly #options: PodMeterOptions;
  readonly #reads = new Semaphore(LIMITS.parallelInspections);
  readonly #walks = new Semaphore(LIMITS.parallelWalks);

  constructor(options: PodMeterOptions) {
    this.#options = options;
  }

  /** What a pod uses of a resource; `undefined` for one of which nothing runs, and which has nothing to give back. */
  async measure(pod: Pod, resource: EvictionResource): Promise<MeasuredPod | undefined> {
    const { runtime, cache } = this.#options;
    const running = runningContainers(cache.pod(pod.metadata.uid));
    if (running.length === 0) return undefined;
    if (resource === 'memory') {
      const used = await Promise.all(
        running.map(async ({ id, name }) => {
          const usage = await this.#reads.run(() => runtime.usage(id)).catch(() => undefined);
          return [name, usage?.memoryWorkingSetBytes ?? 0] as const;
        }),
      );
      return { pod, used: new Map(used), usedByVolumes: 0 };
    }
    const volumes = await this.#emptyDirs(pod);
    const usedByVolumes = volumes.reduce((sum, { bytes, inodes }) => sum + (resource === 'inodes' ? inodes : bytes), 0);
    return { pod, used: resource === 'inodes' ? new Map() : await this.#containers(pod), usedByVolumes };
  }

  /** What a pod has on disk. */
  async stored(pod: Pod): Promise<StoredOfPod> {
    const emptyDirs = await this.#emptyDirs(pod);
    return {
      containers: await this.#containers(pod),
      emptyDirs: new Map(emptyDirs.map(({ name, bytes }) => [name, bytes])),
    };
  }

  async #containers(pod: Pod): Promise<ReadonlyMap<string, number>> {
    const { runtime, cache } = this.#options;
    const running = runningContainers(cache.pod(pod.metadata.uid));
    const used = await Promise.all(
      running.map(async ({ id, name }) => {
        const disk = await this.#walks.run(() => runtime.diskUsage(id)).catch(() => undefined);
        return [name, disk?.bytes ?? 0] as const;
      }),
    );
    return new Map(used);
  }

  async #emptyDirs(pod: Pod) {
    const { volumeFiles } = this.#options;
    const volumes = (specOf(pod).volumes ?? []).filter(
      ({ emptyDir }) => emptyDir !== undefined && emptyDir.medium !== 'Memory',
    );
    return Promise.all(
      volumes.map(async (volume) => {
        const place = volumePlace(pod.metadata.uid, volume);
        const used = await this.#walks.run(() => volumeFiles.usage(place)).catch(() => undefined);
        return { name: volume.name, bytes: used?.bytes ?? 0, inodes: used?.inodes ?? 0 };
      }),
    );
  }
}
