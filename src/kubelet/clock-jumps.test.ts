import { describe, expect, test } from 'vitest';
import type { SimCall } from '../runtime/index.ts';
import { monotonicTimeOf } from './container-times.ts';
import { containerState, createPod, getPod, type TestNode } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const HOUR_MS = 3_600_000;

const start = useTestNode();

const CRASHING = { images: { 'app:1': { present: true, process: { exit: { afterMs: 1_000, code: 1 } } } } } as const;

const restarts = (node: TestNode) => containerState(node, 'web')?.restartCount ?? 0;

describe.each([
  ['is put back by an hour', -HOUR_MS],
  ['is put ahead by an hour', HOUR_MS],
  ['is put back by half a minute', -30_000],
])('a clock that %s', (_what, byMs) => {
  test('neither holds up a container that crashes nor starts it without its pauses', async () => {
    const node = await start(CRASHING);
    createPod(node, 'web');
    await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CrashLoopBackOff');
    // After 0 and 10 seconds, so that the next wait is one of 20.
    await node.until(() => restarts(node) === 2);
    await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CrashLoopBackOff');
    node.clock.jumpWall(byMs);
    expect(await node.until(() => restarts(node) === 3)).toBeGreaterThan(19_000);
    expect(await node.until(() => restarts(node) === 4)).toBeGreaterThan(39_000);
    expect(await node.until(() => restarts(node) === 5)).toBeLessThan(90_000);
  });

  test('does not make a pull that waits come sooner or later', async () => {
    let pulls = 0;
    const faults = ({ operation }: SimCall) => {
      if (operation === 'pullImage') pulls++;
      return undefined;
    };
    const node = await start({ images: { 'app:1': { pull: 'missing' } }, faults });
    createPod(node, 'web');
    await node.until(() => pulls === 2);
    node.clock.jumpWall(byMs);
    const waitedMs = await node.until(() => pulls === 3);
    expect(waitedMs).toBeGreaterThan(18_000);
    expect(waitedMs).toBeLessThan(30_000);
  });

  test('does not make the first probe of a container come sooner or later', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    const readinessProbe = { tcpSocket: { port: 80 }, initialDelaySeconds: 20, periodSeconds: 1 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', readinessProbe }] });
    await node.until(() => containerState(node, 'web')?.state?.running !== undefined);
    await node.advance(5_000);
    node.clock.jumpWall(byMs);
    const waitedMs = await node.until(() => containerState(node, 'web')?.ready === true);
    expect(waitedMs).toBeGreaterThan(13_000);
    expect(waitedMs).toBeLessThan(20_000);
  });
});

test('a restarted Berth starts what ended before the clock was put back, and probes what runs', async () => {
  const node = await start(CRASHING);
  createPod(node, 'web');
  await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CrashLoopBackOff');
  node.clock.jumpWall(-HOUR_MS);
  await node.crash();
  expect(await node.until(() => restarts(node) === 2)).toBeLessThan(5_000);
});

test('a deadline follows a clock that is put ahead, within a minute', async () => {
  const node = await start({ images: { 'app:1': { present: true } } });
  createPod(node, 'web', { activeDeadlineSeconds: 7200 });
  await node.until(() => containerState(node, 'web')?.state?.running !== undefined);
  node.clock.jumpWall(2 * HOUR_MS);
  expect(await node.until(() => getPod(node, 'web').status?.reason === 'DeadlineExceeded')).toBeLessThanOrEqual(60_000);
});

test.each([
  ['was so long ago', 90_000, undefined, 490_000],
  ['is now where it lies in the future, as before a clock that was put back', 3_700_000, undefined, 500_000],
  [
    'is not before what is known to have been earlier, as with an engine whose clock is behind',
    90_000,
    495_000,
    495_000,
  ],
])('an instant of the engine %s', (_what, instantMs, earliestMs, expected) => {
  expect(monotonicTimeOf(instantMs, { wallMs: 100_000, monotonicMs: 500_000 }, earliestMs)).toBe(expected);
});
