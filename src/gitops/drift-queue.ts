import { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';

/** Drift is collected for a moment, so that a person's ten edits are one repair. */
const DEBOUNCE_MS = 500;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Keys of objects whose live state may differ from what was applied although their manifest did not change. What cannot
 * be put right stays here and is tried again with growing pauses: a namespace that is going takes nothing in until it
 * is gone. So does what is deleted again and again.
 */
export class DriftQueue {
  readonly #clock: Clock;
  /** When each is to be put right, in monotonic time. */
  readonly #dueMs = new Map<string, number>();
  readonly #alarm: Alarm;
  #failures = 0;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => {
      this.#awaitLater();
      onDue();
    });
  }

  has(key: string): boolean {
    return this.#dueMs.has(key);
  }

  keys(): readonly string[] {
    return [...this.#dueMs.keys()];
  }

  /** Those that are to be put right by now. */
  dueKeys(): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#dueMs].flatMap(([key, dueMs]) => (dueMs <= nowMs ? [key] : []));
  }

  /** Asks for one to be put right. A wish that is due sooner stands for this one, too. */
  note(key: string, delayMs = DEBOUNCE_MS): void {
    const dueMs = this.#clock.monotonicMs() + delayMs;
    this.#dueMs.set(key, Math.min(dueMs, this.#dueMs.get(key) ?? dueMs));
    this.#alarm.set(delayMs);
  }

  /** Says that these are about to be put right: what changes from now on is noted anew. */
  take(keys: Iterable<string>): void {
    for (const key of keys) this.#dueMs.delete(key);
  }

  /** Says which of those that were taken could not be put right. */
  settle(failed: readonly string[]): void {
    this.#failures = failed.length === 0 ? 0 : this.#failures + 1;
    if (failed.length === 0) return;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    for (const key of failed) this.note(key, delayMs);
  }

  #awaitLater(): void {
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#dueMs.values()) if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
    if (Number.isFinite(nextMs)) this.#alarm.set(nextMs - nowMs);
  }

  close(): void {
    this.#alarm.close();
  }
}
