import { formatTime } from '../../lib/clock.ts';
import { findCondition, isPodActive, isPodReady, isPodTerminal, setCondition } from '../../objects/index.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { advanceBackoff, type JobBackoff } from './job-backoff.ts';
import { deadlineInMs, findJobEnd, isJobFinished, type JobEnd, type JobEvent, tellEnd } from './job-end.ts';
import { indexOf, isPodFailed, isStopping, isTracked, type PodPart } from './job-pods.ts';
import { countFailures, type JobTally, lastFailures, tallyJob } from './job-tally.ts';
import { type ScaleActions, type StopReason, scaleJob } from './scale-job.ts';

export type JobStatus = NonNullable<Job['status']>;

export interface JobSnapshot {
  readonly job: Job;
  /** Every pod that the Job controls, in any state. */
  readonly pods: readonly Pod[];
  readonly backoff: JobBackoff;
  /**
   * Its namespace is being deleted, which waits for the pods before it deletes the Job: no pod takes the place of one
   * that is held for its successor, so none is held any more.
   */
  readonly isNamespaceGoing?: boolean;
  /** Wall time. */
  readonly nowMs: number;
}

export type JobAction =
  /** Its end is in the status that is written in the same transaction: never lost, never counted twice. */
  | { readonly type: 'releasePod'; readonly pod: Pod; readonly reason: 'Counted' | 'JobDeleted' | 'JobFinished' }
  /** Deleted without counting. */
  | { readonly type: 'stopPod'; readonly pod: Pod; readonly reason: StopReason }
  /** Deleted because the Job ends; it has been let go of before. */
  | { readonly type: 'deletePod'; readonly pod: Pod; readonly reason: string }
  | { readonly type: 'createPod'; readonly part: PodPart | undefined; readonly reason: 'TooFewPods' };

export interface JobResult {
  readonly actions: readonly JobAction[];
  /** Without `active`, `ready` and `terminating`, which are counted after the actions: `countPods`. */
  readonly status: JobStatus;
  readonly events: readonly JobEvent[];
  readonly backoff: JobBackoff;
  readonly requeueAfterMs: number | undefined;
}

/**
 * What one reconcile does for a Job: counts the pods that have ended, decides whether the Job ends, and else brings it
 * to its number of pods.
 *
 * "Starting in Kubernetes v1.31 the Job controller delays the addition of the terminal conditions, Failed or Complete,
 * until all of the Job Pods are terminated" (Jobs, kubernetes.io).
 */
export function computeJob(snapshot: JobSnapshot): JobResult {
  const { job, pods, nowMs } = snapshot;
  if (isJobFinished(job)) return finishedResult(snapshot);
  const tally = tallyJob(job, pods);
  const backoff = advanceBackoff(snapshot.backoff, backoffPods(tally), nowMs);
  const started = withStart(job, nowMs);
  const isGoing = job.metadata.deletionTimestamp !== undefined || snapshot.isNamespaceGoing === true;
  const end = isGoing ? undefined : findJobEnd({ job: started, pods, tally, nowMs });
  const active = pods.filter(isPodActive);
  const held = end === undefined && !isGoing ? lastFailures(tally, active) : new Map<number, Pod>();
  // A Job that ends lets go of every pod: what becomes of those that it stops now is not waited for.
  const releasesAll = isGoing || end !== undefined;
  const released = pods.filter((pod) => isTracked(pod) && (releasesAll || isToBeReleased(job, pod, held, tally)));

  const scale =
    end !== undefined || isGoing
      ? { stop: [], create: [], retryInMs: undefined }
      : scaleJob({ job: started, pods, tally, lastFailures: held, backoff, nowMs });
  const deleted = end === undefined ? [] : active;
  const { status, events } = nextStatus({ job: started, tally, held, end, nowMs, isLast: isLastStep(pods, released) });
  return {
    actions: [
      ...released.map((pod) => ({ type: 'releasePod', pod, reason: isGoing ? 'JobDeleted' : 'Counted' }) as const),
      ...deleted.map((pod) => ({ type: 'deletePod', pod, reason: end?.reason ?? '' }) as const),
      ...scale.stop.map(({ pod, reason }) => ({ type: 'stopPod', pod, reason }) as const),
      ...scale.create.map((part) => ({ type: 'createPod', part, reason: 'TooFewPods' }) as const),
    ],
    status,
    events,
    backoff,
    // What ends or goes has no deadline any more: what is left of it is waited for.
    requeueAfterMs: releasesAll ? undefined : nextLookMs(started, scale, nowMs),
  };
}

/** What the pods are like after the actions. */
export function countPods(status: JobStatus, pods: readonly Pod[]): JobStatus {
  const active = pods.filter(isPodActive);
  return {
    ...status,
    ...(active.length > 0 ? { active: active.length } : {}),
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isStopping).length,
  };
}

/** A pod that appears late at a Job that is over is not held. */
function finishedResult({ job, pods, backoff }: JobSnapshot): JobResult {
  const actions = pods.filter(isTracked).map((pod) => ({ type: 'releasePod', pod, reason: 'JobFinished' }) as const);
  return { actions, status: withoutCounts(job.status ?? {}), events: [], backoff, requeueAfterMs: undefined };
}

