import type { Clock, Timer } from '../lib/clock.ts';

/** The clock of one incarnation of Berth: once fenced, as a crash does it, none of its timers fires any more. */
export class FencedClock implements Clock {
  readonly #clock: Clock;
  #isFenced = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  fence(): void {
    this.#isFenced = true;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs, () => this.#fire(callback));
  }

  defer(callback: () => void): void {
    this.#clock.defer(() => this.#fire(callback));
  }

  #fire(callback: () => void): void {
    if (!this.#isFenced) callback();
  }
}
