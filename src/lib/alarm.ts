import type { Clock, Timer } from './clock.ts';

/** One call that is due at the earliest of the times that were asked for since the last one. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #pending: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #isClosed = false;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Milliseconds until the call; `undefined` while none was asked for. */
  get leftMs(): number | undefined {
    return this.#pending === undefined ? undefined : Math.max(0, this.#pending.dueMs - this.#clock.monotonicMs());
  }

  /** Asks for the call `delayMs` from now. A call that is due sooner stands for this one, too. */
  set(delayMs: number): void {
    if (this.#isClosed || (this.leftMs ?? Number.POSITIVE_INFINITY) <= delayMs) return;
    this.cancel();
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#pending = undefined;
      this.#onDue();
    });
    this.#pending = { timer, dueMs: this.#clock.monotonicMs() + delayMs };
  }

  cancel(): void {
    this.#pending?.timer.cancel();
    this.#pending = undefined;
  }

  /** Cancels, and takes no further wishes. */
  close(): void {
    this.#isClosed = true;
    this.cancel();
  }
}
