import type { Clock, Timer } from '../../lib/clock.ts';

/** How often the event loop's lateness is looked at while a probe waits. */
const TICK_MS = 100;
/** A timer that is later than this means that nothing in the process got its turn meanwhile. */
const STALL_MS = 100;

/**
 * Notices when the whole process stood still while a probe was waiting: what did not come in time then says nothing
 * about the container. It ticks only while somebody waits.
 */
export class StallMeter {
  readonly #clock: Clock;
  #waiting = 0;
  #timer: Timer | undefined;
  #dueMs = 0;
  #lastStallMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call it when a wait begins; what it returns ends the wait and says whether the process stalled in between. */
  begin(): () => boolean {
    const startedAtMs = this.#clock.monotonicMs();
    this.#waiting++;
    if (this.#timer === undefined) this.#schedule();
    return () => {
      this.#waiting--;
      this.#look();
      if (this.#waiting === 0) {
        this.#timer?.cancel();
        this.#timer = undefined;
      }
      return this.#lastStallMs >= startedAtMs;
    };
  }

  #schedule(): void {
    this.#dueMs = this.#clock.monotonicMs() + TICK_MS;
    this.#timer = this.#clock.setTimer(TICK_MS, () => {
      this.#look();
      this.#schedule();
    });
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#dueMs > STALL_MS) this.#lastStallMs = nowMs;
  }
}
