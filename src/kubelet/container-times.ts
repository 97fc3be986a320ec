import type { Clock } from '../lib/clock.ts';
import type { ContainerState } from '../runtime/runtime.ts';

/** An instant of both clocks. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * The monotonic time of an instant that an engine's clock has written down. That clock may have been put back or ahead
 * since, and may be another machine's: it was no later than now, else a pod waited until the clock has caught up, and
 * not before something that this process knows to have been earlier (`earliestMs`).
 */
export function monotonicTimeOf(instantMs: number, now: Now, earliestMs = Number.NEGATIVE_INFINITY): number {
  const agoMs = Math.max(0, now.wallMs - instantMs);
  return Math.max(earliestMs, now.monotonicMs - agoMs);
}

/**
 * When the containers of one pod started and ended, in monotonic time. Each is taken down when this process first sees
 * it, so that a clock that jumps later makes nothing wait longer or shorter.
 */
export class ContainerTimes {
  readonly #clock: Clock;
  /** Of those that this process has started. */
  readonly #ownStarts = new Set<string>();
  readonly #startedAtMs = new Map<string, number>();
  readonly #endedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By container id. */
  get startedAtMs(): ReadonlyMap<string, number> {
    return this.#startedAtMs;
  }

  /** By container id. */
  get endedAtMs(): ReadonlyMap<string, number> {
    return this.#endedAtMs;
  }

  /** Whether this process has started the container. */
  hasStarted(id: string): boolean {
    return this.#ownStarts.has(id);
  }

  /** This process starts it now. */
  noteStart(id: string): void {
    this.#ownStarts.add(id);
    this.#startedAtMs.set(id, this.#clock.monotonicMs());
  }

  /** Takes in what the engine has of the pod, and forgets what it has no longer. */
  observe(containers: readonly ContainerState[]): void {
    const present = new Set(containers.map(({ id }) => id));
    for (const times of [this.#ownStarts, this.#startedAtMs, this.#endedAtMs])
      for (const id of [...times.keys()]) if (!present.has(id)) times.delete(id);
    const now: Now = { wallMs: this.#clock.wallMs(), monotonicMs: this.#clock.monotonicMs() };
    for (const { id, status, createdAtMs, startedAtMs, finishedAtMs } of containers) {
      if (status === 'created') continue;
      const started = this.#startedAtMs.get(id);
      if (started === undefined) this.#startedAtMs.set(id, monotonicTimeOf(startedAtMs ?? createdAtMs, now));
      if (status === 'running') this.#endedAtMs.delete(id);
      else if (!this.#endedAtMs.has(id))
        this.#endedAtMs.set(id, monotonicTimeOf(finishedAtMs ?? createdAtMs, now, this.#startedAtMs.get(id)));
    }
  }
}
