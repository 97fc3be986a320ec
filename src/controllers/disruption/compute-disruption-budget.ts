import { formatTime } from '../../lib/clock.ts';
import { isPodReady, isPodTerminating, scaledValue, setCondition } from '../../objects/index.ts';
import type { Pod, PodDisruptionBudget } from '../../objects/types.ts';

export type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;

export interface BudgetSnapshot {
  readonly budget: PodDisruptionBudget;
  /** Pods of the namespace that the budget's selector matches. */
  readonly pods: readonly Pod[];
  /** How many pods the controllers of these pods want in all, or why that cannot be told. */
  readonly scale: number | { readonly failure: string };
  /** Wall time. */
  readonly nowMs: number;
}

/**
 * "minAvailable: an eviction is allowed if at least minAvailable pods selected by selector will still be available
 * after it; maxUnavailable: if at most maxUnavailable pods are unavailable after it" (policy/v1). Percentages round up,
 * both.
 *
 * "disruptedPods contains information about pods whose eviction was processed by the API server eviction subresource
 * handler but has not yet been observed by the PodDisruptionBudget controller" (policy/v1): here the eviction API marks
 * the pod in the same transaction, so that there are none.
 */
export function computeDisruptionBudget(snapshot: BudgetSnapshot): BudgetStatus {
  const { budget, nowMs } = snapshot;
  const { pods } = snapshot;
  const counts = expectedAndDesired(snapshot);
  if ('failure' in counts) return computeFailedBudget(snapshot, counts.failure);
  // "Pods that are being deleted are not healthy."
  const currentHealthy = pods.filter((pod) => isPodReady(pod) && !isPodTerminating(pod)).length;
  const disruptionsAllowed = counts.expected > 0 ? Math.max(0, currentHealthy - counts.desired) : 0;
  const condition = {
    ...{ type: 'DisruptionAllowed', status: disruptionsAllowed > 0 ? ('True' as const) : ('False' as const) },
    reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation ?? 0,
  };
  return {
    currentHealthy,
    desiredHealthy: counts.desired,
    disruptionsAllowed,
    expectedPods: counts.expected,
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: withCondition(budget, condition, nowMs),
  };
}

type Counts = { readonly expected: number; readonly desired: number } | { readonly failure: string };

function expectedAndDesired({ budget, pods, scale }: BudgetSnapshot): Counts {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  // "A number of available pods needs no controllers": it is compared with the pods that there are, ended ones among
  // them.
  if (maxUnavailable === undefined && typeof minAvailable !== 'string') {
    return { expected: pods.length, desired: minAvailable ?? 0 };
  }
  if (typeof scale !== 'number') return scale;
  const desired =
    maxUnavailable === undefined
      ? (scaledValue(minAvailable ?? 0, scale, 'up') ?? 0)
      : scale - (scaledValue(maxUnavailable, scale, 'up') ?? 0);
  return { expected: scale, desired: Math.max(0, desired) };
}

/** "Nothing may be evicted until the number of expected pods is known": the numbers stay as they were (failSafe). */
export function computeFailedBudget(
  { budget, nowMs }: Pick<BudgetSnapshot, 'budget' | 'nowMs'>,
  message: string,
): BudgetStatus {
  const condition = {
    ...{ type: 'DisruptionAllowed', status: 'False' as const, reason: 'SyncFailed', message },
    observedGeneration: budget.metadata.generation ?? 0,
  };
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  return {
    ...{ currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: 0 },
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: withCondition(budget, condition, nowMs),
  };
}

function withCondition(
  { status }: PodDisruptionBudget,
  condition: Omit<NonNullable<BudgetStatus['conditions']>[number], 'lastTransitionTime'>,
  nowMs: number,
): NonNullable<BudgetStatus['conditions']> {
  return [...setCondition(status?.conditions, { ...condition, lastTransitionTime: formatTime(nowMs) }, nowMs)];
}
