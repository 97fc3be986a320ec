import { formatTime, parseTime } from '../../lib/clock.ts';
import { compareText } from '../../lib/compare-text.ts';
import { parseCronSchedule } from '../../objects/cron-schedule.ts';
import { newControllerReference } from '../../objects/index.ts';
import type { CronJob, Job, KubernetesObject } from '../../objects/types.ts';
import { formatTimeInZone, timeZoneProblem } from '../../objects/zone-time.ts';
import { finishedType, isJobFinished } from '../job/job-end.ts';
import { findDueRun, MANY_MISSED, type RunTimes } from './missed-runs.ts';

export type CronJobStatus = NonNullable<CronJob['status']>;
type ActiveReference = NonNullable<CronJobStatus['active']>[number];

export interface CronJobSnapshot extends RunTimes {
  readonly cronJob: CronJob;
  /** Every Job that the CronJob controls. */
  readonly jobs: readonly Job[];
}

export type CronJobAction =
  | { readonly type: 'deleteJob'; readonly job: Job; readonly reason: 'HistoryLimit' | 'Replaced' }
  | {
      readonly type: 'createJob';
      readonly job: KubernetesObject;
      readonly scheduledMs: number;
      readonly reason: 'Due';
    };

export interface CronJobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronJobResult {
  readonly actions: readonly CronJobAction[];
  /** As it is before a `createJob`; `withStarted` adds that. */
  readonly status: CronJobStatus;
  readonly events: readonly CronJobEvent[];
  readonly requeueAfterMs: number | undefined;
}

const DEFAULT_SUCCESSFUL_HISTORY = 3;
const DEFAULT_FAILED_HISTORY = 1;
const TIMESTAMP_ANNOTATION = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Looks a little after the full second, so that the time has passed for sure (nextScheduleDelta). */
const LATE_MS = 100;

/** What one reconcile does for a CronJob: takes note of what became of its Jobs, tidies up, and starts what is due. */
export function computeCronJob(snapshot: CronJobSnapshot): CronJobResult {
  const { cronJob } = snapshot;
  const children = noteChildren(snapshot);
  const cleaned = cleanHistory(snapshot).map((job) => ({ type: 'deleteJob', job, reason: 'HistoryLimit' }) as const);
  const idle = { actions: cleaned, status: children.status, events: children.events, requeueAfterMs: undefined };
  if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec === undefined) return idle;
  const { timeZone, schedule, suspend } = cronJob.spec;
  const zoneProblem = timeZone === undefined ? undefined : timeZoneProblem(timeZone);
  if (zoneProblem !== undefined) {
    return withEvent(
      idle,
      'Warning',
      'UnknownTimeZone',
      `invalid timeZone: ${JSON.stringify(timeZone)}: ${zoneProblem}`,
    );
  }
  // "suspend: tells the controller to suspend subsequent executions; it does not apply to already started ones"
  // (batch/v1).
  if (suspend === true) return idle;
  const parsed = parseCronSchedule(schedule, timeZone);
  if ('problem' in parsed) {
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${parsed.problem}`;
    return withEvent(idle, 'Warning', 'UnparseableSchedule', message);
  }
  const { dueMs, missed, nextMs } = findDueRun(cronJob, parsed, snapshot);
  if (dueMs === undefined && nextMs === undefined) {
    const message = `invalid schedule: ${schedule} : time difference between two schedules is less than 1 second`;
    return withEvent(idle, 'Warning', 'InvalidSchedule', message);
  }
  const waiting = { ...idle, requeueAfterMs: nextMs === undefined ? undefined : nextMs - snapshot.nowMs + LATE_MS };
  if (dueMs === undefined) return waiting;
  const tooMany =
    missed > MANY_MISSED
      ? withEvent(
          waiting,
          'Warning',
          'TooManyMissedTimes',
          'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
        )
      : waiting;
  return startDue(snapshot, tooMany, dueMs);
}

/** Runs that are due and yet not started, first match wins; else the Job is started. */
function startDue({ cronJob, jobs }: CronJobSnapshot, result: CronJobResult, dueMs: number): CronJobResult {
  const active = result.status.active ?? [];
  const name = jobNameOf(cronJob, dueMs);
  // It was started before a crash could be noted in the status.
  if (active.some((reference) => reference.name === name)) return result;
  // "Forbid: if it is time for a new Job run and the previous one hasn't finished yet, the new run is skipped."
  if (cronJob.spec?.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return withEvent(result, 'Normal', 'JobAlreadyActive', message);
  }
  // "Replace: replaces the currently running Job run with a new one."
  const isReplacing = cronJob.spec?.concurrencyPolicy === 'Replace';
  const replaced = isReplacing ? jobs.filter((job) => active.some(({ uid }) => uid === job.metadata.uid)) : [];
  return {
    ...result,
    actions: [
      ...result.actions,
      ...replaced.map((job) => ({ type: 'deleteJob', job, reason: 'Replaced' }) as const),
      { type: 'createJob', job: newJob(cronJob, name, dueMs), scheduledMs: dueMs, reason: 'Due' },
    ],
    status: isReplacing ? { ...result.status, active: [] } : result.status,
  };
}

/** The status once the Job runs that was due. */
export function withStarted(
  status: CronJobStatus,
  job: {
    readonly metadata: {
      readonly name: string;
      readonly uid: string;
      readonly namespace?: string;
      readonly resourceVersion: string;
    };
  },
  scheduledMs: number,
): CronJobStatus {
  const { name, namespace = '', uid, resourceVersion } = job.metadata;
  const reference: ActiveReference = { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion };
  return { ...status, active: [...(status.active ?? []), reference], lastScheduleTime: formatTime(scheduledMs) };
}

/** Jobs that have ended leave the list of active ones, those that are gone too. */
function noteChildren({ cronJob, jobs }: CronJobSnapshot) {
  const events: CronJobEvent[] = [];
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const known = cronJob.status?.active ?? [];
  const active = known.filter(({ uid, name }) => {
    const job = byUid.get(uid ?? '');
    if (job === undefined) {
      events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` });
      return false;
    }
    const end = finishedType(job);
    if (end === undefined) return true;
    const message = `Saw completed job: ${name}, condition: ${end}`;
    events.push({ type: 'Normal', reason: 'SawCompletedJob', message });
    return false;
  });
  for (const job of jobs) {
    const isKnown = known.some(({ uid }) => uid === job.metadata.uid);
    if (isKnown || isJobFinished(job) || job.metadata.deletionTimestamp !== undefined) continue;
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    events.push({ type: 'Warning', reason: 'UnexpectedJob', message });
  }
  const { active: _before, ...rest } = cronJob.status ?? {};
  const lastSuccessMs = Math.max(
    parseTime(rest.lastSuccessfulTime) ?? 0,
    ...jobs.filter((job) => finishedType(job) === 'Complete').map((job) => parseTime(job.status?.completionTime) ?? 0),
  );
  const status: CronJobStatus = {
    ...rest,
    ...(active.length > 0 ? { active } : {}),
    ...(lastSuccessMs > 0 ? { lastSuccessfulTime: formatTime(lastSuccessMs) } : {}),
  };
  return { status, events };
}

