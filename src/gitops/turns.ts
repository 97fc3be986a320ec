import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';

/** Runs work that is cut into steps, and lets everybody else have a turn whenever it has taken long. */
export class Turns {
  readonly #clock: Clock;
  #endMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + LIMITS.turnMs;
  }

  async run<T>(steps: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (this.#clock.monotonicMs() < this.#endMs) continue;
      await yieldTurn(this.#clock);
      this.#endMs = this.#clock.monotonicMs() + LIMITS.turnMs;
    }
  }
}