/** With limits per index each index has its own back-off. */
function backoffPods({ failedIndexes, newFailed, newSucceeded }: JobTally) {
  return failedIndexes === undefined
    ? { failed: newFailed, succeeded: newSucceeded }
    : { failed: [], succeeded: newSucceeded };
}

function withStart(job: Job, nowMs: number): Job {
  if (job.status?.startTime !== undefined && !isResuming(job)) return job;
  if (job.spec?.suspend === true) return job;
  return { ...job, status: { ...job.status, startTime: formatTime(nowMs) } };
}

/**
 * "When a Job is resumed from suspension, its .status.startTime field will be reset to the current time" (batch/v1).
 */
function isResuming({ spec, status }: Job): boolean {
  return spec?.suspend !== true && findCondition(status?.conditions, 'Suspended')?.status === 'True';
}

function isToBeReleased(job: Job, pod: Pod, held: ReadonlyMap<number, Pod>, tally: JobTally): boolean {
  if (pod.status?.phase === 'Succeeded') return true;
  if (!isPodFailed(job, pod)) return false;
  const index = indexOf(pod, tally.completions ?? 0);
  return index === undefined || held.get(index) !== pod;
}

/** Whether nothing of the Job runs any more and everything is counted. */
function isLastStep(pods: readonly Pod[], released: readonly Pod[]): boolean {
  const isReleased = new Set(released);
  return pods.every((pod) => isPodTerminal(pod) && (!isTracked(pod) || isReleased.has(pod)));
}

interface StatusDraft {
  readonly job: Job;
  readonly tally: JobTally;
  readonly held: ReadonlyMap<number, Pod>;
  readonly end: JobEnd | undefined;
  readonly isLast: boolean;
  readonly nowMs: number;
}

function nextStatus(draft: StatusDraft): { readonly status: JobStatus; readonly events: readonly JobEvent[] } {
  const { job, tally, held, end, nowMs } = draft;
  // "When the job is considered finished, every non-terminated pod is considered failed", unless it "met successPolicy"
  // (trackJobStatusAndRemoveFinalizers).
  const stopped = end?.type === 'FailureTarget' ? countFailures(job, tally.unended) : 0;
  const failed = tally.failed - held.size + stopped;
  // Completions that are lowered below what has succeeded leave nothing of it.
  const { succeeded: _succeeded, failed: _failed, completedIndexes: _indexes, ...rest } = job.status ?? {};
  const counted: JobStatus = {
    ...withoutCounts(rest),
    ...(tally.succeeded > 0 ? { succeeded: tally.succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    ...(tally.succeededIndexes.size > 0 ? { completedIndexes: tally.succeededIndexes.toString() } : {}),
    ...(tally.failedIndexes === undefined ? {} : { failedIndexes: tally.failedIndexes.toString() }),
    uncountedTerminatedPods: {},
  };
  if (end !== undefined) return endedStatus(counted, end, draft);
  return job.metadata.deletionTimestamp === undefined
    ? suspendedStatus(job, counted, nowMs)
    : { status: counted, events: [] };
}

function withoutCounts(status: JobStatus): JobStatus {
  const { active: _active, ready: _ready, terminating: _terminating, ...rest } = status;
  return rest;
}

function endedStatus(status: JobStatus, end: JobEnd, { job, isLast, nowMs }: StatusDraft) {
  const announce = { type: end.type, status: 'True', reason: end.reason, message: end.message } as const;
  const announced = withCondition(status, announce, nowMs);
  if (!isLast) return { status: announced, events: [] };
  const isComplete = end.type === 'SuccessCriteriaMet';
  const final = withCondition(announced, { ...announce, type: isComplete ? 'Complete' : 'Failed' }, nowMs);
  const events = tellEnd(job, end, status.succeeded ?? 0);
  // "The completion time is set when the job finishes successfully, and only then" (batch/v1).
  return { status: isComplete ? { ...final, completionTime: formatTime(nowMs) } : final, events };
}

function suspendedStatus(job: Job, status: JobStatus, nowMs: number) {
  const isSuspended = job.spec?.suspend === true;
  const standing = findCondition(status.conditions, 'Suspended');
  if (isSuspended ? standing?.status === 'True' : standing?.status !== 'True') return { status, events: [] };
  const reason = isSuspended ? 'Suspended' : 'Resumed';
  const message = isSuspended ? 'Job suspended' : 'Job resumed';
  const condition = { type: 'Suspended', status: isSuspended ? 'True' : 'False', reason: `Job${reason}`, message };
  return { status: withCondition(status, condition, nowMs), events: [{ type: 'Normal', reason, message } as const] };
}

function withCondition(
  status: JobStatus,
  condition: NonNullable<JobStatus['conditions']>[number],
  nowMs: number,
): JobStatus {
  const timed = { ...condition, lastProbeTime: formatTime(nowMs), lastTransitionTime: formatTime(nowMs) };
  const present = findCondition(status.conditions, condition.type);
  if (present?.status === condition.status) return status;
  return { ...status, conditions: [...setCondition(status.conditions, timed, nowMs)] };
}

function nextLookMs(job: Job, scale: ScaleActions, nowMs: number): number | undefined {
  const waits = [deadlineInMs(job, nowMs), scale.retryInMs].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
