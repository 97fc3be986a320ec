import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { podOf } from '../testing/jobs.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { advanceBackoff, NO_FAILURES, remainingBackoffMs } from './job-backoff.ts';
import { finishedMs } from './job-pods.ts';

describe('the back-off of a Job', () => {
  // backoff_utils_test (TestGetRemainingBackoffTime), with the limit of job_controller.go.
  it('is 10 s after the first failure, doubles, and ends at 10 min', () => {
    const waits = [1, 2, 3, 6, 7, 50].map((failures) => remainingBackoffMs({ failures, lastFailureMs: 0 }, 0) / 1000);
    expect(waits).toEqual([10, 20, 40, 320, 600, 600]);
  });

  it('starts from nothing after a success', () => {
    const failed = podOf({ name: 'a', phase: 'Failed', endedAgo: 20 });
    const ended = { failed: [failed], succeeded: [podOf({ name: 'b', phase: 'Succeeded', endedAgo: 10 })] };
    expect(advanceBackoff({ failures: 4, lastFailureMs: 0 }, ended, NOW_MS)).toEqual(NO_FAILURES);
    const once = advanceBackoff(NO_FAILURES, { failed: [failed], succeeded: [] }, NOW_MS);
    expect(once).toEqual({ failures: 1, lastFailureMs: NOW_MS - 20_000 });
  });

  it('takes a failure of the same second as a success for an earlier one', () => {
    const ended = {
      failed: [podOf({ name: 'a', phase: 'Failed', endedAgo: 10 })],
      succeeded: [podOf({ name: 'b', phase: 'Succeeded', endedAgo: 10 })],
    };
    expect(advanceBackoff(NO_FAILURES, ended, NOW_MS)).toEqual(NO_FAILURES);
  });

  // Seed 900031: an index was not tried again for hours.
  it('does not wait for the clock to come back to a failure before which it was put', () => {
    expect(remainingBackoffMs({ failures: 3, lastFailureMs: NOW_MS + 1 }, NOW_MS)).toBe(0);
    const failed = podOf({ name: 'a', phase: 'Failed', endedAgo: 5 });
    const recorded = { failures: 1, lastFailureMs: NOW_MS + 7_200_000 };
    const backoff = advanceBackoff(recorded, { failed: [failed], succeeded: [] }, NOW_MS);
    expect(backoff).toEqual({ failures: 2, lastFailureMs: NOW_MS - 5_000 });
    expect(remainingBackoffMs(backoff, NOW_MS)).toBe(15_000);
  });

  const bare = podOf({ name: 'a', phase: 'Failed' });
  const terminated = (seconds: number) => ({ terminated: { exitCode: 1, finishedAt: ago(seconds) } });
  const statusOf = (name: string, state: object) => ({
    name,
    image: '',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
  });
  const sidecar = { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' as const };
  it.each<[what: string, pod: Pod, secondsAgo: number]>([
    ['the end of its last container', bare, 1],
    [
      'the end of its sidecar, which is later',
      {
        ...bare,
        spec: { containers: [], initContainers: [sidecar] },
        status: {
          phase: 'Failed',
          containerStatuses: [statusOf('app', terminated(9))],
          initContainerStatuses: [statusOf('proxy', terminated(4))],
        },
      },
      4,
    ],
    [
      'since when it is not ready, while one container has not ended',
      {
        ...bare,
        status: {
          phase: 'Failed',
          containerStatuses: [statusOf('app', terminated(9)), statusOf('b', {})],
          conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(7) }],
        },
      },
      7,
    ],
    [
      'the moment of its deletion',
      { ...bare, metadata: { ...bare.metadata, deletionTimestamp: ago(3), deletionGracePeriodSeconds: 2 }, status: {} },
      5,
    ],
    ['when it was made, where nothing else is known', { ...bare, status: { phase: 'Failed' } }, 30],
  ])('takes for the end of a pod %s', (_what, pod, secondsAgo) => {
    expect(finishedMs(pod)).toBe(NOW_MS - secondsAgo * 1_000);
  });
});
