import type { Clock, Timer } from './clock.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Delay after the first failure of a key; doubles with each further one. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/**
 * Keys that wait to be worked on, as client-go's rate-limited queue has them: a key is in it at most once however often
 * it is added, and comes back with an exponential delay after a failure.
 *
 * Invariant: a key is in `#ready` or in `#delayed`, never in both; `add` moves it to `#ready`.
 */
export class WorkQueue<K extends string = string> {
  readonly #clock: Clock;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #ready = new Set<K>();
  readonly #delayed = new Map<K, { readonly timer: Timer; readonly dueMs: number }>();
  readonly #failures = new Map<K, number>();
  #onReady: () => void = () => {};

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#baseDelayMs = options.baseDelayMs ?? 5;
    this.#maxDelayMs = options.maxDelayMs ?? 1_000_000;
  }

  /** Registers who is told when the queue goes from empty to ready. */
  onReady(callback: () => void): void {
    this.#onReady = callback;
  }

  /** Number of keys that can be taken now. */
  get readyCount(): number {
    return this.#ready.size;
  }

  /** Puts a key at the end unless it waits there already. */
  add(key: K): void {
    this.#cancelDelay(key);
    if (this.#ready.has(key)) return;
    this.#ready.add(key);
    if (this.#ready.size === 1) this.#onReady();
  }

  /** Adds the key after `delayMs`; an earlier due time that it has already wins. */
  addAfter(key: K, delayMs: number): void {
    if (delayMs <= 0) this.add(key);
    if (this.#ready.has(key)) return;
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.timer.cancel();
    const timer = this.#clock.setTimer(delayMs, () => this.add(key));
    this.#delayed.set(key, { timer, dueMs });
  }

  /** Adds the key after a delay that doubles with each failure since the last `forget`; returns that delay. */
  addRateLimited(key: K): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** Math.min(failures, 40));
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** Says that the key's last run went well: its next failure starts with the shortest delay again. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** Takes the key that waits longest, or `undefined` when none is ready. */
  take(): K | undefined {
    const next = this.#ready.values().next();
    if (next.done) return undefined;
    this.#ready.delete(next.value);
    return next.value;
  }

  /** Drops everything and cancels the timers. */
  clear(): void {
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#failures.clear();
  }

  #cancelDelay(key: K): void {
    const pending = this.#delayed.get(key);
    if (pending === undefined) return;
    pending.timer.cancel();
    this.#delayed.delete(key);
  }
}
