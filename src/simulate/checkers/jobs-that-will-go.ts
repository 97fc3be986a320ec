import type { Job } from '../../objects/types.ts';
import type { Machine } from '../machine.ts';

/** The finished Jobs that are still there and whose time to live ends some day. */
export function jobsThatWillGo(machine: Machine): readonly string[] {
  const client = machine.life?.open?.registry.client({ user: 'checker', fieldManager: 'checker' });
  const jobs = client?.list('Job') ?? [];
  return jobs.filter(goesByItself).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
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
