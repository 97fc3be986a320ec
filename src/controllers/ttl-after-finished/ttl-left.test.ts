import { expect, test } from 'vitest';
import type { Job } from '../../objects/types.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { ttlLeftMs } from './ttl-after-finished-controller.ts';

interface Sketch {
  readonly end?: 'Complete' | 'Failed';
  /** Seconds since then. */
  readonly ended?: number;
  readonly ttl?: number;
  readonly deleted?: boolean;
}

function jobOf({ end, ended = 0, ttl, deleted = false }: Sketch): Job {
  const metadata = { name: 'j', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: ago(900) };
  const conditions = end === undefined ? [] : [{ type: end, status: 'True', lastTransitionTime: ago(ended) }];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: deleted ? { ...metadata, deletionTimestamp: ago(1) } : metadata,
    spec: { template: {}, ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl }) },
    status: { conditions },
  };
}

// The kinds of cases of TestTimeLeft (ttlafterfinished_controller_test), and what comes after the end.
test.each<[rule: string, job: Sketch, leftMs: number | undefined]>([
  ['a Job that runs', { ttl: 50 }, undefined],
  ['one that is complete and has no time to live', { end: 'Complete' }, undefined],
  ['one that has failed and has none', { end: 'Failed' }, undefined],
  ['one that may go at once', { end: 'Complete', ttl: 0 }, 0],
  ['one that has failed and may go at once', { end: 'Failed', ttl: 0 }, 0],
  ['one that has just ended', { end: 'Complete', ttl: 20 }, 20_000],
  ['one that has just failed', { end: 'Failed', ttl: 20 }, 20_000],
  ['one that ended a while ago', { end: 'Complete', ended: 12, ttl: 20 }, 8_000],
  ['one that failed a while ago', { end: 'Failed', ended: 12, ttl: 20 }, 8_000],
  ['one whose time is long over', { end: 'Complete', ended: 500, ttl: 20 }, 0],
  ['one that is being deleted already', { end: 'Complete', ended: 500, ttl: 20, deleted: true }, undefined],
])('%s', (_rule, job, leftMs) => {
  expect(ttlLeftMs(jobOf(job), NOW_MS)).toBe(leftMs);
});
