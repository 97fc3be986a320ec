import type { Client } from '../../api/client.ts';
import type { DiskPoint, MachineUsage } from '../../host/machine-usage.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { isPodGoingOn, setCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { runningContainers } from '../observed-pod.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { computeEviction, computeOnDisk, type Eviction, isCritical, type MeasuredPod } from './compute-eviction.ts';
import {
  computePressure,
  type LastMet,
  type MetThreshold,
  type Pressure,
  type PressureType,
} from './compute-pressure.ts';
import { computeStorageLimitEviction, hasStorageLimit } from './compute-storage-limits.ts';
import type { PodMeter } from './pod-meter.ts';

/** "The kubelet evaluates eviction thresholds based on its configured housekeeping-interval, which defaults to 10s." */
const CHECK_MS = 10_000;
/** What pods with a limit have on disk is walked over less often: "volumeStatsAggPeriod: 1m". */
const LIMITS_MS = 60_000;
/** "podCleanupTimeout": the next pod is chosen once the last one is gone, or after this long. */
const CLEANUP_MS = 30_000;

/** `unknown` before the first look, `undefined` where the machine does not tell. */
export type PressureState = boolean | 'unknown' | undefined;

export interface EvictionManagerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: PodMeter;
  readonly cache: Pick<RuntimeCache, 'pod'>;
  readonly machine: MachineUsage;
  /** The paths whose disks count; of the engine's only where it is on this machine, and has answered. */
  readonly disks: () => { readonly nodefs: string; readonly imagefs: string | undefined };
  readonly memoryCapacityBytes: () => number;
  readonly nodeName: string;
  /** Takes off the disk what nobody needs: unused images, what is left of ended pods. Never rejects. */
  readonly reclaimDisk: () => Promise<void>;
  /** What the node says of itself has changed. */
  readonly onChange: () => void;
}

/**
 * Ends pods before the machine runs out of memory or disk, one after the other, and those that have more on disk than
 * their limits allow. The machine is looked at every ten seconds; pods are measured only when there is too little of
 * something, or when they set a limit.
 */
