import { SimDisk } from '../host/sim/sim-disk.ts';
import { SimSecretDirectory } from '../host/sim/sim-secret-files.ts';
import { messageOf } from '../lib/errors.ts';
import { randomFraction, randomInteger, SeededRandom } from '../lib/random.ts';
import { VirtualClock } from '../lib/virtual-clock.ts';
import type { SimEngine } from '../runtime/sim/sim-engine.ts';
import { MemoryRepository } from '../source/memory/memory-repository.ts';
import { Drain, turnEventLoop } from './drain.ts';
import type { Visit } from './faults/another-berth.ts';
import { FaultBoard } from './faults/fault-board.ts';
import { Life, type LifeWatcher } from './life.ts';
import { SimNode } from './nodes/sim-node.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { USUAL_CONFIGURATION, WORLD_SETTINGS } from './world-settings.ts';

/** How long a supervisor waits before it starts a Berth that has ended. */
const RESTART_MS = [200, 15_000] as const;
/** Events at one virtual instant, after which the world counts as going round in circles. */
const INSTANT_EVENTS = 20_000;
const FURTHER_NODES = 2;
const RACK_NODES = 3;

/** Something that must always hold does not. */
export interface Violation {
  readonly checker: string;
  readonly message: string;
  readonly atMs: number;
}

/**
 * One machine that outlives Berth: its clock, engine, disk, volume files and the repository, with a supervisor that
 * starts Berth anew whenever it ended. Everything random comes from the seed.
 */
