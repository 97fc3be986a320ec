import { expect, test } from 'vitest';
import { containerState, createPod, eventsOf, getPod, isReady } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const start = useTestNode();

const BROKEN = { images: { 'app:1': { present: true, process: { start: 'fails' } } } } as const;
const WORDS = 'OCI runtime create failed: exec: "serve": executable file not found in $PATH';

test('a process that cannot be started fails a pod that does not restart', async () => {
  const node = await start(BROKEN);
  createPod(node, 'once', { restartPolicy: 'Never' });
  await node.until(() => getPod(node, 'once').status?.phase === 'Failed', 5_000);
  expect(containerState(node, 'once')).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 128, reason: 'StartError', message: WORDS } },
  });
  expect(eventsOf(node, 'once')).toContain(`Failed: Error: ${WORDS}`);
  await node.advance(600_000);
  expect(node.engine.containers()).toHaveLength(1);
});

test('else it is started again as one that has crashed, which a list and a restart of Berth do not change', async () => {
  const node = await start(BROKEN);
  createPod(node, 'web');
  await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'RunContainerError', 5_000);
  expect(containerState(node, 'web')?.state?.waiting?.message).toBe(WORDS);
  await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CrashLoopBackOff', 5_000);
  expect(containerState(node, 'web')).toMatchObject({
    ready: false,
    restartCount: 1,
    lastState: { terminated: { exitCode: 128, reason: 'StartError', message: WORDS } },
  });
  await node.advance(310_000);
  // The first at once, then after 0, 10, 20, 40, 80 and 160 seconds.
  expect(containerState(node, 'web')?.restartCount).toBe(5);
  expect(node.engine.containers()).toHaveLength(2);
  await node.crash();
  expect(containerState(node, 'web')?.lastState?.terminated).toMatchObject({ reason: 'StartError' });
  await node.advance(5_000);
  expect(containerState(node, 'web')?.restartCount).toBeGreaterThan(4);
  expect(node.engine.containers()).toHaveLength(2);
});

test('what the engine repeats of a Secret is hidden in the words that stay', async () => {
  const node = await start({ images: { 'app:1': { present: true, process: { start: 'fails' } } } });
  node.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: btoa('serve') } });
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'a' } } }];
  createPod(node, 'once', { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1', env }] });
  await node.until(() => getPod(node, 'once').status?.phase === 'Failed', 5_000);
  expect(JSON.stringify(getPod(node, 'once').status)).not.toContain('serve');
  expect(containerState(node, 'once')?.state?.terminated?.message).toContain('(hidden)');
});

test('a container whose postStart hook fails is never ready, and is killed', async () => {
  const exec = () => ({ exitCode: 7, output: 'the password is tulip' });
  const node = await start({ images: { 'app:1': { present: true, process: { ignoresTerm: true, exec } } } });
  const lifecycle = { postStart: { exec: { command: ['warm-up'] } } };
  createPod(node, 'web', {
    terminationGracePeriodSeconds: 10,
    containers: [{ name: 'app', image: 'app:1', lifecycle }],
  });
  let wasReady = false;
  const failed = () => {
    wasReady ||= isReady(node, 'web') || containerState(node, 'web')?.started === true;
    return (containerState(node, 'web')?.restartCount ?? 0) > 1;
  };
  await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'PostStartHookError', 5_000);
  expect(containerState(node, 'web')?.state?.waiting?.message).toBe("command 'warm-up' exited with 7");
  await node.until(failed, 60_000);
  expect(wasReady).toBe(false);
});
