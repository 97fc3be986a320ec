import { finishedConditionOf } from '../../objects/index.ts';
import type { Job } from '../../objects/types.ts';
import type { Machine } from '../machine.ts';

/** The Jobs that are still there and of which something happens some day: they end, or their time to live does. */
export function jobsThatWillGo(machine: Machine): readonly string[] {
  const client = machine.life?.open?.registry.client({ user: 'checker', fieldManager: 'checker' });
  const jobs = client?.list('Job') ?? [];
  return jobs.filter(goesSomeDay).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

export function goesSomeDay(job: Job): boolean {
  return goesByItself(job) || endsByItself(job);
}

/**
 * "ttlSecondsAfterFinished limits the lifetime of a Job that has finished execution" (batch/v1): one that was orphaned
 * goes, too. It is counted by the wall clock. Where that was put back, the Job stays for as much longer: "Found Job
 * finished in the future. This is likely due to time skew in the cluster. Job cleanup will be deferred."
 * (pkg/controller/ttlafterfinished).
 */
export function goesByItself(job: Job): boolean {
  return finishedConditionOf(job) !== undefined && job.spec?.ttlSecondsAfterFinished !== undefined;
}

/**
 * Every Job of a history ends some day, if only at its deadline (seed 401), or between tries that may be ten minutes
 * apart (seed 2314).
 */
function endsByItself(job: Job): boolean {
  const { spec } = job;
  return finishedConditionOf(job) === undefined && spec?.suspend !== true && (spec?.parallelism ?? 1) > 0;
}
