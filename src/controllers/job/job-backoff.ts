import type { Pod } from '../../objects/types.ts';
import { finishedMs } from './job-pods.ts';

/**
 * "Failed Pods associated with the Job are recreated with an exponential back-off delay (10s, 20s, 40s ...)" (Jobs,
 * kubernetes.io), "capped at six minutes" there, but at ten in the code (MaxJobPodFailureBackOff).
 */
const INITIAL_MS = 10_000;
const MAX_MS = 10 * 60_000;

/**
 * Failures of a Job since its last success. Kept in memory: a restart of Berth forgives them, as one of Kubernetes
 * does.
 */
export interface JobBackoff {
  readonly failures: number;
  readonly lastFailureMs: number;
}

export const NO_FAILURES: JobBackoff = { failures: 0, lastFailureMs: 0 };

/** The record after these pods ended: a success starts from nothing (newBackoffRecord). */
export function advanceBackoff(
  before: JobBackoff,
  ended: { readonly failed: readonly Pod[]; readonly succeeded: readonly Pod[] },
  nowMs: number,
): JobBackoff {
  const lastSuccessMs = Math.max(...ended.succeeded.map(finishedMs), Number.NEGATIVE_INFINITY);
  const failures = ended.failed.map(finishedMs);
  const base = ended.succeeded.length > 0 ? NO_FAILURES : before;
  const counted = failures.filter((time) => time > lastSuccessMs);
  if (counted.length === 0) return base;
  // A clock that was put back makes what was recorded before later than what has failed now.
  const recordedMs = base.lastFailureMs > nowMs ? 0 : base.lastFailureMs;
  return { failures: base.failures + counted.length, lastFailureMs: Math.max(recordedMs, ...counted) };
}

/**
 * How long nothing may be created; 0 when something may. Of a failure in the future nobody knows how long ago it was,
 * as the clock was put back since: it is not waited for, where Kubernetes waits until the clock has come to it again.
 */
export function remainingBackoffMs({ failures, lastFailureMs }: JobBackoff, nowMs: number): number {
  if (failures <= 0 || lastFailureMs > nowMs) return 0;
  const delayMs = Math.min(MAX_MS, INITIAL_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(0, lastFailureMs + delayMs - nowMs);
}
