import { expect, test } from 'vitest';
import type { Job } from '../../objects/types.ts';
import { computeFinishedHealth, computeFinishedJob } from './finished-job.ts';

const DONE = { type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:10Z' };
const FAILED = { ...DONE, type: 'Failed', reason: 'BackoffLimitExceeded', message: 'too often' };

interface Given {
  readonly end?: object;
  readonly ttl?: number;
  readonly deleted?: string;
  readonly grace?: number;
}

function job({ end, ttl, deleted, grace }: Given): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', deletionTimestamp: deleted, deletionGracePeriodSeconds: grace },
    spec: { ttlSecondsAfterFinished: ttl },
    status: { conditions: end === undefined ? [] : [end] },
  } as unknown as Job;
}

test.each<readonly [string, Given, 'Complete' | 'Failed' | undefined]>([
  ['is not being deleted', { end: DONE, ttl: 0 }, undefined],
  ['is deleted when its time to live is up', { end: DONE, ttl: 5, deleted: '2026-01-01T00:00:15Z' }, 'Complete'],
  ['failed, and is deleted then', { end: FAILED, ttl: 5, deleted: '2026-01-01T00:01:00Z' }, 'Failed'],
  ['is deleted in the second in which it ended', { end: DONE, ttl: 0, deleted: '2026-01-01T00:00:10Z' }, 'Complete'],
  ['is deleted by a person before that', { end: DONE, ttl: 5, deleted: '2026-01-01T00:00:14Z' }, undefined],
  [
    'is deleted by a person before that, with time to go',
    { end: DONE, ttl: 5, deleted: '2026-01-01T00:01:00Z', grace: 50 },
    undefined,
  ],
  ['has no time to live', { end: DONE, deleted: '2026-01-01T00:01:00Z' }, undefined],
  ['has not ended', { ttl: 0, deleted: '2026-01-01T00:01:00Z' }, undefined],
  ['only will fail', { end: { ...FAILED, type: 'FailureTarget' }, ttl: 0, deleted: '2026-01-01T00:01:00Z' }, undefined],
])('a Job that %s', (_what, given, outcome) => {
  expect(computeFinishedJob(job(given), 'home')?.outcome).toBe(outcome);
});

test('a Job that is gone counts with the verdict that it ended with', () => {
  const namespaceUid = 'home';
  expect(computeFinishedHealth({ outcome: 'Complete', reason: '', message: '', namespaceUid }).status).toBe('Current');
  expect(computeFinishedHealth({ outcome: 'Failed', reason: 'A', message: 'b', namespaceUid })).toEqual({
    status: 'Failed',
    reason: 'A',
    message: 'b',
  });
});
