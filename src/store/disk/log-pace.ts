import type { Clock } from '../../lib/clock.ts';

/** How much a new measurement counts against those before it. */
const WEIGHT = 0.2;

/** Compares how long a turn of the process takes with how long the disk does, as moving averages. */
export class LogPace {
  readonly #clock: Clock;
  #turnMs = 0;
  #syncMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether the work of one turn takes longer than half a sync. Waiting for it to be over then costs more than sharing
   * a sync saves. A sync is seen to be over when a turn ends, so that the two come out alike where the work is slower.
   */
  get isWorkSlower(): boolean {
    return this.#turnMs > this.#syncMs / 2;
  }

  /** Call what it returns when the turn is over. */
  startTurn(): () => void {
    const startMs = this.#clock.monotonicMs();
    return () => {
      this.#turnMs += WEIGHT * (this.#clock.monotonicMs() - startMs - this.#turnMs);
    };
  }

  /** Call what it returns when the sync is over. */
  startSync(): () => void {
    const startMs = this.#clock.monotonicMs();
    return () => {
      this.#syncMs += WEIGHT * (this.#clock.monotonicMs() - startMs - this.#syncMs);
    };
  }
}