export class Machine {
  readonly clock = new VirtualClock();
  readonly repository = new MemoryRepository();
  readonly trace = new Trace();
  readonly tally = new Tally();
  /** The box that Berth runs on, and machines that may join it. */
  #nodes: readonly SimNode[];
  readonly box: SimNode;
  /** Draws for a rack alone, so that histories without one stay the same. */
  readonly #rackRandom: SeededRandom;
  readonly board: FaultBoard;
  readonly violations: Violation[] = [];
  readonly watchers: LifeWatcher[] = [];
  /** Who is to open the store before the next Berth does. */
  readonly visits: ((visit: Visit) => void)[] = [];
  /** Of the box. */
  readonly secretDirectory = new SimSecretDirectory();
  /** Read at each start of Berth. */
  configuration = USUAL_CONFIGURATION;
  /**
   * Whether the node agents see how much memory and disk their machines have left; without it, they evict nobody, and
   * look for nothing.
   */
  measuresMachines = false;
  /** Who acts in this tick: what a person does by hand is no deed of Berth. */
  actor: 'berth' | 'user' = 'berth';
  /** The incarnation that runs, or is coming up. */
  life: Life | undefined;
  disk: SimDisk;
  crashes = 0;
  readonly #random: SeededRandom;
  readonly #crashRandom: SeededRandom;
  readonly #drain = new Drain();
  #hasEnded = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#rackRandom = new SeededRandom(seed).fork();
    const { clock, trace } = this;
    this.board = new FaultBoard({
      clock,
      tally: this.tally,
      random: this.#random.fork(),
      onTrap: () => this.crash('kill', 'a trap'),
    });
    this.box = this.#createNode(0);
    const further = Array.from({ length: FURTHER_NODES }, (_, index) => this.#createNode(index + 1));
    this.#nodes = [this.box, ...further];
    for (const node of this.#nodes) node.isMember ||= randomFraction(this.#random) < 0.4;
    this.disk = new SimDisk(this.#diskOptions());
    this.#crashRandom = this.#random.fork();
    this.repository.onMove((branch) => {
      const tip = this.repository.tip(branch);
      trace.add(`git ${branch} ${tip?.id ?? 'gone'}`);
      if (branch !== WORLD_SETTINGS.statusBranch || tip === undefined || this.actor === 'user') return;
      for (const watcher of this.watchers) if (this.life !== undefined) watcher.onStatusCommit?.(tip, this.life);
    });
  }

  /** The engine of the box itself. */
  get engine(): SimEngine {
    return this.box.engine;
  }

  get nodes(): readonly SimNode[] {
    return this.#nodes;
  }

  get engines(): readonly SimEngine[] {
    return this.nodes.map(({ engine }) => engine);
  }

  /** Several more machines join at once, and are there from then on. */
  joinRack(): void {
    if (this.#nodes.length > 1 + FURTHER_NODES) return;
    const first = this.#nodes.length;
    const rack = Array.from({ length: RACK_NODES }, (_, index) => this.#createNode(first + index, this.#rackRandom));
    this.#nodes = [...this.#nodes, ...rack];
    for (const node of rack) {
      node.isMember = true;
      this.setReachable(node, true);
    }
  }

  /** Lets a further node be reached or not; one that cannot be reached runs on what it runs. */
  setReachable(node: SimNode, isReachable: boolean): void {
    node.isReachable = isReachable;
    this.trace.add(`${this.clock.monotonicMs()} ${node.name} is ${isReachable ? 'back' : 'lost'}`);
    if (isReachable) this.life?.startAgent(node);
    else this.life?.stopAgent(node.name);
  }

  /** Starts Berth. What goes wrong in it ends up in `violations`. */
  boot(): void {
    if (this.#hasEnded || this.life !== undefined) return;
    const life = new Life({ machine: this, random: this.#random.fork(), watchers: this.watchers });
    this.life = life;
    this.trace.add(`${this.clock.monotonicMs()} berth starts`);
    void life.run().catch((error: unknown) => this.onEscaped(error, life));
  }

  /**
   * Ends the running incarnation at this very moment, and lets the supervisor start the next one after a while. A loss
   * of power takes the containers along, and what the disk had not synced.
   */
  crash(kind: 'kill' | 'powerLoss', why: string): void {
    const { life } = this;
    if (life === undefined) return;
    this.crashes++;
    this.trace.add(`${this.clock.monotonicMs()} berth ends: ${kind} (${why})`);
    this.tally.count(`crash: ${kind}`);
    this.tally.count(`crash while ${life.stage}`);
    for (const watcher of this.watchers) watcher.onCrash?.(life);
    life.fence();
    this.life = undefined;
    this.disk = this.disk.crash(kind, this.#crashRandom, this.#diskOptions());
    if (kind === 'powerLoss') {
      for (const path of [...this.box.volumeEntries.keys()])
        if (path.startsWith('/memory/')) this.box.volumeEntries.delete(path);
      this.engine.setAvailable(false, { killContainers: true });
    }
    this.clock.setTimer(randomInteger(this.#crashRandom, ...RESTART_MS), () => {
      if (kind === 'powerLoss' && !this.board.isEngineDown) this.engine.setAvailable(true);
      this.boot();
    });
  }

  /** An error that nobody caught: what the live process dies of. */
  onEscaped(error: unknown, life: Life | undefined): void {
    const code = (error as { readonly code?: unknown } | null)?.code;
    // After a failed write "every call throws DiskFailed", and the process is on its way out.
    if (code === 'DiskFailed') {
      if (life !== undefined && life === this.life) this.crash('kill', 'the disk failed');
      return;
    }
    this.report('escaped errors', error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
  }

  report(checker: string, message: string): void {
    this.trace.add(`${this.clock.monotonicMs()} VIOLATION ${checker}: ${message}`);
    this.violations.push({ checker, message, atMs: this.clock.monotonicMs() });
  }

  /** Lets time pass until this moment, or until something does not hold. */
  async runTo(atMs: number): Promise<void> {
    let instantMs = this.clock.monotonicMs();
    for (let events = 0; this.violations.length === 0; events++) {
      // What a Berth that was killed leaves unhandled comes to light before the next one starts, and is not taken for
      // its doing.
      await (this.life === undefined ? turnEventLoop() : this.#drain.next());
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > atMs) break;
      if (dueMs > instantMs) {
        instantMs = dueMs;
        events = 0;
      } else if (events > INSTANT_EVENTS)
        return this.report('progress of time', `time stands still at ${instantMs} ms`);
      try {
        this.clock.fireNext();
      } catch (error) {
        this.onEscaped(error, this.life);
      }
      for (const { engine } of this.nodes)
        if (engine.hasDoubleRun) this.report('one container of a name', engine.counters.doubleRuns.join('; '));
    }
    this.clock.moveTo(atMs);
  }

  /** Ends the world: nothing starts any more. */
  end(): void {
    this.#hasEnded = true;
    this.life?.fence();
    this.life = undefined;
  }

  #createNode(index: number, random = this.#random): SimNode {
    const { clock, trace } = this;
    const node: SimNode = new SimNode({
      index,
      clock,
      random: random.fork(),
      faults: (call) => {
        if (this.life !== undefined)
          for (const watcher of this.watchers) watcher.onEngineCall?.(call, this.life, node.engine);
        return this.board.engineCall(call);
      },
      onTrace: (line) => trace.add(index === 0 ? `engine ${line}` : `engine of ${node.name} ${line}`),
    });
    return node;
  }

  #diskOptions() {
    return {
      clock: this.clock,
      onOperation: (operation: Parameters<FaultBoard['diskCall']>[0]) => this.board.diskCall(operation),
    };
  }
}
