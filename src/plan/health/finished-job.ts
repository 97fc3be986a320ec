import { parseTime } from '../../lib/clock.ts';
import { finishedConditionOf, jobExpiryMs } from '../../objects/index.ts';
import type { Job } from '../../objects/types.ts';
import type { Health } from './compute-health.ts';

/** How a Job ended that is not there any more because its time to live was up. */
export interface FinishedJob {
  readonly outcome: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
  /** Uid of the namespace that it ran in: what it did there is gone with that. */
  readonly namespaceUid: string;
}

/** What is said of such a Job where another object would be made anew. */
export const FINISHED_REASON = 'finished, not run again: its ttlSecondsAfterFinished has deleted it';

/**
 * How a Job ended, once it is on its way out because its time to live was up; `undefined` for all others. A Job that
 * somebody deletes before that is wanted once more.
 */
export function computeFinishedJob(job: Job, namespaceUid: string): FinishedJob | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = job.metadata;
  const dueMs = parseTime(deletionTimestamp);
  const end = finishedConditionOf(job);
  const expiryMs = jobExpiryMs(job);
  if (dueMs === undefined || end === undefined || expiryMs === undefined) return undefined;
  // "The time at which the object will be deleted": it was asked for earlier by the grace period.
  if (dueMs - deletionGracePeriodSeconds * 1000 < expiryMs) return undefined;
  const { reason = '', message = '' } = end;
  return { outcome: end.type === 'Complete' ? 'Complete' : 'Failed', reason, message, namespaceUid };
}

/** A finished Job counts with the verdict that it ended with, as it did while it was there. */
export function computeFinishedHealth({ outcome, reason, message }: FinishedJob): Health {
  if (outcome === 'Complete') return { status: 'Current', reason: '', message: 'complete' };
  return { status: 'Failed', reason: reason || 'JobFailed', message: message || 'failed' };
}
