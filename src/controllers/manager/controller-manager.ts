import { isApiError } from '../../api/api-error.ts';
import type { Client, WatchEvent } from '../../api/client.ts';
import { AssertionError, assert } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import { WorkQueue } from '../../lib/work-queue.ts';
import { SelectorError, STORED_KINDS } from '../../objects/index.ts';
import type { KindTypes, KnownKind, StoredObject } from '../../objects/types.ts';
import type { Controller, KindWatch } from '../controller.ts';
import { RefusedKeys } from './refused-keys.ts';

export interface ControllerManagerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly controllers: readonly Controller[];
  /**
   * The least time from one turn to the next, in which keys gather. Default 0: a turn begins when other work has had
   * its turn.
   */
  readonly paceMs?: number | undefined;
}

/** What one controller has done since the start. */
export interface ControllerCounters {
  readonly reconciles: number;
  /** Reconciles that threw or reported a failure. */
  readonly errors: number;
}

interface RunningController {
  readonly controller: Controller;
  readonly queue: WorkQueue;
  reconciles: number;
  errors: number;
}

/** Reconciles in one turn at most: in a world whose clock stands still meanwhile, the time alone would not end it. */
const TURN_RECONCILES = 2_000;

/**
 * Runs controllers: every change in the API puts the keys that it concerns into the queues of whoever listens, and the
 * queues are worked off in turns of at most `LIMITS.turnMs`, one key of each controller after the other. Without
 * changes and timers nothing runs at all.
 */
export class ControllerManager {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #running: readonly RunningController[];
  readonly #refused: RefusedKeys;
  readonly #paceMs: number;
  #unwatch: (() => void)[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';
  #isTurnPlanned = false;
  #lastTurnMs = Number.NEGATIVE_INFINITY;
  #next = 0;

  constructor(options: ControllerManagerOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#paceMs = options.paceMs ?? 0;
    this.#refused = new RefusedKeys(options.client);
    this.#running = options.controllers.map((controller) => {
      const queue = new WorkQueue({ clock: options.clock });
      queue.onReady(() => this.#planTurn());
      return { controller, queue, reconciles: 0, errors: 0 };
    });
  }

  /** Lists what is there, listens to what changes, and starts to work in a later macrotask. */
  start(): void {
    assert(this.#state === 'new', 'a controller manager is started once');
    this.#state = 'started';
    this.#unwatch.push(...this.#refused.watch());
    for (const running of this.#running) {
      running.controller.listen?.((key) => {
        if (this.#state === 'started') running.queue.add(key);
      });
      for (const watch of running.controller.watches) {
        if (watch.kind === '*') this.#listenToAll(running.queue, watch);
        else this.#listen(running.queue, watch.kind, watch);
      }
    }
  }

  /** Stops at once; a reconcile is never interrupted, as it is one tick. */
  stop(): void {
    this.#state = 'stopped';
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    for (const { queue } of this.#running) queue.clear();
  }

  /** Whether no key waits to be worked on now; delayed ones may. */
  get isIdle(): boolean {
    return this.#running.every(({ queue }) => queue.readyCount === 0);
  }

  /** By name of the controller. */
  counters(): ReadonlyMap<string, ControllerCounters> {
    return new Map(
      this.#running.map(({ controller, reconciles, errors }) => [controller.name, { reconciles, errors }]),
    );
  }

  #listenToAll(queue: WorkQueue, watch: KindWatch<StoredObject>): void {
    this.#unwatch.push(this.#client.watchAll((event) => enqueue(queue, watch, event)));
    for (const object of STORED_KINDS.flatMap((kind) => this.#client.listObjects(kind))) {
      for (const key of watch.keysOf(object, undefined, 'initial')) queue.add(key);
    }
  }

  #listen<K extends KnownKind>(queue: WorkQueue, kind: K, watch: KindWatch<KindTypes[K]>): void {
    this.#unwatch.push(this.#client.watch(kind, (event) => enqueue(queue, watch, event)));
    for (const object of this.#client.list(kind)) {
      for (const key of watch.keysOf(object, undefined, 'initial')) queue.add(key);
    }
  }

  #planTurn(): void {
    if (this.#isTurnPlanned || this.#state !== 'started') return;
    this.#isTurnPlanned = true;
    const waitMs = this.#lastTurnMs + this.#paceMs - this.#clock.monotonicMs();
    if (waitMs > 0) this.#clock.setTimer(waitMs, () => this.#takeTurn());
    else this.#clock.defer(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#lastTurnMs = this.#clock.monotonicMs();
    const endMs = this.#lastTurnMs + LIMITS.turnMs;
    for (let count = 0; count < TURN_RECONCILES && this.#state === 'started'; count++) {
      if (!this.#reconcileNext()) break;
      if (this.#clock.monotonicMs() >= endMs) break;
    }
    this.#isTurnPlanned = false;
    if (!this.isIdle) this.#planTurn();
  }

  /** Works on one key of the next controller that has one; false when none has. */
  #reconcileNext(): boolean {
    for (let i = 0; i < this.#running.length; i++) {
      const running = this.#running[(this.#next + i) % this.#running.length];
      const key = running?.queue.take();
      if (running === undefined || key === undefined) continue;
      this.#next = (this.#next + i + 1) % this.#running.length;
      this.#reconcile(running, key);
      return true;
    }
    return false;
  }

  #reconcile(running: RunningController, key: string): void {
    const { controller, queue } = running;
    running.reconciles++;
    try {
      const result = this.#client.transaction(() => controller.reconcile(key));
      if (result.failure !== undefined) return this.#retry(running, key, result.failure);
      queue.forget(key);
      this.#refused.delete(queue, key);
      if (result.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      if (error instanceof SelectorError) this.#giveUp(running, key, error);
      else this.#retry(running, key, error);
    }
  }

  /** "This is a non-transient error, so don't retry" (stateful_set.go, sync): another version of Berth let it in. */
  #giveUp(running: RunningController, key: string, { message }: SelectorError): void {
    running.errors++;
    running.queue.forget(key);
    this.#refused.delete(running.queue, key);
    this.#logger.warn('reconcile refused', { controller: running.controller.name, object: key, error: message });
  }

  #retry(running: RunningController, key: string, error: unknown): void {
    running.errors++;
    const retryAfterMs = running.queue.addRateLimited(key);
    const fields = { controller: running.controller.name, object: key, error: messageOf(error), retryAfterMs };
    if (isApiError(error)) this.#refused.add(running.queue, key);
    if (isApiError(error) || error instanceof BerthError) this.#logger.warn('reconcile refused', fields);
    else this.#logger.error('reconcile failed', { ...fields, stack: error instanceof Error ? error.stack : undefined });
  }
}

function enqueue<T>(queue: WorkQueue, watch: KindWatch<T>, event: WatchEvent<T>): void {
  for (const key of watch.keysOf(event.object, event.previous, CHANGES[event.type])) queue.add(key);
}

const CHANGES = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;
