import { formatObject } from '../objects/index.ts';
import type { ApplicationPhase, ReadyReason } from './application.ts';
import { describeUnhealthy, type HealthSummary, type UnhealthyObject } from './health-tracker.ts';

export interface RolloutSnapshot {
  readonly summary: HealthSummary;
  readonly phase: ApplicationPhase;
  /** All monotonic. */
  readonly nowMs: number;
  readonly startedMs: number;
  /** Since when a cause that waiting does not mend has lasted. */
  readonly stuckSinceMs: number | undefined;
  /** Since when not everything has been healthy. */
  readonly unhealthySinceMs: number | undefined;
  readonly rolloutTimeoutMs: number;
  readonly stuckAfterMs: number;
}

export interface RolloutOutcome {
  readonly phase: ApplicationPhase;
  readonly reason: ReadyReason;
  readonly message: string;
  /**
   * Of a failure, the object and its cause in a word: what counts of a message that changes with each restart of a
   * container.
   */
  readonly about?: string;
  /** Look again then, even if nothing happens. */
  readonly reviewAfterMs?: number;
}

/** Phases from which an application has once been healthy at its present commit. */
export const WAS_HEALTHY: ReadonlySet<ApplicationPhase> = new Set(['Healthy', 'Degraded']);

/**
 * Draws the conclusion from the health of an application's objects. Ordered rules, the first that matches wins:
 * 1. everything is current → `Healthy`;
 * 2. an object has failed → `Failed`, or `Degraded` where this commit had been healthy;
 * 3. a cause that waiting does not mend has lasted too long → the same;
 * 4. it has not been healthy for longer than a rollout may take → `TimedOut`, or `Degraded` where this commit had been
 *    healthy;
 * 5. it is on its way → `Progressing`; the verdict on a commit that was healthy stays what it was until 2, 3 or 4
 *    holds, and the status shows that it is not healthy now (`shownPhase`).
 */
export function computeRollout(snapshot: RolloutSnapshot): RolloutOutcome {
  const { summary, phase, nowMs, startedMs, stuckSinceMs, unhealthySinceMs, rolloutTimeoutMs, stuckAfterMs } = snapshot;
  const [worst] = summary.unhealthy;
  const wasHealthy = WAS_HEALTHY.has(phase);
  if (worst === undefined) {
    const message = summary.total === 1 ? 'its object is healthy' : `all ${summary.total} objects are healthy`;
    return { phase: 'Healthy', reason: 'ReconciliationSucceeded', message };
  }
  const bad = wasHealthy ? 'Degraded' : 'Failed';
  if (worst.health.status === 'Failed')
    return { phase: bad, reason: 'HealthCheckFailed', message: describe(worst), about: aboutOf(worst) };

  const stuckLeftMs = stuckSinceMs === undefined ? undefined : stuckSinceMs + stuckAfterMs - nowMs;
  if (stuckLeftMs !== undefined && stuckLeftMs <= 0) {
    const stuck = summary.unhealthy.find(({ cause }) => cause?.isStuck) ?? worst;
    return { phase: bad, reason: 'HealthCheckFailed', message: describe(stuck), about: aboutOf(stuck) };
  }
  const sinceMs = wasHealthy ? (unhealthySinceMs ?? nowMs) : startedMs;
  const timeLeftMs = sinceMs + rolloutTimeoutMs - nowMs;
  if (timeLeftMs <= 0) {
    return {
      phase: wasHealthy ? 'Degraded' : 'TimedOut',
      reason: 'HealthCheckFailed',
      message: `not healthy in time: ${describe(worst)}`,
      about: aboutOf(worst),
    };
  }
  const reviewAfterMs = Math.max(0, Math.min(stuckLeftMs ?? Number.POSITIVE_INFINITY, timeLeftMs));
  return {
    phase: wasHealthy ? phase : 'Progressing',
    reason: 'Progressing',
    message: `${summary.current}/${summary.total} objects healthy; ${describe(worst)}`,
    reviewAfterMs,
  };
}

function aboutOf({ id, health, cause }: UnhealthyObject): string {
  return `${formatObject(id)} ${cause?.reason ?? health.reason}`;
}

function describe(object: UnhealthyObject): string {
  return `${formatObject(object.id)}: ${describeUnhealthy(object)}`;
}
