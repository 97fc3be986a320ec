import type { ContainerMetrics, NodeAgentMetrics, NodeMetrics, PodMetrics } from '../../api/metrics.ts';
import type { MachineUsage } from '../../host/machine-usage.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { ContainerState, ContainerUsage, Runtime } from '../../runtime/runtime.ts';
import type { RuntimeCache } from '../runtime-cache.ts';

/** How often containers are measured while somebody asks: "--metric-resolution" of metrics-server, 15 s by default. */
const RESOLUTION_MS = 15_000;
/** The first window is shorter, so that whoever asks every 15 s has figures at the second question. */
const FIRST_WINDOW_MS = 10_000;
/** How long measuring goes on after the last question. */
const INTEREST_MS = 60_000;
/**
 * "A container that has just started is measured from its start, once it has run for 10 s"
 * (freshContainerMinMetricsResolution).
 */
const MIN_FRESH_WINDOW_MS = 10_000;

/** Which containers there are. */
type MeasuredContainers = Pick<RuntimeCache, 'pod' | 'podUids'>;

/** What one container, or the machine, had used at a moment. */
interface UsagePoint extends ContainerUsage {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The two newest points of a container. */
interface ContainerPoints {
  readonly before: UsagePoint | undefined;
  readonly last: UsagePoint;
}

/**
 * Measures the containers of this node, as metrics-server does it of a cluster: the use of processors is the growth of
 * their time between two points, memory the working set at the last one. Nothing is measured while nobody asks.
 *
 * Invariant: `#points` holds only containers that ran at the last round.
 */
export class PodSampler implements NodeAgentMetrics {
  readonly #runtime: Pick<Runtime, 'usage'>;
  readonly #clock: Clock;
  readonly #cache: MeasuredContainers;
  readonly #nodeName: string;
  readonly #machine: Pick<MachineUsage, 'read'> | undefined;
  readonly #reads = new Semaphore(LIMITS.parallelInspections);
  #points = new Map<string, ContainerPoints>();
  #machinePoints: Partial<ContainerPoints> = {};
  #askedMs = Number.NEGATIVE_INFINITY;
  #rounds = 0;
  #timer: Timer | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(options: {
    readonly runtime: Pick<Runtime, 'usage'>;
    readonly clock: Clock;
    readonly cache: MeasuredContainers;
    readonly nodeName: string;
    /** Left out: the node uses what its containers use. */
    readonly machine?: Pick<MachineUsage, 'read'> | undefined;
  }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#cache = options.cache;
    this.#nodeName = options.nodeName;
    this.#machine = options.machine;
  }

  request(): boolean {
    this.#askedMs = this.#clock.monotonicMs();
    if (!this.#isRunning && !this.#isStopped) {
      this.#isRunning = true;
      void this.#round();
    }
    return this.#rounds >= 2;
  }

  podMetrics(podUid: string): PodMetrics | undefined {
    const running = this.#cache.pod(podUid).containers.filter(({ status }) => status === 'running');
    if (running.length === 0) return undefined;
    const measured = running.map((state) => measure(state, this.#points.get(state.id)));
    const known = measured.filter((one) => one !== undefined);
    // "A pod whose containers are not all known is left out": a part of it would look like too little.
    if (known.length < running.length) return undefined;
    return {
      timestampMs: Math.min(...known.map(({ wallMs }) => wallMs)),
      windowMs: Math.min(...known.map(({ windowMs }) => windowMs)),
      containers: known.map(({ metrics }) => metrics),
    };
  }

  nodeMetrics(nodeName: string): NodeMetrics | undefined {
    if (nodeName !== this.#nodeName || this.#rounds < 2) return undefined;
    if (this.#machine === undefined) return this.#sumOfPods();
    const { before, last } = this.#machinePoints;
    if (before === undefined || last === undefined) return undefined;
    const milliCpu = milliCpuBetween(before, last);
    if (milliCpu === undefined) return undefined;
    return {
      timestampMs: last.wallMs,
      windowMs: last.monotonicMs - before.monotonicMs,
      milliCpu,
      memoryBytes: last.memoryWorkingSetBytes,
    };
  }

  #sumOfPods(): NodeMetrics | undefined {
    const pods = this.#cache.podUids().flatMap((uid) => this.podMetrics(uid) ?? []);
    const containers = pods.flatMap((pod) => pod.containers);
    return {
      timestampMs: Math.min(...pods.map(({ timestampMs }) => timestampMs), this.#clock.wallMs()),
      windowMs: Math.min(...pods.map(({ windowMs }) => windowMs), RESOLUTION_MS),
      milliCpu: containers.reduce((sum, { milliCpu }) => sum + milliCpu, 0),
      memoryBytes: containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const running = this.#cache
      .podUids()
      .flatMap((uid) => this.#cache.pod(uid).containers.filter(({ status }) => status === 'running'));
    const [read, machine] = await Promise.all([
      Promise.all(running.map(({ id }) => this.#reads.run(() => this.#readPoint(id)))),
      this.#machine?.read(),
    ]);
    if (this.#isStopped) return;
    const { last: before } = this.#machinePoints;
    this.#machinePoints = machine === undefined ? {} : { before, last: this.#pointOf(machine) };
    const points = new Map<string, ContainerPoints>();
    for (const [index, { id }] of running.entries()) {
      const last = read[index];
      const known = this.#points.get(id);
      if (last !== undefined) points.set(id, { before: known?.last, last });
      // An answer that is missing once leaves what was known, for one window.
      else if (known?.before !== undefined) points.set(id, { before: undefined, last: known.last });
    }
    this.#points = points;
    this.#rounds++;
    const windowMs = this.#rounds === 1 ? FIRST_WINDOW_MS : RESOLUTION_MS;
    this.#timer = this.#clock.setTimer(windowMs, () => this.#next());
  }

  #next(): void {
    if (this.#clock.monotonicMs() - this.#askedMs < INTEREST_MS) return void this.#round();
    this.#isRunning = false;
    this.#rounds = 0;
    this.#points = new Map();
    this.#machinePoints = {};
  }

  #pointOf(usage: ContainerUsage): UsagePoint {
    return { ...usage, wallMs: this.#clock.wallMs(), monotonicMs: this.#clock.monotonicMs() };
  }

  async #readPoint(id: string): Promise<UsagePoint | undefined> {
    try {
      const usage = await this.#runtime.usage(id);
      return usage && this.#pointOf(usage);
    } catch {
      // The engine does not answer: the pod has no figures in this window, which is what the autoscaler has to know.
      return undefined;
    }
  }
}

/** `undefined` where a counter went back, or no time has passed. */
function milliCpuBetween(before: UsagePoint, last: UsagePoint): number | undefined {
  const windowMs = last.monotonicMs - before.monotonicMs;
  const usedNanoseconds = last.cpuNanoseconds - before.cpuNanoseconds;
  return windowMs <= 0 || usedNanoseconds < 0 ? undefined : Math.round((usedNanoseconds / (windowMs * 1e6)) * 1000);
}

interface Measured {
  readonly wallMs: number;
  readonly windowMs: number;
  readonly metrics: ContainerMetrics;
}

function measure({ name, startedAtMs }: ContainerState, points: ContainerPoints | undefined): Measured | undefined {
  if (points === undefined) return undefined;
  const { before, last } = points;
  const sinceStartMs = last.wallMs - (startedAtMs ?? last.wallMs);
  const isFresh = before === undefined && sinceStartMs >= MIN_FRESH_WINDOW_MS && sinceStartMs <= RESOLUTION_MS * 2;
  if (before === undefined && !isFresh) return undefined;
  const windowMs = before === undefined ? sinceStartMs : last.monotonicMs - before.monotonicMs;
  const usedNanoseconds = last.cpuNanoseconds - (before?.cpuNanoseconds ?? 0);
  // A counter that went back belongs to a process that was started anew.
  if (windowMs <= 0 || usedNanoseconds < 0) return undefined;
  const milliCpu = Math.round((usedNanoseconds / (windowMs * 1e6)) * 1000);
  return {
    wallMs: last.wallMs,
    windowMs,
    metrics: { name, milliCpu, memoryBytes: last.memoryWorkingSetBytes },
  };
}
