import { describe, expect, it } from 'vitest';
import type { Job } from '../../objects/types.ts';
import { goesSomeDay } from './jobs-that-will-go.ts';

const COMPLETE = { conditions: [{ type: 'Complete', status: 'True' }] };
const metadata = { name: 'task', uid: 'uid-task', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const template = {};

describe('whether something happens to a Job some day', () => {
  it.each<[what: string, parts: Pick<Job, 'spec' | 'status'>, expected: boolean]>([
    ['that runs', { spec: { template }, status: { active: 1 } }, true],
    ['that waits between two tries (seed 2314)', { spec: { template, backoffLimit: 40 }, status: { failed: 5 } }, true],
    ['that is suspended', { spec: { template, suspend: true } }, false],
    ['that may run no pod', { spec: { template, parallelism: 0 } }, false],
    ['that has ended', { spec: { template }, status: COMPLETE }, false],
    ['that has ended and goes', { spec: { template, ttlSecondsAfterFinished: 60 }, status: COMPLETE }, true],
  ])('%s', (_what, parts, expected) => {
    const job: Job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      ...parts,
    };
    expect(goesSomeDay(job)).toBe(expected);
  });
});