/**
 * "successfulJobsHistoryLimit (3) and failedJobsHistoryLimit (1): how many completed and failed Jobs should be kept."
 */
function cleanHistory({ cronJob, jobs }: CronJobSnapshot): readonly Job[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec ?? {};
  const oldest = (type: 'Complete' | 'Failed', limit: number): readonly Job[] => {
    const ended = jobs.filter((job) => finishedType(job) === type && job.metadata.deletionTimestamp === undefined);
    const sorted = [...ended].sort(
      (a, b) => startedMs(a) - startedMs(b) || compareText(a.metadata.name, b.metadata.name),
    );
    return sorted.slice(0, Math.max(0, sorted.length - limit));
  };
  return [
    ...oldest('Complete', successfulJobsHistoryLimit ?? DEFAULT_SUCCESSFUL_HISTORY),
    ...oldest('Failed', failedJobsHistoryLimit ?? DEFAULT_FAILED_HISTORY),
  ];
}

function startedMs({ status, metadata }: Job): number {
  return parseTime(status?.startTime) ?? parseTime(metadata.creationTimestamp) ?? 0;
}

/** One name per time, in minutes: a run that was started already cannot be started twice (getJobName). */
function jobNameOf({ metadata }: CronJob, scheduledMs: number): string {
  return `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`;
}

function newJob(cronJob: CronJob, name: string, scheduledMs: number): KubernetesObject {
  const { jobTemplate, timeZone } = cronJob.spec ?? {};
  const { metadata, spec } = jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cronJob.metadata.namespace ?? '',
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [TIMESTAMP_ANNOTATION]: formatTimeInZone(scheduledMs, timeZone) },
      ownerReferences: [{ ...newControllerReference(cronJob), controller: true, blockOwnerDeletion: true }],
    },
    spec,
  };
}

function withEvent(result: CronJobResult, type: CronJobEvent['type'], reason: string, message: string): CronJobResult {
  return { ...result, events: [...result.events, { type, reason, message }] };
}
