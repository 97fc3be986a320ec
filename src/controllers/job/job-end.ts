import { parseTime } from '../../lib/clock.ts';
import { findCondition, finishedConditionOf, isPodActive } from '../../objects/index.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { isPodFailed } from './job-pods.ts';
import type { JobTally } from './job-tally.ts';
import { judgePodFailure } from './pod-failure-policy.ts';
import { matchSuccessPolicy } from './success-policy.ts';

/**
 * How a Job ends. The condition that says so first is followed by `Complete` or `Failed` once all its pods are gone.
 */
export interface JobEnd {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
}

export interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface JobEndSnapshot {
  readonly job: Job;
  /** Every pod that the Job controls. */
  readonly pods: readonly Pod[];
  readonly tally: JobTally;
  readonly nowMs: number;
}

type EndRule = (snapshot: JobEndSnapshot) => JobEnd | undefined;

const DEFAULT_BACKOFF_LIMIT = 6;

function failure(reason: string, message: string): JobEnd {
  return { type: 'FailureTarget', reason, message };
}

/** In the order of syncJob: the first rule that applies says how the Job ends, and nothing changes that later. */
const RULES: readonly EndRule[] = [
  // What is decided stays decided.
  ({ job }) => standingEnd(job, 'SuccessCriteriaMet') ?? standingEnd(job, 'FailureTarget'),
  // "FailJob: indicates that the pod's job is marked as Failed and all running pods are terminated."
  ({ job, pods }) => {
    const verdicts = pods
      .filter((pod) => isPodFailed(job, pod))
      .map((pod) => judgePodFailure(job.spec?.podFailurePolicy, pod));
    const fatal = verdicts.find(({ action }) => action === 'FailJob');
    return fatal && failure('PodFailurePolicy', fatal.message);
  },
  // "backoffLimit: specifies the number of retries before marking this job failed. Defaults to 6."
  ({ job, pods, tally }) => {
    const limit = job.spec?.backoffLimit ?? DEFAULT_BACKOFF_LIMIT;
    if (tally.failed <= limit && !hasRestartedTooOften(job, pods, limit)) return undefined;
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  },
  // "activeDeadlineSeconds takes precedence over backoffLimit: a Job that is retrying deploys no more Pods once it is
  // reached."
  ({ job, nowMs }) =>
    deadlineInMs(job, nowMs) === 0
      ? failure('DeadlineExceeded', 'Job was active longer than specified deadline')
      : undefined,
  // "maxFailedIndexes: once the number of failed indexes exceeds this number the entire Job is marked as Failed."
  ({ job, tally }) => {
    const max = job.spec?.maxFailedIndexes;
    const count = tally.failedIndexes?.size ?? 0;
    if (max === undefined || count <= max) return undefined;
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  },
  // "The Job is marked as Failed when all indexes have ended and at least one has failed" (FailedIndexes).
  ({ tally: { failedIndexes, succeededIndexes, completions = 0 } }) => {
    const count = failedIndexes?.size ?? 0;
    if (count === 0 || count + succeededIndexes.size < completions) return undefined;
    return failure('FailedIndexes', 'Job has failed indexes');
  },
  ({ job, tally }) => {
    const message = matchSuccessPolicy(job.spec?.successPolicy, tally.completions ?? 0, tally.succeededIndexes);
    return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
  },
  // "completions unset: the success of any pod signals the success of all pods", once the others have ended by
  // themselves.
  ({ pods, tally: { completions, succeeded } }) => {
    const isDone = completions === undefined ? succeeded > 0 && !pods.some(isPodActive) : succeeded >= completions;
    const message = 'Reached expected number of succeeded pods';
    return isDone ? { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message } : undefined;
  },
];

/** How the Job ends; `undefined` while it goes on. */
export function findJobEnd(snapshot: JobEndSnapshot): JobEnd | undefined {
  for (const rule of RULES) {
    const end = rule(snapshot);
    if (end !== undefined) return end;
  }
  return undefined;
}

/**
 * What there is to tell once a Job has ended (recordJobFinished); more may have succeeded than `completions`, as those
 * can be lowered.
 */
export function tellEnd({ spec }: Job, { type, reason, message }: JobEnd, succeeded: number): readonly JobEvent[] {
  if (type === 'FailureTarget') return [{ type: 'Warning', reason, message }];
  const isTooMany = succeeded > (spec?.completions ?? Number.POSITIVE_INFINITY);
  return isTooMany ? [TOO_MANY_SUCCEEDED, COMPLETED] : [COMPLETED];
}

const COMPLETED: JobEvent = { type: 'Normal', reason: 'Completed', message: 'Job completed' };
const TOO_MANY_SUCCEEDED: JobEvent = {
  type: 'Warning',
  reason: 'TooManySucceededPods',
  message: 'Too many succeeded pods running after completion count reached',
};

function standingEnd({ status }: Job, type: JobEnd['type']): JobEnd | undefined {
  const condition = findCondition(status?.conditions, type);
  if (condition?.status !== 'True') return undefined;
  return { type, reason: condition.reason ?? '', message: condition.message ?? '' };
}

/**
 * "If the restartPolicy is OnFailure, the number of retries of all containers in the pods with status.phase Pending or
 * Running counts towards the backoffLimit" (Jobs, kubernetes.io).
 */
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until `activeDeadlineSeconds` ends the Job, 0 when it has; a suspended Job has no deadline. */
export function deadlineInMs({ spec, status }: Job, nowMs: number): number | undefined {
  const startedMs = parseTime(status?.startTime);
  if (spec?.activeDeadlineSeconds === undefined || startedMs === undefined || spec.suspend === true) return undefined;
  return Math.max(0, startedMs + spec.activeDeadlineSeconds * 1000 - nowMs);
}

/** Whether the Job has its final condition. */
export function isJobFinished(job: Job): boolean {
  return finishedType(job) !== undefined;
}

export function finishedType(job: Job): 'Complete' | 'Failed' | undefined {
  const found = finishedConditionOf(job);
  return found === undefined ? undefined : found.type === 'Complete' ? 'Complete' : 'Failed';
}
