import { expect, test } from 'vitest';
import { containerState, createPod, eventsOf, getPod, isReady } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const start = useTestNode();

test('a container that is killed or removed by hand comes back at once', async () => {
  const node = await start({ images: { 'app:1': { present: true } } });
  createPod(node, 'web');
  await node.until(() => isReady(node, 'web'));
  node.engine.killContainer(node.engine.containers()[0]?.id ?? '');
  await node.until(() => containerState(node, 'web')?.restartCount === 1 && isReady(node, 'web'), 5_000);
  expect(containerState(node, 'web')?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  const running = node.engine.containers().find(({ status }) => status === 'running');
  node.engine.removeByHand(running?.id ?? '');
  // The restart counts from the moment at which it is seen to be needed, as with a kubelet.
  await node.until(() => containerState(node, 'web')?.restartCount === 2, 5_000);
  expect(containerState(node, 'web')).toMatchObject({
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
  });
  await node.until(() => isReady(node, 'web'), 30_000);
  expect(containerState(node, 'web')?.restartCount).toBe(2);
});

test('of one container one instance runs, also when somebody has started an older one', async () => {
  const node = await start({ images: { 'app:1': { present: true } } });
  createPod(node, 'web');
  await node.until(() => isReady(node, 'web'));
  const first = node.engine.containers()[0]?.id ?? '';
  const running = () => node.engine.containers().filter(({ status }) => status === 'running');
  node.engine.killContainer(first);
  await node.until(() => containerState(node, 'web')?.restartCount === 1 && isReady(node, 'web'), 5_000);
  node.engine.startByHand(first);
  expect(running()).toHaveLength(2);
  await node.until(() => running().length === 1, 5_000);
  expect(running()).toMatchObject([{ attempt: 1 }]);
  expect(eventsOf(node, 'web')).toContain(
    'Killing: Container app was started beside a newer instance of it, will be stopped',
  );
  await node.advance(30_000);
  expect(containerState(node, 'web')).toMatchObject({ restartCount: 1, ready: true });
});

test('an older instance that was started while the next one waits is stopped first', async () => {
  const process = ({ attempt }: { attempt: number }) => (attempt === 1 ? { exit: { afterMs: 50, code: 1 } } : {});
  const node = await start({ images: { 'app:1': { present: true, process } } });
  createPod(node, 'web');
  await node.until(() => isReady(node, 'web'));
  const first = node.engine.containers()[0]?.id ?? '';
  node.engine.killContainer(first);
  await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CrashLoopBackOff', 5_000);
  node.engine.startByHand(first);
  let most = 0;
  await node.until(() => {
    most = Math.max(most, node.engine.containers().filter(({ status }) => status === 'running').length);
    return containerState(node, 'web')?.restartCount === 2 && isReady(node, 'web');
  }, 60_000);
  expect(most).toBe(1);
});

test('dead containers that are pruned change nothing', async () => {
  const process = ({ name }: { name: string }) =>
    name === 'app' ? {} : { exit: { afterMs: 50, code: name === 'bad' ? 1 : 0 } };
  const node = await start({ images: { 'app:1': { present: true, process } } });
  const image = 'app:1';
  createPod(node, 'web', { initContainers: [{ name: 'setup', image }] });
  createPod(node, 'job', {
    restartPolicy: 'Never',
    containers: ['app', 'bad', 'good'].map((name) => ({ name, image })),
  });
  await node.until(() => isReady(node, 'web') && containerState(node, 'job', 'good')?.state?.terminated !== undefined);
  await node.advance(1_000);
  const statuses = () => ['web', 'job'].map((name) => getPod(node, name).status);
  const before = statuses();
  for (const { id, status } of node.engine.containers()) if (status === 'exited') node.engine.removeByHand(id);
  await node.advance(30_000);
  expect(statuses()).toEqual(before);
  expect(node.engine.containers().map(({ name, status }) => `${name} ${status}`)).toEqual([
    'app running',
    'app running',
  ]);
  await node.crash();
  await node.advance(30_000);
  expect(statuses()).toEqual(before);
});

test('init containers run again where nothing is left of a pod, as after `berth down`', async () => {
  const process = ({ name }: { name: string }) => (name === 'app' ? {} : { exit: { afterMs: 50, code: 0 } });
  const node = await start({ images: { 'app:1': { present: true, process } } });
  createPod(node, 'web', { initContainers: [{ name: 'setup', image: 'app:1' }] });
  await node.until(() => isReady(node, 'web'));
  const sandboxes = new Set(node.engine.containers().map(({ sandboxId }) => sandboxId));
  for (const id of sandboxes) node.engine.removeByHand(id);
  await node.crash();
  await node.until(() => node.engine.containers().some(({ name }) => name === 'app') && isReady(node, 'web'), 60_000);
  expect(node.engine.containers().map(({ name, status }) => `${name} ${status}`)).toEqual([
    'setup exited',
    'app running',
  ]);
});
