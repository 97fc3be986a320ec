import { assert } from '../../lib/assert.ts';
import { type IntOrString, scaledValue } from '../../objects/index.ts';
import type { Deployment } from '../../objects/types.ts';

/** A Deployment's rollout parameters with every default filled in and percentages resolved to pods. */
export interface RolloutSpec {
  readonly replicas: number;
  readonly strategy: 'RollingUpdate' | 'Recreate';
  /** Pods that may exist beyond `replicas`; 0 for Recreate. */
  readonly maxSurge: number;
  /** Pods of `replicas` that may be unavailable; 0 for Recreate. */
  readonly maxUnavailable: number;
  /** What must stay available: `replicas − maxUnavailable`. */
  readonly minAvailable: number;
  readonly minReadySeconds: number;
  readonly paused: boolean;
  /** Old ReplicaSets to keep; `undefined` keeps them all. */
  readonly revisionHistoryLimit: number | undefined;
  /** `undefined` when progress is not watched. */
  readonly progressDeadlineSeconds: number | undefined;
}

/** kubectl and the API take the largest 32-bit integer for "no limit". */
const NO_LIMIT = 2 ** 31 - 1;
const DEFAULT_PERCENT = '25%';

export function resolveRolloutSpec(deployment: Deployment): RolloutSpec {
  const spec = deployment.spec;
  const replicas = spec?.replicas ?? 1;
  const strategy = spec?.strategy?.type === 'Recreate' ? 'Recreate' : 'RollingUpdate';
  const bounds =
    strategy === 'Recreate'
      ? { maxSurge: 0, maxUnavailable: 0 }
      : resolveFenceposts(replicas, {
          maxSurge: spec?.strategy?.rollingUpdate?.maxSurge ?? DEFAULT_PERCENT,
          maxUnavailable: spec?.strategy?.rollingUpdate?.maxUnavailable ?? DEFAULT_PERCENT,
        });
  return {
    replicas,
    strategy,
    ...bounds,
    minAvailable: replicas - bounds.maxUnavailable,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    paused: spec?.paused ?? false,
    revisionHistoryLimit: limitOf(spec?.revisionHistoryLimit, 10),
    progressDeadlineSeconds: limitOf(spec?.progressDeadlineSeconds, 600),
  };
}

/**
 * "Absolute number is calculated from percentage by rounding up" for maxSurge, "by rounding down" for maxUnavailable
 * (apps/v1). When both come to 0, nothing could ever move: "we set maxUnavailable to 1 on the theory that surge might
 * not work due to quota" (deployment_util, ResolveFenceposts). Never more than all replicas are unavailable.
 */
export function resolveFenceposts(
  replicas: number,
  bounds: { readonly maxSurge: IntOrString; readonly maxUnavailable: IntOrString },
): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const maxSurge = podsOf(bounds.maxSurge, replicas, 'up');
  const unavailable = podsOf(bounds.maxUnavailable, replicas, 'down');
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

function podsOf(value: IntOrString, replicas: number, round: 'up' | 'down'): number {
  const pods = scaledValue(value, replicas, round);
  assert(pods !== undefined, 'the registry lets only numbers and percentages into maxSurge and maxUnavailable');
  return pods;
}

function limitOf(value: number | undefined, byDefault: number): number | undefined {
  const limit = value ?? byDefault;
  return limit >= NO_LIMIT ? undefined : limit;
}
