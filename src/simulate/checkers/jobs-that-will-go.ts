import type { Job } from '../../objects/types.ts';
import type { Machine } from '../machine.ts';

/** The Jobs that are still there and of which something happens some day: their time to live ends, or that of what runs of them. */
export function jobsThatWillGo(machine: Machine): readonly string[] {
  const client = machine.life?.open?.registry.client({ user: 'checker', fieldManager: 'checker' });
  const jobs = client?.list('Job') ?? [];
  const isToGo = (job: Job) => goesByItself(job) || endsByItself(job);
  return jobs.filter(isToGo).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

/**
 * "ttlSecondsAfterFinished limits the lifetime of a Job that has finished execution" (batch/v1): one that was orphaned goes, too. It is counted by the wall
 * clock. Where that was put back, the Job stays for as much longer: "Found Job finished in the future. This is likely due to time skew in the cluster. Job
 * cleanup will be deferred." (pkg/controller/ttlafterfinished).
 */
export function goesByItself({ spec, status }: Job): boolean {
  const isFinished = status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') === true;
  return isFinished && spec?.ttlSecondsAfterFinished !== undefined;
}

/** A Job that runs against a deadline finishes some day, and may go after that (seed 401). */
function endsByItself({ spec, status }: Job): boolean {
  const deadline = spec?.activeDeadlineSeconds ?? spec?.template?.spec?.activeDeadlineSeconds;
  return deadline !== undefined && (status?.active ?? 0) > 0;
}
