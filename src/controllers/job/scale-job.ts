import { isPodActive } from '../../objects/index.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { rankPodsForDeletion } from '../replica-set/rank-pods.ts';
import { IndexSet } from './index-set.ts';
import { type JobBackoff, remainingBackoffMs } from './job-backoff.ts';
import {
  annotatedCount,
  FAILURES_ANNOTATION,
  finishedMs,
  IGNORED_FAILURES_ANNOTATION,
  indexOf,
  isStopping,
  type PodPart,
  replacesFailedOnly,
} from './job-pods.ts';
import { absoluteFailures, indexesOf, type JobTally } from './job-tally.ts';
import { judgePodFailure } from './pod-failure-policy.ts';

/** "MaxPodCreateDeletePerSync", 500 in kube-controller-manager; the rest follows in the next reconcile. */
export const MAX_PODS_PER_SYNC = 500;

export interface ScaleSnapshot {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly tally: JobTally;
  readonly lastFailures: ReadonlyMap<number, Pod>;
  readonly backoff: JobBackoff;
  readonly nowMs: number;
}

export type StopReason = 'Suspended' | 'TooManyPods' | 'IndexTaken';

export interface ScaleActions {
  /** Pods that the Job stops itself: they count as neither succeeded nor failed. */
  readonly stop: readonly { readonly pod: Pod; readonly reason: StopReason }[];
  /** One entry per pod; `undefined` for a pod without an index. */
  readonly create: readonly (PodPart | undefined)[];
  /** When what a back-off holds up may be created. */
  readonly retryInMs: number | undefined;
}

/** What brings a Job that goes on to the number of pods that it should run. */
export function scaleJob(snapshot: ScaleSnapshot): ScaleActions {
  const { job, pods, nowMs } = snapshot;
  const active = pods.filter(isPodActive);
  // "suspend: the Job controller will delete all active Pods associated with this Job" (batch/v1).
  if (job.spec?.suspend === true) return stopOnly(active, 'Suspended');

  const wanted = wantedPods(snapshot, active.length);
  const excess = excessPods(snapshot, active, wanted);
  if (excess.length > 0) return { stop: excess.slice(0, MAX_PODS_PER_SYNC), create: [], retryInMs: undefined };

  const stopping = replacesFailedOnly(job) ? pods.filter(isStopping).length : 0;
  const missing = Math.min(wanted - stopping - active.length, MAX_PODS_PER_SYNC);
  if (missing <= 0) return NOTHING;
  if (snapshot.tally.failedIndexes !== undefined) return createPerIndex(snapshot, active, missing);
  const waitMs = remainingBackoffMs(snapshot.backoff, nowMs);
  if (waitMs > 0) return { ...NOTHING, retryInMs: waitMs };
  if (!snapshot.tally.isIndexed) return { ...NOTHING, create: Array<undefined>(missing).fill(undefined) };
  const create = pendingIndexes(snapshot, active, missing).map((index) => ({
    index,
    failures: undefined,
    ignoredFailures: 0,
  }));
  return { ...NOTHING, create };
}

const NOTHING: ScaleActions = { stop: [], create: [], retryInMs: undefined };

function stopOnly(pods: readonly Pod[], reason: StopReason): ScaleActions {
  return { ...NOTHING, stop: pods.slice(0, MAX_PODS_PER_SYNC).map((pod) => ({ pod, reason })) };
}

/**
 * "parallelism: the maximum desired number of pods the job should run at any given time. The actual number of pods
 * running in steady state will be less when the work left to do is less than max parallelism" (batch/v1). "For work
 * queue Jobs: once at least one Pod has terminated with success, no new Pods are created" (Jobs, kubernetes.io).
 */
function wantedPods({ job, tally: { completions, succeeded } }: ScaleSnapshot, active: number): number {
  const parallelism = job.spec?.parallelism ?? 1;
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

/** Pods without an index of their own first, then in the order in which a ReplicaSet deletes. */
function excessPods(
  { tally, nowMs }: ScaleSnapshot,
  active: readonly Pod[],
  wanted: number,
): readonly { readonly pod: Pod; readonly reason: StopReason }[] {
  const ranked = rankPodsForDeletion(active, { relatedPods: [], minReadySeconds: 0, nowMs });
  const useless = tally.isIndexed ? withoutOwnIndex(ranked, tally) : [];
  const others = ranked.filter((pod) => !useless.includes(pod));
  const count = Math.max(0, active.length - useless.length - wanted);
  return [
    ...useless.map((pod) => ({ pod, reason: 'IndexTaken' }) as const),
    ...others.slice(0, count).map((pod) => ({ pod, reason: 'TooManyPods' }) as const),
  ];
}

/** Of several pods with one index the one stays that would be deleted last. */
function withoutOwnIndex(ranked: readonly Pod[], { completions = 0, succeededIndexes }: JobTally): readonly Pod[] {
  const kept = new Set<number>();
  return [...ranked].reverse().filter((pod) => {
    const index = indexOf(pod, completions);
    if (index === undefined || kept.has(index) || succeededIndexes.has(index)) return true;
    kept.add(index);
    return false;
  });
}

function pendingIndexes({ job, pods, tally }: ScaleSnapshot, active: readonly Pod[], count: number): readonly number[] {
  const { completions = 0, succeededIndexes, failedIndexes } = tally;
  const stopping = replacesFailedOnly(job) ? pods.filter(isStopping) : [];
  return succeededIndexes
    .union(indexesOf([...active, ...stopping], completions))
    .union(failedIndexes ?? IndexSet.of([]))
    .firstMissing(count, completions);
}

/** Each index waits for its own back-off and knows its own failures. */
function createPerIndex(snapshot: ScaleSnapshot, active: readonly Pod[], missing: number): ScaleActions {
  const { job, lastFailures, nowMs } = snapshot;
  const create: PodPart[] = [];
  let retryInMs: number | undefined;
  for (const index of pendingIndexes(snapshot, active, missing)) {
    const failed = lastFailures.get(index);
    const waitMs =
      failed === undefined
        ? 0
        : remainingBackoffMs({ failures: absoluteFailures(failed) + 1, lastFailureMs: finishedMs(failed) }, nowMs);
    if (waitMs === 0) create.push(partAfter(job, index, failed));
    else retryInMs = Math.min(waitMs, retryInMs ?? waitMs);
  }
  return { ...NOTHING, create, retryInMs };
}

function partAfter(job: Job, index: number, failed: Pod | undefined): PodPart {
  const failures = annotatedCount(failed, FAILURES_ANNOTATION);
  const ignoredFailures = annotatedCount(failed, IGNORED_FAILURES_ANNOTATION);
  if (failed === undefined) return { index, failures, ignoredFailures };
  return judgePodFailure(job.spec?.podFailurePolicy, failed).isCounted
    ? { index, failures: failures + 1, ignoredFailures }
    : { index, failures, ignoredFailures: ignoredFailures + 1 };
}
