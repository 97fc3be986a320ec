import { parseTime } from '../lib/clock.ts';
import type { Job } from './types.ts';

type JobCondition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

/** The condition with which a Job has ended, `Complete` or `Failed`; `undefined` while it goes on. */
export function finishedConditionOf({ status }: Job): JobCondition | undefined {
  return status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
}

/**
 * "ttlSecondsAfterFinished limits the lifetime of a Job that has finished execution (either Complete or Failed). If
 * this field is unset, the Job won't be automatically deleted. If this field is set to zero, the Job becomes eligible
 * to be deleted immediately after it finishes" (batch/v1). The wall time from which on it is; `undefined` while it does not count.
 */
export function jobExpiryMs(job: Job): number | undefined {
  const endedMs = parseTime(finishedConditionOf(job)?.lastTransitionTime);
  const seconds = job.spec?.ttlSecondsAfterFinished;
  return endedMs === undefined || seconds === undefined ? undefined : endedMs + seconds * 1000;
}
