import type { Clock, Timer } from '../../lib/clock.ts';
import type { ContainerSpec, ContainerState } from '../runtime.ts';
import type { SimProcess, SimSignal } from './sim-behaviour.ts';
import { SimLog } from './sim-log.ts';

export interface SimContainerOptions {
  readonly id: string;
  readonly clusterUid: string;
  readonly spec: ContainerSpec;
  readonly imageId: string;
  readonly stopSignal: SimSignal;
  readonly clock: Clock;
  /** Told once of each exit. */
  readonly onExit: (container: SimContainer) => void;
}

/** What a container had come to; wall times. Without an exit code it runs. */
export interface AdoptedContainerState {
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
}

/**
 * One simulated container and its process.
 *
 * Invariant: timers exist only while it runs; `#exitWaiters` is emptied at each exit.
 */
export class SimContainer {
  readonly id: string;
  readonly clusterUid: string;
  readonly spec: ContainerSpec;
  readonly log = new SimLog();
  readonly #options: SimContainerOptions;
  readonly #createdAtMs: number;
  readonly #timers: Timer[] = [];
  readonly #exitWaiters = new Set<() => void>();
  #process: SimProcess = {};
  #status: ContainerState['status'] = 'created';
  #startedAtMs: number | undefined;
  #startedMonotonicMs = 0;
  #exit: { readonly atMs: number; readonly code: number; readonly oomKilled: boolean } | undefined;
  #error: string | undefined;

  constructor(options: SimContainerOptions) {
    this.id = options.id;
    this.clusterUid = options.clusterUid;
    this.spec = options.spec;
    this.#options = options;
    this.#createdAtMs = options.clock.wallMs();
  }

  get isRunning(): boolean {
    return this.#status === 'running';
  }

  get exitCode(): number | undefined {
    return this.#exit?.code;
  }

  get process(): SimProcess {
    return this.#process;
  }

  /** Milliseconds since its start. */
  get uptimeMs(): number {
    return this.#options.clock.monotonicMs() - this.#startedMonotonicMs;
  }

  start(behaviour: SimProcess): void {
    const clock = this.#options.clock;
    this.#process = behaviour;
    this.#status = 'running';
    this.#startedAtMs = clock.wallMs();
    this.#startedMonotonicMs = clock.monotonicMs();
    this.#exit = undefined;
    this.#error = undefined;
    for (const line of behaviour.logs ?? []) {
      const write = () => this.log.append({ atMs: clock.wallMs(), stream: line.stream ?? 'stdout', text: line.text });
      if (line.atMs === 0) write();
      else this.#timers.push(clock.setTimer(line.atMs, write));
    }
    const exit = behaviour.exit;
    if (exit === undefined) return;
    const end = () => this.die(exit.code, exit.oomKilled ?? false);
    this.#timers.push(clock.setTimer(exit.afterMs, end));
  }

  /** Takes on what a container came to before this engine was there: it runs since then, or has ended. */
  adopt(state: AdoptedContainerState, behaviour: SimProcess): void {
    if (state.exitCode !== undefined) {
      this.#status = 'exited';
      this.#startedAtMs = state.startedAtMs;
      this.#exit = { atMs: state.finishedAtMs ?? state.startedAtMs, code: state.exitCode, oomKilled: false };
      return;
    }
    const { clock } = this.#options;
    this.start(behaviour);
    this.#startedAtMs = state.startedAtMs;
    this.#startedMonotonicMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - state.startedAtMs);
  }

  /** Notes that a start failed, as Docker keeps it: the container counts as never started. */
  failStart(error: string): void {
    this.#error = error;
  }

  /** Sends the stop signal, and kills after `graceMs`. */
  stop(heedMs: number, graceMs: number): void {
    if (!this.isRunning) return;
    const clock = this.#options.clock;
    const neededMs = this.#process.heedsStopAfterMs ?? heedMs;
    const { ignoresTerm = false, heedsSignal = 'TERM' } = this.#process;
    const heeds = !ignoresTerm && heedsSignal === this.#options.stopSignal && neededMs <= graceMs;
    const code = heeds ? (this.#process.termExitCode ?? 143) : 137;
    this.#timers.push(clock.setTimer(heeds ? neededMs : graceMs, () => this.die(code, false)));
  }

  die(code: number, oomKilled: boolean): void {
    if (!this.isRunning) return;
    this.#status = 'exited';
    this.#exit = { atMs: this.#options.clock.wallMs(), code, oomKilled };
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.log.endFollowers();
    this.#options.onExit(this);
    const waiters = [...this.#exitWaiters];
    this.#exitWaiters.clear();
    for (const waiter of waiters) waiter();
  }

  /** Calls back once it has exited, at once when it does not run. Returns what forgets the callback. */
  afterExit(callback: () => void): () => void {
    if (!this.isRunning) {
      callback();
      return () => {};
    }
    this.#exitWaiters.add(callback);
    return () => this.#exitWaiters.delete(callback);
  }

  isListening(port: number): boolean {
    if (!this.isRunning || this.uptimeMs < (this.#process.listensAfterMs ?? 0)) return false;
    return this.#process.ports === undefined || this.#process.ports.includes(port);
  }

  state(): ContainerState {
    const { spec } = this;
    const exit = this.#exit;
    return {
      id: this.id,
      pod: spec.pod,
      sandboxId: spec.sandboxId,
      name: spec.name,
      attempt: spec.attempt,
      image: spec.image,
      imageId: this.#options.imageId,
      specHash: spec.specHash,
      status: this.#status,
      createdAtMs: this.#createdAtMs,
      stopGraceMs: spec.stopGraceMs,
      ...(this.#startedAtMs === undefined ? {} : { startedAtMs: this.#startedAtMs }),
      ...(exit === undefined ? {} : { finishedAtMs: exit.atMs, exitCode: exit.code, oomKilled: exit.oomKilled }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }
}
