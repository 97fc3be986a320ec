import type { Client } from '../../api/client.ts';
import type { MachineUsage } from '../../host/machine-usage.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import { isPodActive, setCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { runningContainers } from '../observed-pod.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { computeEviction, type Eviction, isBelowThreshold, type MeasuredPod } from './compute-eviction.ts';

/** "The kubelet evaluates eviction thresholds based on its configured housekeeping-interval, which defaults to 10s." */
const CHECK_MS = 10_000;
/** "podCleanupTimeout": the next pod is chosen once the last one is gone, or after this long. */
const CLEANUP_MS = 30_000;
const PARALLEL_READS = 8;

export interface EvictionManagerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'usage'>;
  readonly cache: Pick<RuntimeCache, 'pod'>;
  readonly machine: MachineUsage;
  readonly nodeName: string;
  /** The node has come under pressure, or out of it. */
  readonly onPressure: () => void;
}

/**
 * Ends pods before the machine runs out of memory, one after the other. Reads the machine's memory every ten seconds; containers are measured
 * only when there is too little of it.
 */
export class EvictionManager {
  readonly #options: EvictionManagerOptions;
  readonly #reads = new Semaphore(PARALLEL_READS);
  #timer: Timer | undefined;
  #metAtMs: number | undefined;
  #hasMemoryPressure: boolean | 'unknown' | undefined = 'unknown';
  /** The pod that was evicted last, and until when its end is waited for; monotonic. */
  #last: { readonly uid: string; readonly untilMs: number } | undefined;
  #isStopped = false;

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
  }

  /** `unknown` before the first look, `undefined` where the machine does not tell. */
  get hasMemoryPressure(): boolean | 'unknown' | undefined {
    return this.#hasMemoryPressure;
  }

  start(): void {
    void this.#check();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #check(): Promise<void> {
    const { machine, clock } = this.#options;
    const usage = await machine.read();
    if (usage !== undefined) await this.#judge(usage.memoryAvailableBytes);
    else if (this.#hasMemoryPressure === 'unknown') this.#tell(undefined);
    if (!this.#isStopped) this.#timer = clock.setTimer(CHECK_MS, () => void this.#check());
  }

  async #judge(availableBytes: number): Promise<void> {
    const isToAct = isBelowThreshold(availableBytes) && !this.#isCleaningUp();
    const pods = isToAct ? await this.#measure() : [];
    if (this.#isStopped) return;
    const monotonicMs = this.#options.clock.monotonicMs();
    const actions = computeEviction({ availableBytes, metAtMs: this.#metAtMs, monotonicMs, pods });
    this.#metAtMs = actions.metAtMs;
    this.#tell(actions.isUnderPressure);
    if (actions.eviction !== undefined) this.#evict(actions.eviction);
  }

  #tell(hasMemoryPressure: boolean | undefined): void {
    if (this.#hasMemoryPressure === hasMemoryPressure) return;
    this.#hasMemoryPressure = hasMemoryPressure;
    this.#options.onPressure();
  }

  #isCleaningUp(): boolean {
    const last = this.#last;
    if (last === undefined || last.untilMs <= this.#options.clock.monotonicMs()) return false;
    return runningContainers(this.#options.cache.pod(last.uid)).length > 0;
  }

  async #measure(): Promise<readonly MeasuredPod[]> {
    const { client, cache, nodeName } = this.#options;
    const pods = client.list('Pod', { fieldSelector: `spec.nodeName=${nodeName}` }).filter(isPodActive);
    const measured = await Promise.all(
      pods.map(async (pod): Promise<MeasuredPod> => {
        const running = runningContainers(cache.pod(pod.metadata.uid));
        const used = await Promise.all(running.map(({ id }) => this.#reads.run(() => this.#read(id))));
        return { pod, memoryBytes: new Map(running.map(({ name }, index) => [name, used[index] ?? 0])) };
      }),
    );
    // What does not run gives no memory back.
    return measured.filter(({ memoryBytes }) => memoryBytes.size > 0);
  }

  async #read(containerId: string): Promise<number> {
    try {
      return (await this.#options.runtime.usage(containerId))?.memoryWorkingSetBytes ?? 0;
    } catch {
      // The engine does not answer for it: it is not the one to blame.
      return 0;
    }
  }

  /** "Failed, with the reason Evicted"; its worker stops what runs of it. Who owns it makes another. */
  #evict({ pod, message }: Eviction): void {
    const { client, clock } = this.#options;
    const { namespace = '', name, uid } = pod.metadata;
    const current: Pod | undefined = client.get('Pod', { namespace, name });
    if (current?.metadata.uid !== uid || !isPodActive(current)) return;
    this.#last = { uid, untilMs: clock.monotonicMs() + CLEANUP_MS };
    client.transaction(() => {
      const condition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message } as const;
      const conditions = [...setCondition(current.status?.conditions, condition, clock.wallMs())];
      const status = { ...current.status, phase: 'Failed', reason: 'Evicted', message, conditions };
      client.updateStatus({ ...current, status });
      client.recordEvent({ regarding: current, component: 'kubelet', type: 'Warning', reason: 'Evicted', message });
    });
  }
}
