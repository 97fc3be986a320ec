import { REGISTRY_INDEXES, type Registry, stringifyObject } from '../api/index.ts';
import type { ResourceMetrics } from '../api/metrics.ts';
import { Box, type BoxSettings, createBoxRegistry } from '../box/index.ts';
import type { GitopsEvent } from '../gitops/index.ts';
import type { MachineUsage } from '../host/machine-usage.ts';
import { NoCharts } from '../host/sim/no-charts.ts';
import { simMachineUsage } from '../host/sim/sim-machine-usage.ts';
import type { Logger } from '../lib/logger.ts';
import type { SeededRandom } from '../lib/random.ts';
import { noModelValidators } from '../manifests/index.ts';
import type { SimCall } from '../runtime/sim/sim-behaviour.ts';
import type { SimConnection, SimEngine } from '../runtime/sim/sim-engine.ts';
import { MemorySource } from '../source/memory/memory-source.ts';
import type { CommitInfo } from '../source/source.ts';
import { openDiskStore, type Store, type StoreEvent } from '../store/index.ts';
import { FencedClock } from './fenced-clock.ts';
import type { Machine } from './machine.ts';
import { NodeAgent } from './nodes/node-agent.ts';
import type { SimNode } from './nodes/sim-node.ts';
import { createSimHostPorts } from './sim-host-ports.ts';
import { WORLD_SETTINGS } from './world-settings.ts';

/** Who looks on from outside: the checkers. Each call comes in the tick of what it tells of. */
export interface LifeWatcher {
  /** The store was opened, and nobody has written to it yet. */
  onOpen?(life: OpenLife): void;
  /** What one transaction changed, in memory. */
  onCommit?(events: readonly StoreEvent[], life: OpenLife): void;
  /** The text of a value on its way to the disk. */
  onStored?(value: unknown, text: string): void;
  onDurable?(events: readonly StoreEvent[], life: OpenLife): void;
  onEngineCall?(call: SimCall, life: Life, engine: SimEngine): void;
  /** The kernel is told of packet rules. */
  onPacketRules?(commands: string, life: Life): void;
  onGitops?(event: GitopsEvent, life: OpenLife): void;
  onLog?(line: string): void;
  onStatusCommit?(commit: CommitInfo, life: Life): void;
  onCrash?(life: Life): void;
}

/** An incarnation whose store is open. */
export interface OpenLife {
  readonly store: Store;
  readonly registry: Registry;
  readonly box: Box;
}

export interface LifeOptions {
  readonly machine: Machine;
  readonly random: SeededRandom;
  readonly watchers: readonly LifeWatcher[];
}

/** Small enough that the store closes segments and takes snapshots all the time. */
const STORE_LIMITS = { segmentBytes: 256 * 1024, logBytes: 1024 * 1024, historyEvents: 3_000 };

/**
 * One incarnation of Berth, from the opening of its store to its end. Fenced, none of its calls returns and none has an
 * effect.
 */
export class Life {
  readonly #options: LifeOptions;
  readonly #clock: FencedClock;
  readonly #source: MemorySource;
  /** Those of the watchers that are told of what happens most often. */
  readonly #logReaders: readonly LifeWatcher[];
  readonly #agents = new Map<string, NodeAgent>();
  #runtime: SimConnection | undefined;
  #open: OpenLife | undefined;
  #isFenced = false;
  stage: 'opening' | 'starting' | 'running' = 'opening';

