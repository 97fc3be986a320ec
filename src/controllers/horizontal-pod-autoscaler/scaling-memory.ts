/**
 * What an autoscaler remembers between its looks, apart from the API: as in Kubernetes it lives in the controller's
 * memory, and after a restart the present count is the first recommendation again. Times are monotonic milliseconds;
 * lists are in the order of time.
 */
export interface ScalingMemory {
  readonly recommendations: readonly Recommendation[];
  readonly scaleUps: readonly ScaleChange[];
  readonly scaleDowns: readonly ScaleChange[];
}

export interface Recommendation {
  readonly atMs: number;
  readonly replicas: number;
}

export interface ScaleChange {
  readonly atMs: number;
  /** How many replicas were added or taken away; > 0. */
  readonly count: number;
}

export const NO_MEMORY: ScalingMemory = { recommendations: [], scaleUps: [], scaleDowns: [] };

/** The memory with a recommendation more, and without those that no window reaches any more. */
export function rememberRecommendation(
  memory: ScalingMemory,
  recommendation: Recommendation,
  windowMs: number,
): ScalingMemory {
  const kept = memory.recommendations.filter(({ atMs }) => atMs >= recommendation.atMs - windowMs);
  return { ...memory, recommendations: [...kept, recommendation] };
}

/** The memory with a change of the scale more, and without those that no policy's period reaches any more. */
export function rememberChange(
  memory: ScalingMemory,
  change: { readonly from: number; readonly to: number; readonly atMs: number },
  periodMs: number,
): ScalingMemory {
  const { from, to, atMs } = change;
  const isKept = (other: ScaleChange) => other.atMs >= atMs - periodMs;
  const added = { atMs, count: Math.abs(to - from) };
  const [scaleUps, scaleDowns] = [memory.scaleUps.filter(isKept), memory.scaleDowns.filter(isKept)];
  return to > from
    ? { ...memory, scaleUps: [...scaleUps, added], scaleDowns }
    : { ...memory, scaleUps, scaleDowns: [...scaleDowns, added] };
}
