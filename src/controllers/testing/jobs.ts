import { deepFreeze } from '../../lib/json.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { computeJob, type JobResult } from '../job/compute-job.ts';
import { NO_FAILURES } from '../job/job-backoff.ts';
import { FAILURES_ANNOTATION, INDEX_ANNOTATION, TRACKING_FINALIZER } from '../job/job-pods.ts';
import { ago, NOW_MS } from './objects.ts';

export type JobSpec = NonNullable<Job['spec']>;

export function jobOf(spec: Partial<JobSpec>, status: Job['status'] = { startTime: ago(60) }): Job {
  const template = { spec: { restartPolicy: 'Never' as const, containers: [{ name: 'app', image: 'app:1' }] } };
  const metadata = { name: 'work', namespace: 'default', uid: 'job', resourceVersion: '1', creationTimestamp: ago(60) };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template, ...spec }, status: status ?? {} };
}

/** A pod of a Job in a few words; the defaults stand for one that ended a second ago with exit code 1. */
export interface PodSketch {
  readonly name: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly index?: number;
  readonly failures?: number;
  readonly counted?: boolean;
  readonly deleted?: boolean;
  readonly exitCode?: number;
  readonly endedAgo?: number;
}

export function podOf({ name, phase, index, failures, exitCode = 1, endedAgo = 1, ...sketch }: PodSketch): Pod {
  const terminated = { exitCode, finishedAt: ago(endedAgo) };
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: ago(30) },
      ...(sketch.counted === true ? {} : { finalizers: [TRACKING_FINALIZER] }),
      annotations: {
        ...(index === undefined ? {} : { [INDEX_ANNOTATION]: `${index}` }),
        ...(failures === undefined ? {} : { [FAILURES_ANNOTATION]: `${failures}` }),
      },
      ...(sketch.deleted === true ? { deletionTimestamp: ago(1) } : {}),
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
    status: {
      phase,
      containerStatuses: [
        { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, state: hasEnded ? { terminated } : {} },
      ],
    },
  };
}

export function compute(job: Job, pods: readonly Pod[]): JobResult {
  return computeJob(deepFreeze({ job, pods, backoff: NO_FAILURES, nowMs: NOW_MS }));
}

export function actionsOf({ actions }: JobResult): readonly string[] {
  return actions.map((action) =>
    action.type === 'createPod'
      ? `create ${action.part?.index ?? ''}`.trim()
      : `${action.type} ${action.pod.metadata.name}`,
  );
}

/** Two at once, three in all. */
export const plain = (over: Partial<JobSpec> = {}) => ({ parallelism: 2, completions: 3, ...over });
export const indexed = (over: Partial<JobSpec> = {}) => plain({ completionMode: 'Indexed', ...over });