  constructor(options: LifeOptions) {
    const { machine, watchers } = options;
    this.#options = options;
    this.#logReaders = watchers.filter(({ onLog }) => onLog !== undefined);
    this.#clock = new FencedClock(machine.clock);
    this.#source = new MemorySource({
      repository: machine.repository,
      branch: WORLD_SETTINGS.branch,
      clock: this.#clock,
      latencyMs: () => machine.board.sourceLatencyMs(),
      fault: (call) => machine.board.sourceCall(call),
    });
  }

  /** What can be reached once the store is open. */
  get open(): OpenLife | undefined {
    return this.#isFenced ? undefined : this.#open;
  }

  fence(): void {
    this.#isFenced = true;
    this.#clock.fence();
    this.#runtime?.disconnect();
    for (const name of [...this.#agents.keys()]) this.stopAgent(name);
    void this.#source.close();
  }

  /** Opens the store and starts the box; resolves when that is done. */
  async run(): Promise<void> {
    const { machine, watchers } = this.#options;
    const readers = watchers.filter(({ onStored }) => onStored !== undefined);
    const store = await openDiskStore({
      disk: machine.disk,
      clock: this.#clock,
      indexes: REGISTRY_INDEXES,
      stringify: (value) => {
        const text = stringifyObject(value);
        if (!this.#isFenced) for (const reader of readers) reader.onStored?.(value, text);
        return text;
      },
      limits: STORE_LIMITS,
      logger: this.#logger({}),
    });
    if (this.#isFenced) return;
    store.onFailure(() => {
      if (this.#isFenced) return;
      machine.tally.count('the store failed');
      machine.crash('kill', 'the store failed');
    });
    this.#watch(store);
    for (const visit of machine.visits.splice(0))
      visit({ store, clock: this.#clock, random: this.#options.random.fork() });
    const open = this.#build(store);
    this.stage = 'starting';
    for (const node of machine.nodes) this.startAgent(node);
    await open.box.start();
    this.stage = 'running';
    machine.tally.count('berth came up');
  }

  /** Starts the agent of a further node where there is something to talk to. */
  startAgent(node: SimNode): void {
    const { machine, random } = this.#options;
    const registry = this.open?.registry;
    if (registry === undefined || node === machine.box || !node.isMember || !node.isReachable) return;
    if (this.#agents.has(node.name)) return;
    const logger = this.#logger({ node: node.name });
    const { policy } = machine.configuration;
    const ports = { ...usageOf(node, machine), clock: this.#clock, random: random.fork(), logger };
    const agent = new NodeAgent({ node, registry, policy, ...ports });
    this.#agents.set(node.name, agent);
    void agent.start().catch((error: unknown) => machine.onEscaped(error, this));
  }

  stopAgent(nodeName: string): void {
    this.#agents.get(nodeName)?.fence();
    this.#agents.delete(nodeName);
  }

  #build(store: Store): OpenLife {
    const { machine, random } = this.#options;
    const clock = this.#clock;
    const settings: BoxSettings = { ...WORLD_SETTINGS, ...machine.configuration };
    const registry = createBoxRegistry({ store, clock, random }, settings);
    this.#runtime = machine.engine.connect(registry.clusterUid);
    const hostPorts = createSimHostPorts({
      clock,
      random: random.fork(),
      engine: machine.engine,
      entries: machine.box.volumeEntries,
      onApply: (commands) => {
        if (!this.#isFenced) for (const watcher of this.#options.watchers) watcher.onPacketRules?.(commands, this);
      },
    });
    machine.box.volumeFiles = hostPorts.volumeFiles;
    const box: Box = new Box(
      {
        clock,
        random,
        logger: this.#logger({}),
        store,
        registry,
        runtime: this.#runtime,
        source: this.#source,
        validators: { validators: noModelValidators, load: async () => {} },
        charts: new NoCharts(),
        nodeCredentials: async () => [],
        resourceMetrics: this.#metricsOfAllNodes(() => box),
        secretFiles: machine.secretDirectory.open(),
        ...usageOf(machine.box, machine),
        ...hostPorts,
      },
      settings,
    );
    box.onEvent((event) => {
      machine.trace.add(`${clock.monotonicMs()} gitops ${describeGitops(event)}`);
      for (const watcher of this.#options.watchers) watcher.onGitops?.(event, { store, registry, box });
    });
    this.#open = { store, registry, box };
    return this.#open;
  }

  /** As a metrics server has them: of the box's own node and of those that can be reached. */
  #metricsOfAllNodes(box: () => Box): ResourceMetrics {
    const all = () => [box().kubelet.metrics, ...[...this.#agents.values()].map(({ metrics }) => metrics)];
    return {
      request: () =>
        all()
          .map((one) => one.request())
          .includes(true),
      podMetrics: (podUid) => {
        for (const one of all()) {
          const found = one.podMetrics(podUid);
          if (found !== undefined) return found;
        }
        return undefined;
      },
    };
  }

  #watch(store: Store): void {
    const { machine, watchers } = this.#options;
    // Told before there is a registry: its own first writes are to be seen too.
    const open = { store } as OpenLife;
    for (const watcher of watchers) watcher.onOpen?.(open);
    const told = () => this.#open ?? open;
    const committed = watchers.filter(({ onCommit }) => onCommit !== undefined);
    const durable = watchers.filter(({ onDurable }) => onDurable !== undefined);
    store.watch({
      prefix: '',
      when: 'memory',
      onEvents: (events) => {
        if (this.#isFenced) return;
        for (const event of events) machine.trace.add(`store ${event.revision} ${event.type} ${keyOf(event)}`);
        for (const watcher of committed) watcher.onCommit?.(events, told());
        machine.board.noteCommit();
      },
    });
    store.watch({
      prefix: '',
      when: 'durable',
      onEvents: (events) => {
        if (!this.#isFenced) for (const watcher of durable) watcher.onDurable?.(events, told());
      },
    });
  }

  #logger(context: object): Logger {
    const write = (level: string) => (message: string, fields?: object) => {
      if (this.#isFenced) return;
      const line = `${level} ${message} ${JSON.stringify({ ...context, ...fields })}`;
      if (level !== 'debug') this.#options.machine.trace.add(`${this.#clock.monotonicMs()} log ${line}`);
      for (const reader of this.#logReaders) reader.onLog?.(line);
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => this.#logger({ ...context, ...fields }),
    };
  }
}

function usageOf(
  { engine, tellsOfDisk }: SimNode,
  { measuresMachines }: Machine,
): { readonly machineUsage?: MachineUsage } {
  if (!measuresMachines) return {};
  const usage = simMachineUsage(engine);
  return { machineUsage: tellsOfDisk ? usage : { ...usage, readDisk: async () => undefined } };
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

function describeGitops(event: GitopsEvent): string {
  if (event.type === 'verdict') {
    const { phase, reason, message } = event.verdict;
    return `verdict ${event.application} ${event.commit.slice(0, 7)} ${phase} ${reason}: ${message}`;
  }
  if (event.type === 'applied' || event.type === 'pruned' || event.type === 'drift') {
    const changes = event.changes.map(({ action, id }) => `${action} ${id.kind}/${id.namespace ?? ''}/${id.name}`);
    return `${event.type} ${event.application} ${changes.join(', ')}`;
  }
  return 'application' in event ? `${event.type} ${event.application}` : event.type;
}
