import { formatTime } from '../lib/clock.ts';

/** What conditions of all kinds share (`metav1.Condition`, `PodCondition`, `DeploymentCondition`, …). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown' | string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly observedGeneration?: number | undefined;
}

export function findCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition is present with status `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The list with this condition set; the same list when it says so already. "lastTransitionTime is the last time the
 * condition transitioned from one status to another": a new reason or message alone keeps it. It is set here, from
 * `nowMs`, unless the condition brings its own.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  condition: C,
  nowMs: number,
): readonly C[] {
  const present = findCondition(conditions, condition.type);
  const kept = present !== undefined && present.status === condition.status ? present.lastTransitionTime : undefined;
  const next: C = { ...condition, lastTransitionTime: kept ?? condition.lastTransitionTime ?? formatTime(nowMs) };
  if (conditions === undefined || present === undefined) return [...(conditions ?? []), next];
  if (sameCondition(present, next)) return conditions;
  return conditions.map((other) => (other === present ? next : other));
}

/** The list without this condition; the same list when it has none. */
export function removeCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): readonly C[] {
  if (conditions === undefined) return [];
  return findCondition(conditions, type) === undefined
    ? conditions
    : conditions.filter((condition) => condition.type !== type);
}

/** All fields are scalars, so that comparing one level is enough. */
function sameCondition(a: object, b: object): boolean {
  const left: Readonly<Record<string, unknown>> = { ...a };
  const right: Readonly<Record<string, unknown>> = { ...b };
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => left[key] === right[key]);
}
