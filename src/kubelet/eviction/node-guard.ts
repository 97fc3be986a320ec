import type { Client } from '../../api/client.ts';
import type { MachineUsage } from '../../host/machine-usage.ts';
import type { VolumeFiles } from '../../host/volume-files.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EngineInfo, Runtime } from '../../runtime/runtime.ts';
import { isTerminalPhase } from '../compute-phase.ts';
import { ImageCollector } from '../images/image-collector.ts';
import type { OwnImages } from '../images/own-images.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { PODS_FOLDER } from '../volumes/pod-volumes.ts';
import { EvictionManager } from './eviction-manager.ts';
import { PodMeter } from './pod-meter.ts';

export interface NodeGuardOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: Runtime;
  readonly cache: RuntimeCache;
  readonly volumeFiles: VolumeFiles;
  readonly machine: MachineUsage;
  readonly ownImages: OwnImages;
  readonly nodeName: string;
  /** What the engine said of itself last. */
  readonly engine: () => EngineInfo | undefined;
  readonly isEngineUp: () => boolean;
  /** Images were removed from the box. */
  readonly onImagesRemoved: () => void;
  /** What the node says of itself has changed. */
  readonly onChange: () => void;
}

/** Keeps the machine from running out of what pods use: collects images, and evicts where that is not enough. */
export class NodeGuard {
  readonly #options: NodeGuardOptions;
  readonly #images: ImageCollector;
  readonly #evictions: EvictionManager;

  constructor(options: NodeGuardOptions) {
    this.#options = options;
    const { machine, engine, ownImages: own, onImagesRemoved: onRemoved, volumeFiles } = options;
    this.#images = new ImageCollector({ ...options, own, onRemoved, readDisk: async () => this.#readImageDisk() });
    const podsFolder = volumeFiles.hostPath({ area: 'disk', path: PODS_FOLDER });
    const nodefs = podsFolder.slice(0, -PODS_FOLDER.length - 1);
    this.#evictions = new EvictionManager({
      ...options,
      machine,
      meter: new PodMeter(options),
      disks: () => ({ nodefs, imagefs: engine()?.rootDirectory }),
      memoryCapacityBytes: () => engine()?.memoryBytes ?? Number.POSITIVE_INFINITY,
      reclaimDisk: () => this.#reclaimDisk(),
    });
  }

  get pressure(): EvictionManager['pressure'] {
    return this.#evictions.pressure;
  }

  get diskBytes(): number | undefined {
    return this.#evictions.diskCapacityBytes;
  }

  start(): void {
    this.#evictions.start();
    this.#images.start();
  }

  stop(): void {
    this.#evictions.stop();
    this.#images.stop();
  }

  async #readImageDisk() {
    const { machine, engine } = this.#options;
    const root = engine()?.rootDirectory;
    return root === undefined ? undefined : machine.readDisk(root);
  }

  /** "deletes dead pods and their containers, deletes unused images" (Node-pressure Eviction). */
  async #reclaimDisk(): Promise<void> {
    await this.#removeEnded();
    await this.#images.collectAll();
  }

  /** Of a pod that has ended only its logs are left: its object keeps what became of it. */
  async #removeEnded(): Promise<void> {
    const { client, runtime, cache, logger, nodeName, isEngineUp } = this.#options;
    const pods = client.list('Pod', { fieldSelector: `spec.nodeName=${nodeName}` });
    try {
      for (const { metadata, status } of pods) {
        if (!isEngineUp()) return;
        if (!isTerminalPhase(status?.phase)) continue;
        const { containers } = cache.pod(metadata.uid);
        if (containers.some((container) => container.status === 'running')) continue;
        for (const { id } of containers) {
          await runtime.removeContainer(id);
          cache.dropContainer(metadata.uid, id);
        }
      }
    } catch (error) {
      logger.warn('containers of ended pods not removed', { error: messageOf(error) });
    }
  }
}
