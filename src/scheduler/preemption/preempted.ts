import { findCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';

/** The reason of the condition DisruptionTarget of a pod that has to give way. */
export const PREEMPTION_REASON = 'PreemptionByScheduler';

/**
 * Whether the pod is going because of a preemption; one that ends for another reason says nothing of what was made
 * free.
 */
export function isPreempted({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const target = findCondition(status?.conditions, 'DisruptionTarget');
  return target?.status === 'True' && target.reason === PREEMPTION_REASON;
}
