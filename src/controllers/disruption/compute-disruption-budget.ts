import { parseTime } from '../../lib/clock.ts';
import { isPodReady, isPodTerminal, scaledValue, setCondition } from '../../objects/index.ts';
import type { Pod, PodDisruptionBudget } from '../../objects/types.ts';

export type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;

/** "An evicted pod that is not deleted within this time is taken off the list" (disruption controller, DeletionTimeout). */
const DELETION_TIMEOUT_MS = 120_000;

export interface BudgetSnapshot {
  readonly budget: PodDisruptionBudget;
  /** Pods of the namespace that the budget's selector matches. */
  readonly pods: readonly Pod[];
  /**
   * How many pods the controllers of these pods want in all; `undefined` when one of the pods has no controller that
   * says so.
   */
  readonly scale: number | undefined;
  /** Wall time. */
  readonly nowMs: number;
}

export interface BudgetResult {
  readonly status: BudgetStatus;
  /** When a pod that should be gone by now counts again. */
  readonly requeueAfterMs: number | undefined;
}

/**
 * "minAvailable: an eviction is allowed if at least minAvailable pods selected by selector will still be available after
 * it; maxUnavailable: if at most maxUnavailable pods are unavailable after it" (policy/v1). Percentages round up, both.
 */
export function computeDisruptionBudget(snapshot: BudgetSnapshot): BudgetResult {
  const { budget, nowMs } = snapshot;
  const pods = snapshot.pods.filter((pod) => !isPodTerminal(pod));
  const counts = expectedAndDesired(snapshot, pods.length);
  if (counts === undefined) return { status: failedStatus(snapshot), requeueAfterMs: undefined };
  const disrupted = stillDisrupted(snapshot);
  const currentHealthy = pods.filter((pod) => isPodReady(pod) && isCounted(pod, disrupted)).length;
  const disruptionsAllowed = counts.expected > 0 ? Math.max(0, currentHealthy - counts.desired) : 0;
  const condition = {
    ...{ type: 'DisruptionAllowed', status: disruptionsAllowed > 0 ? ('True' as const) : ('False' as const) },
    reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation ?? 0,
  };
  const status: BudgetStatus = {
    currentHealthy,
    desiredHealthy: counts.desired,
    disruptionsAllowed,
    expectedPods: counts.expected,
    observedGeneration: budget.metadata.generation ?? 0,
    ...(disrupted.size > 0 ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    conditions: withCondition(budget, condition, nowMs),
  };
  const ends = [...disrupted.values()].map((since) => (parseTime(since) ?? nowMs) + DELETION_TIMEOUT_MS - nowMs);
  return { status, requeueAfterMs: ends.length === 0 ? undefined : Math.max(1, Math.min(...ends)) };
}

function expectedAndDesired({ budget, scale }: BudgetSnapshot, podCount: number) {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    if (scale === undefined) return undefined;
    return { expected: scale, desired: Math.max(0, scale - (scaledValue(maxUnavailable, scale, 'up') ?? 0)) };
  }
  if (typeof minAvailable === 'number') return { expected: podCount, desired: minAvailable };
  if (minAvailable === undefined) return { expected: podCount, desired: 0 };
  if (scale === undefined) return undefined;
  return { expected: scale, desired: scaledValue(minAvailable, scale, 'up') ?? 0 };
}

/** A pod that the eviction API has let go counts as gone until its deletion is seen, or does not come. */
function stillDisrupted({ budget, pods, nowMs }: BudgetSnapshot): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [name, since] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const isOver = (parseTime(since) ?? 0) + DELETION_TIMEOUT_MS <= nowMs;
    if (pod !== undefined && pod.metadata.deletionTimestamp === undefined && !isOver) kept.set(name, since);
  }
  return kept;
}

/** "Pods that are being deleted are not healthy." */
function isCounted({ metadata }: Pod, disrupted: ReadonlyMap<string, string>): boolean {
  return metadata.deletionTimestamp === undefined && !disrupted.has(metadata.name);
}

function failedStatus({ budget, nowMs }: BudgetSnapshot): BudgetStatus {
  const condition = {
    ...{ type: 'DisruptionAllowed', status: 'False' as const, reason: 'SyncFailed' },
    message: 'a selected pod has no controller that says how many pods there should be',
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
  const lastTransitionTime = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return [...setCondition(status?.conditions, { ...condition, lastTransitionTime }, nowMs)];
}
