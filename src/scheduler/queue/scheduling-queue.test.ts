import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { testPod } from '../testing.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

function queueOf(...pods: readonly Pod[]): SchedulingQueue {
  const queue = new SchedulingQueue();
  for (const [index, pod] of pods.entries()) queue.put(pod, { isChanged: true, nowMs: index });
  return queue;
}

function takeAll(queue: SchedulingQueue): string[] {
  const names: string[] = [];
  for (let queued = queue.take(); queued !== undefined; queued = queue.take())
    names.push(queued.info.pod.metadata.name);
  return names;
}

/** Takes the only pod and parks it. */
function fail(queue: SchedulingQueue, nowMs: number, plugins: readonly string[] = ['NodeResourcesFit']): void {
  const queued = queue.take();
  if (queued === undefined) throw new Error('nothing to take');
  queue.park(queued, plugins, { nowMs });
}

describe('the scheduling queue', () => {
  it('gives pods by priority, then in the order in which they came', () => {
    const queue = queueOf(
      testPod('a'),
      testPod('b', {}, { priority: 10 }),
      testPod('c'),
      testPod('d', {}, { priority: 10 }),
    );
    expect(takeAll(queue)).toEqual(['b', 'd', 'a', 'c']);
  });

  it('gives a pod that waited for something before one that came later', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    queue.put(testPod('b'), { isChanged: true, nowMs: 5_000 });
    queue.wake({ event: 'pod-gone' }, 6_000);
    expect(takeAll(queue)).toEqual(['a', 'b']);
  });

  // scheduling_queue_test: TestRecentlyTriedPodsGoBack, TestPodFailedSchedulingMultipleTimesDoesNotBlockNewerPod,
  // TestHighPriorityBackoff.
  it('puts a pod that was tried behind those of its priority that came before it failed', () => {
    const queue = queueOf(testPod('a'), testPod('b'), testPod('c'));
    fail(queue, 1_000);
    queue.wake({ event: 'pod-gone' }, 11_000);
    expect(takeAll(queue)).toEqual(['b', 'c', 'a']);
  });

  it('lets a newer pod go before one that has failed once more since', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    queue.wake({ event: 'pod-gone' }, 2_000);
    const again = queue.take();
    queue.put(testPod('newer'), { isChanged: true, nowMs: 2_001 });
    if (again !== undefined) queue.park(again, ['NodeResourcesFit'], { nowMs: 2_002 });
    queue.wake({ event: 'pod-gone' }, 5_000);
    expect(takeAll(queue)).toEqual(['newer', 'a']);
  });

  it('lets a less important pod go while a more important one backs off', () => {
    const queue = queueOf(testPod('mid'), testPod('high', {}, { priority: 10 }));
    fail(queue, 0);
    queue.wake({ event: 'pod-gone' }, 1);
    expect(takeAll(queue)).toEqual(['mid']);
    queue.release(1_000);
    expect(takeAll(queue)).toEqual(['high']);
  });

  it('forgets a pod that left', () => {
    const queue = queueOf(testPod('a'), testPod('b'));
    queue.remove('pod-a');
    expect(takeAll(queue)).toEqual(['b']);
  });

  it('keeps an unschedulable pod until something happens that its filter waits for', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    queue.release(3_600_000);
    queue.wake({ event: 'node-labels' }, 3_600_000);
    expect(queue.hasActive).toBe(false);
    queue.wake({ event: 'pod-gone' }, 3_600_000);
    expect(takeAll(queue)).toEqual(['a']);
  });

  it('wakes a pod that met no node at all with anything', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0, []);
    queue.wake({ event: 'node-added' }, 5_000);
    expect(queue.hasActive).toBe(true);
  });

  it('backs off 1, 2, 4, 8 and then 10 seconds after each attempt', () => {
    const queue = queueOf(testPod('a'));
    const delays: (number | undefined)[] = [];
    for (let nowMs = 0; delays.length < 6; ) {
      fail(queue, nowMs);
      queue.wake({ event: 'pod-gone' }, nowMs);
      const dueMs = queue.nextDueMs() ?? Number.NaN;
      delays.push(dueMs - nowMs);
      queue.release(dueMs - 1);
      expect(queue.hasActive).toBe(false);
      queue.release(dueMs);
      expect(queue.hasActive).toBe(true);
      nowMs = dueMs;
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  /**
   * Of the queue's own tests (TestBackoffQueue_getBackoffTime): "we should consider the error count for the backoff
   * duration".
   */
  it('backs off after an error as if nothing had been before, and after a refusal as if no error had been', () => {
    const queue = queueOf(testPod('a'));
    const delayAfter = (failure: 'error' | 'refusal', nowMs: number): number => {
      const queued = queue.take();
      if (queued === undefined) throw new Error('nothing to take');
      if (failure === 'error') queue.tryAgain(queued, nowMs);
      else queue.park(queued, ['NodeResourcesFit'], { nowMs });
      queue.wake({ event: 'pod-gone' }, nowMs);
      const dueMs = queue.nextDueMs() ?? Number.NaN;
      queue.release(dueMs);
      return dueMs - nowMs;
    };
    const failures = ['refusal', 'refusal', 'refusal', 'error', 'error', 'refusal', 'error'] as const;
    expect(failures.map((failure, index) => delayAfter(failure, index * 60_000))).toEqual([
      1_000, 2_000, 4_000, 1_000, 2_000, 8_000, 1_000,
    ]);
  });

  it('tries a pod again that was parked, but of which more could not be done, once its back-off is over', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    queue.wake({ event: 'pod-gone' }, 1_000);
    const queued = queue.take();
    if (queued === undefined) throw new Error('nothing to take');
    queue.park(queued, ['NodeResourcesFit'], { nowMs: 1_000 });
    queue.tryAgain(queued, 1_000);
    expect(queue.nextDueMs()).toBe(3_000);
    queue.release(3_000);
    queue.wake({ event: 'pod-gone' }, 3_000);
    expect(takeAll(queue)).toEqual(['a']);
    queue.tryAgain(queued, 3_000);
    queue.tryAgain(queued, 3_000);
    expect(queue.nextDueMs()).toBe(4_000);
  });

  it('tries a pod again that changed, once its back-off is over', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0, ['TaintToleration']);
    const tolerations = [{ operator: 'Exists' as const }];
    queue.put(testPod('a', {}, { tolerations }), { isChanged: true, nowMs: 10 });
    expect(queue.hasActive).toBe(false);
    queue.release(1_000);
    expect(queue.take()?.info.pod.spec?.tolerations).toEqual(tolerations);
  });

  it('keeps a pod that changed in a way of which its filter knows nothing, as it is now', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    const pod = testPod('a');
    queue.put({ ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } }, { isChanged: true, nowMs: 60_000 });
    expect(queue.hasActive).toBe(false);
    queue.wake({ event: 'pod-gone' }, 60_000);
    expect(queue.take()?.info.pod.metadata.labels).toEqual({ app: 'web' });
  });

  it('leaves a pod alone that changes while it is tried, and takes note of the change', () => {
    const queue = queueOf(testPod('a'));
    const queued = queue.take();
    if (queued === undefined) throw new Error('nothing to take');
    const pod = testPod('a');
    queue.put({ ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } }, { isChanged: true, nowMs: 10 });
    expect(queue.hasActive).toBe(false);
    queue.park(queued, ['NodeResourcesFit'], { nowMs: 20 });
    queue.wake({ event: 'pod-gone' }, 60_000);
    expect(queue.take()?.info.pod.metadata.labels).toEqual({ app: 'web' });
  });

  it('does not wake a pod for a change that cannot matter', () => {
    const queue = queueOf(testPod('a'));
    fail(queue, 0);
    queue.put(testPod('a'), { isChanged: false, nowMs: 10 });
    expect(queue.nextDueMs()).toBeUndefined();
  });
});
