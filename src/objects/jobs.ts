import { parseTime } from '../lib/clock.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Job, KubernetesObject } from './types.ts';

type JobCondition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

/** The condition with which a Job has ended, `Complete` or `Failed`; `undefined` while it goes on. */
export function finishedConditionOf({ status }: Job): JobCondition | undefined {
  return status?.conditions?.find(isEnd);
}

/** The same of any object that nobody has judged yet, such as one of the status branch. */
export function isFinishedJob({ kind, status }: KubernetesObject): boolean {
  if (kind !== 'Job' || !isJsonObject(status) || !Array.isArray(status['conditions'])) return false;
  return status['conditions'].some((one: unknown) => isJsonObject(one) && isEnd(one));
}

function isEnd({ type, status }: { readonly type?: unknown; readonly status?: unknown }): boolean {
  return (type === 'Complete' || type === 'Failed') && status === 'True';
}

/**
 * "ttlSecondsAfterFinished limits the lifetime of a Job that has finished execution (either Complete or Failed). If
 * this field is unset, the Job won't be automatically deleted. If this field is set to zero, the Job becomes eligible
 * to be deleted immediately after it finishes" (batch/v1). The wall time from which on it is; `undefined` while it does
 * not count.
 */
export function jobExpiryMs(job: Job): number | undefined {
  const endedMs = parseTime(finishedConditionOf(job)?.lastTransitionTime);
  const seconds = job.spec?.ttlSecondsAfterFinished;
  return endedMs === undefined || seconds === undefined ? undefined : endedMs + seconds * 1000;
}
