import { REGISTRY_INDEXES, type Registry } from '../../api/index.ts';
import type { ResourceMetrics } from '../../api/metrics.ts';
import { Box, type BoxSettings, createBoxRegistry } from '../../box/index.ts';
import { NoCharts } from '../../host/sim/no-charts.ts';
import { SIM_STORAGE_DIRECTORY } from '../../host/sim/sim-volume-files.ts';
import { silentLogger } from '../../lib/logger.ts';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { noModelValidators } from '../../manifests/index.ts';
import { kindOf, parseQuantity, quantityValue, storagePrefixOf } from '../../objects/index.ts';
import type { Node, Pod, StoredObject } from '../../objects/types.ts';
import type { PodNetwork } from '../../runtime/runtime.ts';
import { DEFAULT_SIM_TIMINGS, type SimTimings } from '../../runtime/sim/sim-behaviour.ts';
import { createSimEngine, type SimEngine } from '../../runtime/sim/sim-engine.ts';
import { createMemoryStore, type Entry } from '../../store/index.ts';
import { Drain } from '../drain.ts';
import { createSimHostPorts } from '../sim-host-ports.ts';
import { adoptedPodOf, withSimulatedIds } from './adopt-pods.ts';
import type { ObservedDurations } from './observed-durations.ts';
import { heldImagesOf, imagesOfPod, PodBehaviour } from './pod-behaviour.ts';
import type { RehearsedRepository } from './rehearsed-commit.ts';

export interface RehearsalWorldOptions {
  /** What the store of the box holds; empty for a box that was never started. */
  readonly entries: readonly Entry[];
  readonly settings: BoxSettings;
  readonly repository: RehearsedRepository;
  readonly durations: ObservedDurations;
  /** Images that the registry does not have. */
  readonly missingImages: readonly string[];
  /** Images that the registry has. */
  readonly foundImages?: readonly string[];
  /**
   * Uids are drawn from it: another one than that of the world that the entries come from, where that was simulated,
   * too.
   */
  readonly seed?: number;
  /** Wall time at which the rehearsal begins. */
  readonly startWallMs: number;
}

/** What the load will be nobody knows: an autoscaler keeps its target within its bounds, and waits for figures. */
const UNKNOWN_LOAD: ResourceMetrics = { request: () => false, podMetrics: () => undefined };

/** A machine without bounds: what is not known must not make pods unschedulable. */
const UNKNOWN_CPUS = 1_000;
const UNKNOWN_MEMORY_BYTES = 2 ** 44;

const SEED = 1;

/** Every watch of a rehearsal hears of a commit at once, and nobody reads the past. */
const HISTORY = { historyEvents: 100, historyBytes: Number.POSITIVE_INFINITY };

/**
 * On a machine, work takes time, and what happens meanwhile is worked on together. On a virtual clock it takes none:
 * without this, ten pods that become ready within ten milliseconds would be ten turns of every controller that follows
 * them. Far below what a start or a probe takes.
 */
const PACE_MS = 20;

/** No luck in a rehearsal: every call of the engine takes as long as it usually does. */
const TIMINGS: SimTimings = Object.fromEntries(
  Object.entries({ ...DEFAULT_SIM_TIMINGS, pull: [0, 0] }).map(([name, [minMs, maxMs]]) => {
    const middleMs = Math.round(((minMs ?? 0) + (maxMs ?? 0)) / 2);
    return [name, [middleMs, middleMs]];
  }),
) as unknown as SimTimings;

/**
 * A box as it is live, on a virtual clock: the store's content with the real registry, controllers, scheduler, node
 * agent and loop over it, and an engine that runs what the pods' status says is running. Nothing is created anew to get
 * there.
 */
export class RehearsalWorld {
  readonly clock: VirtualClock;
  readonly engine: SimEngine;
  readonly registry: Registry;
  readonly box: Box;
  readonly behaviour: PodBehaviour;
  readonly #drain = new Drain();
  #firedTimers = 0;

