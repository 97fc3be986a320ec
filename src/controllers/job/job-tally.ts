import type { Job, Pod } from '../../objects/types.ts';
import { IndexSet } from './index-set.ts';
import {
  annotatedCount,
  FAILURES_ANNOTATION,
  finishedMs,
  IGNORED_FAILURES_ANNOTATION,
  indexOf,
  isPodFailed,
  isTracked,
} from './job-pods.ts';
import { judgePodFailure } from './pod-failure-policy.ts';

/** What a Job has come to: what its status says already plus the ended pods that still carry the finalizer. */
export interface JobTally {
  readonly completions: number | undefined;
  readonly isIndexed: boolean;
  readonly succeeded: number;
  readonly failed: number;
  readonly succeededIndexes: IndexSet;
  /** `undefined` unless failures are counted per index. */
  readonly failedIndexes: IndexSet | undefined;
  /** Ended pods that no status has counted yet. */
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Pod[];
  /** Pods that carry the finalizer and have neither succeeded nor failed yet. */
  readonly unended: readonly Pod[];
}

/**
 * Counts every ended pod exactly once: "the Job controller removes the finalizer from Pods that have been accounted
 * for in the Job status" (Jobs, kubernetes.io). A pod without it has been counted, or was stopped by the Job itself.
 * Uids in `uncountedTerminatedPods` are counted here, and their pods no more.
 */
export function tallyJob(job: Job, pods: readonly Pod[]): JobTally {
  const { spec, status } = job;
  const completions = spec?.completions;
  const isIndexed = spec?.completionMode === 'Indexed';
  const limit = completions ?? 0;
  const uncounted = status?.uncountedTerminatedPods ?? {};
  const counted = new Set([...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])]);
  const fresh = pods.filter(
    (pod) => isTracked(pod) && !counted.has(pod.metadata.uid) && (!isIndexed || indexOf(pod, limit) !== undefined),
  );
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded');
  const newFailed = fresh.filter((pod) => isPodFailed(job, pod));
  const before = isIndexed ? IndexSet.parse(status?.completedIndexes, limit) : IndexSet.of([]);
  const succeededIndexes = isIndexed ? before.union(indexesOf(newSucceeded, limit)) : before;
  const plainSucceeded = (status?.succeeded ?? 0) + (uncounted.succeeded?.length ?? 0) + newSucceeded.length;
  return {
    completions,
    isIndexed,
    succeeded: isIndexed ? succeededIndexes.size : plainSucceeded,
    failed: (status?.failed ?? 0) + (uncounted.failed?.length ?? 0) + countFailures(job, newFailed),
    succeededIndexes,
    failedIndexes: failedIndexesOf(job, newFailed, limit),
    newSucceeded,
    newFailed,
    unended: fresh.filter((pod) => pod.status?.phase !== 'Succeeded' && !isPodFailed(job, pod)),
  };
}

/** Those that the policy does not ignore. */
export function countFailures({ spec }: Job, failed: readonly Pod[]): number {
  if (spec?.podFailurePolicy === undefined) return failed.length;
  return failed.filter((pod) => judgePodFailure(spec.podFailurePolicy, pod).isCounted).length;
}

export function indexesOf(pods: readonly Pod[], completions: number): IndexSet {
  return IndexSet.of(pods.map((pod) => indexOf(pod, completions)).filter((index) => index !== undefined));
}

/**
 * "backoffLimitPerIndex: the limit for the number of retries within an index before marking this index as failed";
 * FailIndex: "indicates that the pod's index is marked as Failed and will not be restarted" (batch/v1).
 */
function failedIndexesOf(job: Job, newFailed: readonly Pod[], completions: number): IndexSet | undefined {
  const limit = job.spec?.backoffLimitPerIndex;
  if (limit === undefined) return undefined;
  const isLast = (pod: Pod) => {
    const { action, isCounted } = judgePodFailure(job.spec?.podFailurePolicy, pod);
    return action === 'FailIndex' || (isCounted && annotatedCount(pod, FAILURES_ANNOTATION) >= limit);
  };
  const before = IndexSet.parse(job.status?.failedIndexes, completions);
  return before.union(indexesOf(newFailed.filter(isLast), completions));
}

/**
 * With limits per index, the last failed pod of an index keeps its finalizer until another takes its place: it carries
 * the number of failures over (getPodsWithDelayedDeletionPerIndex).
 */
export function lastFailures(tally: JobTally, active: readonly Pod[]): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>();
  const { failedIndexes, succeededIndexes, completions = 0 } = tally;
  if (failedIndexes === undefined) return last;
  const running = indexesOf(active, completions);
  for (const pod of tally.newFailed) {
    const index = indexOf(pod, completions);
    if (index === undefined || succeededIndexes.has(index) || failedIndexes.has(index) || running.has(index)) continue;
    const known = last.get(index);
    if (known === undefined || isLater(pod, known)) last.set(index, pod);
  }
  return last;
}

function isLater(pod: Pod, known: Pod): boolean {
  const more = absoluteFailures(pod) - absoluteFailures(known);
  return more > 0 || (more === 0 && finishedMs(pod) >= finishedMs(known));
}

/** Failures of the index before this pod, ignored ones too: they lengthen its back-off. */
export function absoluteFailures(pod: Pod): number {
  return annotatedCount(pod, FAILURES_ANNOTATION) + annotatedCount(pod, IGNORED_FAILURES_ANNOTATION);
}
