import type { ApplicationPhase } from './application.ts';
import type { ApplicationContext } from './application-context.ts';
import { computeRollout, type RolloutOutcome } from './compute-rollout.ts';
import type { HealthSummary } from './health-tracker.ts';

export interface WatchedRollout {
  readonly summary: HealthSummary;
  readonly phase: ApplicationPhase;
  /** Monotonic. */
  readonly startedMs: number;
}

/** Remembers since when the objects of one application are not healthy, and concludes from that. */
export class RolloutWatch {
  readonly #context: ApplicationContext;
  #stuckSinceMs: number | undefined;
  #unhealthySinceMs: number | undefined;

  constructor(context: ApplicationContext) {
    this.#context = context;
  }

  /** What has just been applied gets its own time to get unstuck. */
  restart(): void {
    this.#stuckSinceMs = undefined;
  }

  conclude({ summary, phase, startedMs }: WatchedRollout): RolloutOutcome {
    const { clock, rolloutTimeoutMs, stuckAfterMs } = this.#context;
    const nowMs = clock.monotonicMs();
    const isStuck = summary.unhealthy.some(({ cause }) => cause?.isStuck);
    this.#stuckSinceMs = isStuck ? (this.#stuckSinceMs ?? nowMs) : undefined;
    this.#unhealthySinceMs = summary.unhealthy.length > 0 ? (this.#unhealthySinceMs ?? nowMs) : undefined;
    const [stuckSinceMs, unhealthySinceMs] = [this.#stuckSinceMs, this.#unhealthySinceMs];
    const times = { nowMs, startedMs, stuckSinceMs, unhealthySinceMs, rolloutTimeoutMs, stuckAfterMs };
    const outcome = computeRollout({ summary, phase, ...times });
    const reviews = [outcome.reviewAfterMs, summary.settlesInMs].filter((ms) => ms !== undefined);
    return reviews.length === 0 ? outcome : { ...outcome, reviewAfterMs: Math.min(...reviews) };
  }
}
