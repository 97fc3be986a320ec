import { expect, test } from 'vitest';
import { isPodReady } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import { containerState, createPod, eventsOf, getPod, type TestNode } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

/**
 * A kubelet's `mergePodStatus`: "delay transitioning a pod to a terminal status unless the pod is actually terminal".
 */

const HOUR_MS = 3_600_000;
const STUBBORN = { images: { 'app:1': { present: true, process: { ignoresTerm: true } } } } as const;
const LATE = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };

const start = useTestNode();

const isRunning = (node: TestNode) => node.engine.containers().some(({ status }) => status === 'running');
const reasonOf = (node: TestNode) => getPod(node, 'web').status?.reason;

function evict(node: TestNode): void {
  const pod: Pod = getPod(node, 'web');
  node.client.updateStatus({ ...pod, status: { ...pod.status, reason: 'Evicted', message: 'too little of it' } });
}

test('a pod past its deadline is failed once its containers are down, and serves no more before', async () => {
  const node = await start(STUBBORN);
  createPod(node, 'web', { activeDeadlineSeconds: 20 });
  await node.until(() => isPodReady(getPod(node, 'web')));
  await node.until(() => reasonOf(node) !== undefined);
  expect(getPod(node, 'web').status).toMatchObject({ phase: 'Running', ...LATE });
  expect([isRunning(node), isPodReady(getPod(node, 'web'))]).toEqual([true, false]);
  await node.advance(25_000);
  expect(getPod(node, 'web').status?.phase).toBe('Running');
  await node.until(() => getPod(node, 'web').status?.phase === 'Failed');
  expect(isRunning(node)).toBe(false);
  expect(getPod(node, 'web').status).toMatchObject(LATE);
  expect(eventsOf(node, 'web').filter((line) => line.startsWith(LATE.reason))).toEqual([
    `${LATE.reason}: ${LATE.message}`,
  ]);
  expect(containerState(node, 'web')).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 137 } } });
});

test('neither a crash nor a clock that is put back takes the verdict back', async () => {
  const node = await start(STUBBORN);
  createPod(node, 'web', { activeDeadlineSeconds: 20 });
  await node.until(() => reasonOf(node) === LATE.reason);
  node.clock.jumpWall(-HOUR_MS);
  await node.crash();
  await node.until(() => getPod(node, 'web').status?.phase === 'Failed');
  await node.advance(60_000);
  expect(isRunning(node)).toBe(false);
  expect(containerState(node, 'web')?.restartCount).toBe(0);
});

test('an evicted pod has a second for its end', async () => {
  const node = await start(STUBBORN);
  createPod(node, 'web', { terminationGracePeriodSeconds: 600 });
  await node.until(() => isPodReady(getPod(node, 'web')));
  evict(node);
  expect(await node.until(() => getPod(node, 'web').status?.phase === 'Failed')).toBeLessThan(3_000);
  expect(getPod(node, 'web').status).toMatchObject({ reason: 'Evicted', message: 'too little of it' });
  expect(isRunning(node)).toBe(false);
});

test('a pod of which nothing runs is failed at once', async () => {
  const node = await start({ images: { 'app:1': { pull: 'missing' } } });
  createPod(node, 'web', { activeDeadlineSeconds: 20 });
  await node.until(() => reasonOf(node) === LATE.reason);
  expect(getPod(node, 'web').status?.phase).toBe('Failed');
});