export class EvictionManager {
  readonly #options: EvictionManagerOptions;
  #timer: Timer | undefined;
  #limitTimer: Timer | undefined;
  #lastMetAtMs: LastMet = {};
  #pressure: Readonly<Record<PressureType, PressureState>> = { MemoryPressure: 'unknown', DiskPressure: 'unknown' };
  #nodefs: DiskPoint | undefined;
  /** Whether the engine has a disk of its own. */
  #hasImageDisk = false;
  /** The pod that was evicted last, and until when its end is waited for; monotonic. */
  #last: { readonly uid: string; readonly untilMs: number } | undefined;
  #isStopped = false;

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
  }

  get pressure(): Readonly<Record<PressureType, PressureState>> {
    return this.#pressure;
  }

  /**
   * What the disk of pods can hold, in bytes; `undefined` before the first look and where the machine does not tell.
   */
  get diskCapacityBytes(): number | undefined {
    return this.#nodefs?.capacityBytes;
  }

  start(): void {
    void this.#check();
    this.#limitTimer = this.#options.clock.setTimer(LIMITS_MS, () => void this.#checkLimits());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#limitTimer?.cancel();
  }

  async #check(): Promise<void> {
    try {
      await this.#act(await this.#look());
    } catch (error) {
      this.#options.logger.warn('the look at what the machine has left failed', { error: messageOf(error) });
    }
    if (!this.#isStopped) this.#timer = this.#options.clock.setTimer(CHECK_MS, () => void this.#check());
  }

  /** Reads the machine and tells the node's object what follows. */
  async #look(): Promise<Pressure> {
    const { machine, clock, memoryCapacityBytes, onChange } = this.#options;
    const { nodefs, imagefs } = this.#options.disks();
    const [memory, node, image] = await Promise.all([
      machine.read(),
      machine.readDisk(nodefs),
      imagefs === undefined ? undefined : machine.readDisk(imagefs),
    ]);
    const state = {
      memory: memory && { availableBytes: memory.memoryAvailableBytes, capacityBytes: memoryCapacityBytes() },
      nodefs: node,
      imagefs: image,
    };
    const pressure = computePressure(state, this.#lastMetAtMs, clock.monotonicMs());
    if (this.#isStopped) return pressure;
    const before = { ...this.#pressure, capacity: this.diskCapacityBytes };
    this.#lastMetAtMs = pressure.lastMetAtMs;
    this.#pressure = pressure.isUnder;
    this.#nodefs = node;
    this.#hasImageDisk = node !== undefined && image !== undefined && node.device !== image.device;
    const { MemoryPressure, DiskPressure } = pressure.isUnder;
    const isSame = before.MemoryPressure === MemoryPressure && before.DiskPressure === DiskPressure;
    if (!isSame || before.capacity !== this.diskCapacityBytes) onChange();
    return pressure;
  }

  /**
   * "The kubelet tries to reclaim node-level resources before it evicts end-user pods"; what is left of the shortage
   * after that costs a pod.
   */
  async #act({ met: [first] }: Pressure): Promise<void> {
    if (first === undefined || this.#isStopped) return;
    let threshold: MetThreshold | undefined = first;
    if (first.resource !== 'memory' && computeOnDisk(first.signal, this.#hasImageDisk).containers) {
      await this.#options.reclaimDisk();
      if (this.#isStopped) return;
      [threshold] = (await this.#look()).met;
    }
    if (threshold === undefined || this.#isStopped || this.#isCleaningUp()) return;
    const { resource } = threshold;
    const short = threshold;
    // To measure costs a walk over files: those that are never evicted are left alone.
    const pods = this.#activePods().filter((pod) => !isCritical(pod));
    const measured = await Promise.all(pods.map((pod) => this.#options.meter.measure(pod, resource)));
    if (this.#isStopped) return;
    const eviction = computeEviction(
      threshold,
      measured.flatMap((pod) => (pod === undefined ? [] : this.#countShort(pod, short))),
    );
    if (eviction !== undefined) this.#evict(eviction);
  }

  /** What counts of a pod's use: of a disk only what lies on it. */
  #countShort(pod: MeasuredPod, { signal, resource }: MetThreshold): MeasuredPod {
    if (resource === 'memory') return pod;
    const { containers, volumes } = computeOnDisk(signal, this.#hasImageDisk);
    return { ...pod, used: containers ? pod.used : new Map(), usedByVolumes: volumes ? pod.usedByVolumes : 0 };
  }

  async #checkLimits(): Promise<void> {
    const { meter, clock, logger } = this.#options;
    try {
      for (const pod of this.#activePods().filter(hasStorageLimit)) {
        if (this.#isStopped) return;
        if (isCritical(pod)) continue;
        const message = computeStorageLimitEviction(pod, await meter.stored(pod));
        if (message !== undefined && !this.#isStopped) this.#evict({ pod, message });
      }
    } catch (error) {
      logger.warn('the look at what pods have on disk failed', { error: messageOf(error) });
    }
    if (!this.#isStopped) this.#limitTimer = clock.setTimer(LIMITS_MS, () => void this.#checkLimits());
  }

  #activePods(): readonly Pod[] {
    const { client, nodeName } = this.#options;
    return client.list('Pod', { fieldSelector: `spec.nodeName=${nodeName}` }).filter(isPodGoingOn);
  }

  #isCleaningUp(): boolean {
    const last = this.#last;
    if (last === undefined || last.untilMs <= this.#options.clock.monotonicMs()) return false;
    return runningContainers(this.#options.cache.pod(last.uid)).length > 0;
  }

  /**
   * Writes down why the pod has to go; its worker stops what runs of it, and then calls it failed. Who owns it makes
   * another.
   */
  #evict({ pod, message }: Eviction): void {
    const { client, clock } = this.#options;
    const { namespace = '', name, uid } = pod.metadata;
    const current: Pod | undefined = client.get('Pod', { namespace, name });
    if (current?.metadata.uid !== uid || !isPodGoingOn(current)) return;
    this.#last = { uid, untilMs: clock.monotonicMs() + CLEANUP_MS };
    client.transaction(() => {
      const condition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message } as const;
      const conditions = [...setCondition(current.status?.conditions, condition, clock.wallMs())];
      const status = { ...current.status, reason: 'Evicted', message, conditions };
      client.updateStatus({ ...current, status });
      client.recordEvent({ regarding: current, component: 'kubelet', type: 'Warning', reason: 'Evicted', message });
    });
  }
}