  constructor(options: RehearsalWorldOptions) {
    const { entries, repository, durations, missingImages, foundImages = [], startWallMs } = options;
    const settings = withSimulatedStorage(options.settings);
    this.clock = new VirtualClock({ startWallMs });
    const root = new SeededRandom(options.seed ?? SEED);
    const { clock } = this;
    const pods = readPods(entries);
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, content: toContent(entries), limits: HISTORY });
    const random = root.fork();
    this.registry = createBoxRegistry({ store, clock, random, events: 'warnings', tracksStatus: false }, settings);
    const client = this.registry.client({ user: 'rehearsal', fieldManager: 'rehearsal' });
    this.behaviour = new PodBehaviour({ client, durations, livePods: pods, nowMs: startWallMs });
    const present = new Set(pods.flatMap(heldImagesOf));
    const missing = new Set([...missingImages, ...pods.flatMap(imagesOfPod).filter((image) => !present.has(image))]);
    for (const image of foundImages) missing.delete(image);
    this.engine = createSimEngine({
      clock,
      random: root.fork(),
      timings: TIMINGS,
      unknownImage: this.behaviour.image(false),
      images: Object.fromEntries([
        ...[...present].map((image) => [image, this.behaviour.image(true)] as const),
        ...[...missing].map((image) => [image, { pull: 'missing' }] as const),
      ]),
      faults: (call) => this.behaviour.delay(call),
      nodeIp: settings.node.ip,
      ...machineOf(readNode(entries, settings.node.name)),
    });
    const { clusterUid } = this.registry;
    const dns = { clusterServers: [], clusterDomain: settings.clusterDomain, host: settings.hostResolver };
    for (const pod of pods) {
      const adopted = pod.spec?.nodeName === settings.node.name ? adoptedPodOf(pod, dns) : undefined;
      if (adopted !== undefined) this.engine.adopt(clusterUid, adopted);
    }
    this.box = new Box(
      {
        clock,
        random,
        logger: silentLogger,
        store,
        registry: this.registry,
        runtime: this.engine.connect(clusterUid),
        source: repository,
        loader: repository,
        charts: new NoCharts(),
        validators: { validators: noModelValidators, load: async () => {} },
        nodeCredentials: async () => [],
        resourceMetrics: UNKNOWN_LOAD,
        controllerPaceMs: PACE_MS,
        ...createSimHostPorts({ clock, random: root.fork(), engine: this.engine }),
      },
      settings,
    );
    // Nobody reads what it would publish. It takes no wishes from now on.
    void this.box.publisher.stop();
  }

  /** Whether no controller has anything to do by now. */
  get areControllersIdle(): boolean {
    return this.box.manager.isIdle;
  }

  /** Timers that have fired: a measure of the work that was done. */
  get firedTimers(): number {
    return this.#firedTimers;
  }

  /** Starts all but the network, which no rollout waits for, and lets the first pass over the repository end. */
  async start(): Promise<void> {
    const { manager, scheduler, kubelet, reconciler } = this.box;
    manager.start();
    scheduler.start();
    await this.drive(kubelet.start().then(() => reconciler.start()));
  }

  /** Lets the loop take in what was pushed. */
  async sync(): Promise<void> {
    await this.drive(this.box.reconciler.sync());
  }

  /** Lets virtual time pass until a promise of this world has settled. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await this.#drain.next();
      if (!isSettled) this.#fire();
    }
    return settled;
  }

  /** Runs until `isDone` says so or nothing is due before `endMs` of monotonic time. */
  async runUntil(isDone: () => boolean, endMs: number): Promise<void> {
    for (;;) {
      await this.#drain.next();
      if (isDone()) return;
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) return;
      this.#fire();
    }
  }

  /** Lets the controllers' pace run out, so that what comes next is taken up at once. */
  async rest(): Promise<void> {
    const endMs = this.clock.monotonicMs() + PACE_MS;
    await this.runUntil(() => false, endMs);
    this.clock.moveTo(endMs);
  }

  async stop(): Promise<void> {
    const { reconciler, scheduler, manager } = this.box;
    await reconciler.stop();
    await this.box.kubelet.stop();
    scheduler.stop();
    manager.stop();
    this.registry.close();
  }

  #fire(): void {
    if (this.clock.fireNext()) this.#firedTimers++;
  }
}

/** Volumes that are made in a rehearsal lie in its own files. */
function withSimulatedStorage(settings: BoxSettings): BoxSettings {
  return { ...settings, policy: { ...settings.policy, storageDirectory: SIM_STORAGE_DIRECTORY } };
}

function toContent(entries: readonly Entry[]) {
  const isPod = isBelow(storagePrefixOf(kindOf('Pod')));
  const seeded = entries.map((entry) => {
    const { key, value, createRevision, modRevision } = entry;
    const held = isPod(entry) ? (withSimulatedIds(value as unknown as Pod) as unknown as Entry['value']) : value;
    return { key, value: held, createRevision, modRevision };
  });
  const revision = seeded.reduce((newest, { modRevision }) => Math.max(newest, modRevision), 0);
  return { revision, entries: seeded };
}

function isBelow(prefix: string): (entry: Entry) => boolean {
  return ({ key }) => key.startsWith(prefix);
}

function readPods(entries: readonly Entry[]): readonly Pod[] {
  return entries.filter(isBelow(storagePrefixOf(kindOf('Pod')))).map(({ value }) => value as unknown as Pod);
}

function readNode(entries: readonly Entry[], name: string): Node | undefined {
  const nodes = entries
    .filter(isBelow(storagePrefixOf(kindOf('Node'))))
    .map(({ value }) => value as unknown as StoredObject);
  return nodes.find(({ metadata }) => metadata.name === name) as Node | undefined;
}

function machineOf(node: Node | undefined): {
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly network?: PodNetwork;
} {
  const { cpu, memory } = node?.status?.capacity ?? {};
  const cidr = node?.spec?.podCIDR;
  return {
    cpuCount: cpu === undefined ? UNKNOWN_CPUS : quantityValue(parseQuantity(cpu)),
    memoryBytes: memory === undefined ? UNKNOWN_MEMORY_BYTES : quantityValue(parseQuantity(memory)),
    ...(cidr === undefined ? {} : { network: { bridge: 'berth', cidr, gateway: cidr.replace(/\.\d+\/.*$/, '.1') } }),
  };
}
