import { REGISTRY_INDEXES, type Registry } from '../api/index.ts';
import { Box, type BoxPorts, type BoxSettings, createBoxRegistry } from '../box/index.ts';
import type { GitopsEvent } from '../gitops/index.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { simMachineUsage } from '../host/sim/sim-machine-usage.ts';
import { silentLogger } from '../lib/logger.ts';
import { type Random, SeededRandom } from '../lib/random.ts';
import { VirtualClock } from '../lib/virtual-clock.ts';
import { noModelValidators } from '../manifests/index.ts';
import { createSimEngine, type SimEngine, type SimEngineOptions } from '../runtime/sim/sim-engine.ts';
import { MemoryRepository } from '../source/memory/memory-repository.ts';
import { MemorySource } from '../source/memory/memory-source.ts';
import { createMemoryStore, type Store } from '../store/index.ts';
import { Drain } from './drain.ts';
import { createSimHostPorts } from './sim-host-ports.ts';
import { Trace } from './trace.ts';
import { WORLD_SETTINGS } from './world-settings.ts';

export interface SimulatedWorldOptions {
  readonly seed: number;
  readonly paths?: readonly string[];
  /** Where the box draws uids, names and choices from; left out, from the seed. */
  readonly random?: Random;
  /** Whether the node agent sees how much memory the machine has left; without it, it evicts nobody. */
  readonly measuresMachine?: boolean;
  readonly engine?: Pick<
    SimEngineOptions,
    'images' | 'unknownImage' | 'timings' | 'faults' | 'cpuCount' | 'memoryBytes'
  >;
}

/**
 * A whole box on a virtual clock: the real registry, controllers, scheduler, node agent and GitOps loop, over a store,
 * a repository and an engine that exist in memory. Everything that is random comes from the seed, so that equal seeds
 * have equal histories.
 */
export class SimulatedWorld {
  readonly clock = new VirtualClock();
  readonly repository = new MemoryRepository();
  readonly trace = new Trace();
  readonly engine: SimEngine;
  readonly store: Store;
  readonly registry: Registry;
  readonly box: Box;
  readonly events: GitopsEvent[] = [];
  /** Volumes' files by their paths on the host; `undefined` for a directory. */
  readonly volumeEntries = new Map<string, Uint8Array | undefined>();
  /** The modes of ConfigMaps' and Secrets' files by the same paths. */
  readonly volumeModes = new Map<string, number>();
  readonly #drain = new Drain();

  constructor(options: SimulatedWorldOptions) {
    const root = new SeededRandom(options.seed);
    const { clock, trace } = this;
    this.engine = createSimEngine({
      clock,
      random: root.fork(),
      ...options.engine,
      onTrace: (line) => trace.add(`engine ${line}`),
    });
    this.store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock });
    const settings: BoxSettings = { ...WORLD_SETTINGS, paths: options.paths ?? ['.'] };
    const random = options.random ?? root.fork();
    this.registry = createBoxRegistry({ store: this.store, clock, random }, settings);
    this.store.watch({
      prefix: '',
      when: 'memory',
      onEvents: (events) => {
        for (const event of events)
          trace.add(`store ${event.revision} ${event.type} ${event.type === 'put' ? event.entry.key : event.key}`);
      },
    });
    const ports: BoxPorts = {
      clock,
      random,
      logger: silentLogger,
      store: this.store,
      registry: this.registry,
      runtime: this.engine.connect(this.registry.clusterUid),
      source: new MemorySource({ repository: this.repository, branch: settings.branch, clock }),
      validators: { validators: noModelValidators, load: async () => {} },
      charts: new NoCharts(),
      nodeCredentials: async () => [],
      ...(options.measuresMachine === true ? { machineUsage: simMachineUsage(this.engine) } : {}),
      ...createSimHostPorts({
        clock,
        random: root.fork(),
        engine: this.engine,
        entries: this.volumeEntries,
        modes: this.volumeModes,
      }),
    };
    this.box = new Box(ports, settings);
    this.box.onEvent((event) => {
      this.events.push(event);
      trace.add(`gitops ${event.type}`);
    });
  }

  /** Commits these files, and nothing else, to the deployed branch. Returns the commit's id. */
  push(files: Readonly<Record<string, string>>, message = 'A change'): string {
    return this.repository.commit('main', new Map(Object.entries(files)), { message, atMs: this.clock.wallMs() }).id;
  }

  /** Starts the box and lets its first pass over the repository end. */
  async start(): Promise<void> {
    let isStarted = false;
    const starting = this.box.start().then(() => {
      isStarted = true;
    });
    while (!isStarted) {
      await this.#drain.next();
      if (!isStarted && !this.clock.fireNext()) await this.#drain.next();
    }
    await starting;
  }

  /** Lets virtual time pass, with everything that happens in it. Time in which nothing is due costs nothing. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + durationMs;
    for (;;) {
      await this.#drain.next();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.clock.fireNext();
    }
    this.clock.moveTo(endMs);
  }

  /** Runs until `isDone`, at most for `limitMs` of virtual time. Returns whether it came to that. */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.clock.monotonicMs() + limitMs;
    for (;;) {
      await this.#drain.next();
      if (isDone()) return true;
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) return false;
      this.clock.fireNext();
    }
  }

  phaseOf(application: string): string | undefined {
    return this.box.reconciler.applications.find((one) => one.application.name === application)?.verdict.phase;
  }
}
