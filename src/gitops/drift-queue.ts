import { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';

/** Drift is collected for a moment, so that a person's ten edits are one repair. */
const DEBOUNCE_MS = 500;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Keys of objects whose live state may differ from what was applied although their manifest did not change. What cannot be put right stays here
 * and is tried again with growing pauses: a namespace that is going takes nothing in until it is gone.
 */
export class DriftQueue {
  readonly #keys = new Set<string>();
  readonly #alarm: Alarm;
  #failures = 0;

  constructor(clock: Clock, onDue: () => void) {
    this.#alarm = new Alarm(clock, onDue);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  keys(): readonly string[] {
    return [...this.#keys];
  }

  note(key: string): void {
    this.#keys.add(key);
    this.#alarm.set(DEBOUNCE_MS);
  }

  /** Says that these are about to be put right: what changes from now on is noted anew. */
  take(keys: Iterable<string>): void {
    for (const key of keys) this.#keys.delete(key);
  }

  /** Says which of those that were taken could not be put right. */
  settle(failed: readonly string[]): void {
    this.#failures = failed.length === 0 ? 0 : this.#failures + 1;
    if (failed.length === 0) return;
    for (const key of failed) this.#keys.add(key);
    this.#alarm.set(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1)));
  }

  close(): void {
    this.#alarm.close();
  }
}
