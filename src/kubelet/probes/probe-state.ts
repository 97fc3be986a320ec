export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeThresholds {
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** What a probe has found so far; the same results in the same order give the same verdict. */
export interface ProbeState {
  readonly lastSuccess: boolean | undefined;
  /** How many results in a row were like the last. */
  readonly run: number;
  /** `undefined` until a threshold was reached. */
  readonly verdict: boolean | undefined;
}

export const NEW_PROBE_STATE: ProbeState = { lastSuccess: undefined, run: 0, verdict: undefined };

/**
 * Probe.failureThreshold: "Minimum consecutive failures for the probe to be considered failed after having succeeded.
 * Defaults to 3"; successThreshold: "Minimum consecutive successes for the probe to be considered successful after
 * having failed. Defaults to 1. Must be 1 for liveness and startup".
 */
export function advanceProbe(state: ProbeState, thresholds: ProbeThresholds, success: boolean): ProbeState {
  const run = state.lastSuccess === success ? state.run + 1 : 1;
  const needed = success ? thresholds.successThreshold : thresholds.failureThreshold;
  return { lastSuccess: success, run, verdict: run >= needed ? success : state.verdict };
}

/**
 * A startup probe has done its work once it passed; one that failed, as a failed liveness probe, waits for the restart.
 */
export function isProbeDone(kind: ProbeKind, state: ProbeState): boolean {
  if (kind === 'startup') return state.verdict !== undefined;
  return kind === 'liveness' && state.verdict === false;
}
