import {
  type DirectionRules,
  DOWNSCALE_WINDOW_MS,
  type ScalingBehavior,
  type ScalingPolicy,
} from './scaling-behavior.ts';
import { rememberRecommendation, type ScaleChange, type ScalingMemory } from './scaling-memory.ts';

/** What the metrics ask for, with all that bounds it. */
export interface LimitQuestion {
  readonly currentReplicas: number;
  /** As the metrics ask for it. */
  readonly desiredReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** `undefined` where the spec has none: then the older, simpler bounds apply. */
  readonly behavior: ScalingBehavior | undefined;
  readonly memory: ScalingMemory;
  readonly monotonicMs: number;
}

export interface LimitedReplicas {
  readonly replicas: number;
  /** `AbleToScale`. */
  readonly able: Explained;
  /** `ScalingLimited`. */
  readonly limited: Explained & { readonly isLimited: boolean };
  readonly memory: ScalingMemory;
}

interface Explained {
  readonly reason: string;
  readonly message: string;
}

interface Bounded extends Explained {
  readonly replicas: number;
}

const READY: Explained = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const STABILIZED_UP: Explained = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const STABILIZED_DOWN: Explained = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const WITHIN: Explained = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_MANY: Explained = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const TOO_FEW: Explained = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const UP_LIMIT: Explained = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const DOWN_LIMIT: Explained = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};

/**
 * Brings what the metrics ask for into the bounds of time, rate and count: first "the stabilization window is used to
 * restrict the flapping of replica count", then the policies bound the rate, then the minimum and maximum
 * (normalizeDesiredReplicas, …WithBehaviors).
 */
export function limitReplicas(question: LimitQuestion): LimitedReplicas {
  const { desiredReplicas, monotonicMs, behavior, memory } = question;
  const windows = { upMs: behavior?.up.windowMs ?? 0, downMs: behavior?.down.windowMs ?? DOWNSCALE_WINDOW_MS };
  const stabilized = behavior === undefined ? stabilizeDown(question) : stabilize(question, behavior);
  const isUp = behavior !== undefined && desiredReplicas >= question.currentReplicas;
  const able = stabilized === desiredReplicas ? READY : isUp ? STABILIZED_UP : STABILIZED_DOWN;
  const bounded =
    behavior === undefined ? boundSimply(question, stabilized) : boundByRate(question, behavior, stabilized);
  return {
    replicas: bounded.replicas,
    able,
    limited: { ...bounded, isLimited: bounded.replicas !== stabilized },
    memory: rememberRecommendation(
      memory,
      { atMs: monotonicMs, replicas: desiredReplicas },
      Math.max(windows.upMs, windows.downMs),
    ),
  };
}

/** "Returns the maximum of the recommendations that are not older than the window" (stabilizeRecommendation). */
function stabilizeDown({ memory, desiredReplicas, monotonicMs }: LimitQuestion): number {
  const recent = memory.recommendations.filter(({ atMs }) => atMs >= monotonicMs - DOWNSCALE_WINDOW_MS);
  return Math.max(desiredReplicas, ...recent.map(({ replicas }) => replicas));
}

/**
 * The present count, brought between the lowest recommendation of the window up and the highest of the window down
 * (stabilizeRecommendationWithBehaviors).
 */
function stabilize(question: LimitQuestion, { up, down }: ScalingBehavior): number {
  const { memory, desiredReplicas, currentReplicas, monotonicMs } = question;
  const within = (windowMs: number) =>
    memory.recommendations.filter(({ atMs }) => atMs > monotonicMs - windowMs).map(({ replicas }) => replicas);
  const lowest = Math.min(desiredReplicas, ...within(up.windowMs));
  const highest = Math.max(desiredReplicas, ...within(down.windowMs));
  return Math.min(Math.max(currentReplicas, lowest), highest);
}

/**
 * Without a behavior: "do not scale up too much, to prevent an incorrect rapid increase caused by bogus usage reports":
 * to twice the present count or 4 at once (calculateScaleUpLimit).
 */
function boundSimply({ currentReplicas, minReplicas, maxReplicas }: LimitQuestion, desired: number): Bounded {
  const scaleUpLimit = Math.max(2 * currentReplicas, 4);
  const upper = Math.min(maxReplicas, scaleUpLimit);
  if (desired < minReplicas) return { replicas: minReplicas, ...TOO_FEW };
  if (desired > upper) return { replicas: upper, ...(maxReplicas > scaleUpLimit ? UP_LIMIT : TOO_MANY) };
  return { replicas: desired, ...WITHIN };
}

function boundByRate(question: LimitQuestion, { up, down }: ScalingBehavior, desired: number): Bounded {
  const { currentReplicas, minReplicas, maxReplicas } = question;
  if (desired > currentReplicas) {
    // "We shouldn't scale up further until the scale up events will be cleaned up."
    const limit = Math.max(currentReplicas, upLimit(question, up));
    const upper = Math.min(maxReplicas, limit);
    if (desired > upper) return { replicas: upper, ...(maxReplicas > limit ? UP_LIMIT : TOO_MANY) };
  } else if (desired < currentReplicas) {
    const limit = Math.min(currentReplicas, downLimit(question, down));
    const lower = Math.max(minReplicas, limit);
    if (desired < lower) return { replicas: lower, ...(minReplicas < limit ? DOWN_LIMIT : TOO_FEW) };
  }
  return { replicas: desired, ...WITHIN };
}

/**
 * How far up the policies let the scale go now. "Max selects the policy with the highest possible change, Min the one
 * with the lowest, Disabled disables the scaling in this direction"; a percentage is rounded up, "because the proposed
 * change might not increase the replica count" else (calculateScaleUpLimitWithScalingRules).
 */
function upLimit(question: LimitQuestion, { selectPolicy, policies }: DirectionRules): number {
  if (selectPolicy === 'Disabled') return question.currentReplicas;
  const proposals = policies.map((policy) => {
    const atStart = replicasAtPeriodStart(question, policy);
    return policy.type === 'Pods' ? atStart + policy.value : Math.ceil(atStart * (1 + policy.value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...proposals) : Math.max(...proposals);
}

/** How far down; a percentage is rounded down (calculateScaleDownLimitWithBehaviors). */
function downLimit(question: LimitQuestion, { selectPolicy, policies }: DirectionRules): number {
  if (selectPolicy === 'Disabled') return question.currentReplicas;
  const proposals = policies.map((policy) => {
    const atStart = replicasAtPeriodStart(question, policy);
    return policy.type === 'Pods' ? atStart - policy.value : Math.trunc(atStart * (1 - policy.value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...proposals) : Math.min(...proposals);
}

/** The present count without what this autoscaler has changed during the policy's period. */
function replicasAtPeriodStart(question: LimitQuestion, { periodSeconds }: ScalingPolicy): number {
  const { currentReplicas, memory, monotonicMs } = question;
  const changed = (changes: readonly ScaleChange[]) =>
    changes
      .filter(({ atMs }) => atMs > monotonicMs - periodSeconds * 1000)
      .reduce((total, { count }) => total + count, 0);
  return currentReplicas - changed(memory.scaleUps) + changed(memory.scaleDowns);
}
