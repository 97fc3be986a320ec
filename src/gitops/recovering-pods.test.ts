import { afterEach, expect, it } from 'vitest';
import { formatTime } from '../lib/clock.ts';
import type { Pod } from '../objects/types.ts';
import { configMap, deployment, NAMESPACE, TestLoop } from './testing.ts';

let loop: TestLoop;

afterEach(() => loop.stop());

function newPod(): Pod | undefined {
  const pods = loop.test.client.list('Pod', { namespace: 'shop' });
  return pods.find(({ spec }) => spec?.containers[0]?.image === 'app:2');
}

/** The container has failed and runs again since now; without a readiness probe it counts as ready at once. */
function restart(
  exitCode: number,
  {
    pauseMs = 0,
    reason = exitCode === 0 ? 'Completed' : 'Error',
  }: { readonly pauseMs?: number; readonly reason?: string } = {},
): void {
  const { client, clock } = loop.test;
  const now = formatTime(clock.wallMs());
  const pod = newPod();
  if (pod === undefined) throw new Error('there is no new pod');
  const status = {
    name: 'app',
    image: 'app:1',
    imageID: '',
    ready: true,
    restartCount: 1,
    state: { running: { startedAt: now } },
    lastState: {
      terminated: {
        exitCode,
        reason,
        finishedAt: formatTime(clock.wallMs() - pauseMs),
      },
    },
  };
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
  client.updateStatus({ ...pod, status: { ...pod.status, phase: 'Running', conditions, containerStatuses: [status] } });
}

async function begin(): Promise<void> {
  loop = new TestLoop();
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web'), 'c.yaml': configMap('old', 'one') });
  await loop.start();
  await loop.run(5_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
}

/** Deploys a new image, whose pod gets ready only by `restart`. */
async function rollOut(): Promise<void> {
  loop.kubelet.isReady = (pod) => pod !== newPod();
  loop.push({ 'a.yaml': NAMESPACE, 'b.yaml': deployment('web', { image: 'app:2' }) });
  await loop.run(1_000);
  expect(loop.phaseOf('root')).toBe('Progressing');
}

it('a rollout is not healthy while a container has just been started again after a failure, and is once it stays up', async () => {
  await begin();
  await rollOut();
  restart(1);
  await loop.run(5_000);
  expect(loop.phaseOf('root')).toBe('Progressing');
  expect(loop.messageOf('root')).toMatch(/web-.*has been started again after it exited with code 1/);
  // What is no longer declared goes only when its successor has shown that it stays up.
  expect(loop.test.client.get('ConfigMap', { namespace: 'shop', name: 'old' })).toBeDefined();
  await loop.run(6_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
  expect(loop.test.client.get('ConfigMap', { namespace: 'shop', name: 'old' })).toBeUndefined();
});

it('a container that fails again and again fails its rollout although it looks ready in between', async () => {
  await begin();
  await rollOut();
  for (let seconds = 0; seconds < 40; seconds += 8) {
    restart(137);
    await loop.run(8_000);
  }
  expect(loop.phaseOf('root')).toBe('Failed');
  expect(loop.messageOf('root')).toContain('exited with code 137');
});

it('a container that is back long after its failure, as one that was taken away meanwhile, is healthy', async () => {
  await begin();
  await rollOut();
  restart(137, { pauseMs: 13 * 60_000 });
  await loop.run(2_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
});

it('a container that somebody has removed, as `berth down` does, is healthy once it runs again', async () => {
  await begin();
  await rollOut();
  restart(137, { reason: 'ContainerStatusUnknown' });
  await loop.run(2_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
});

it('a container that ended well and runs again is healthy', async () => {
  await begin();
  await rollOut();
  restart(0);
  await loop.run(2_000);
  expect(loop.phaseOf('root')).toBe('Healthy');
});

it('a workload that is taken out of the repository while its container recovers keeps nothing from being deleted', async () => {
  await begin();
  await rollOut();
  restart(1);
  loop.push({ 'a.yaml': NAMESPACE });
  await loop.run(5_000);
  const { client } = loop.test;
  expect(client.get('ConfigMap', { namespace: 'shop', name: 'old' })).toBeUndefined();
  expect(client.get('Deployment', { namespace: 'shop', name: 'web' })).toBeUndefined();
});

it('a workload that moves to another application while its container recovers holds up the pruning of the new one only', async () => {
  loop = new TestLoop({ paths: ['apps/*'] });
  const [oldMap, otherMap] = [configMap('old', 'one'), configMap('other', 'one')];
  const one = { 'apps/one/a.yaml': NAMESPACE };
  const two = { 'apps/two/a.yaml': configMap('kept', 'one') };
  loop.push({
    ...one,
    ...two,
    'apps/one/b.yaml': deployment('web'),
    'apps/one/c.yaml': oldMap,
    'apps/two/c.yaml': otherMap,
  });
  await loop.start();
  await loop.run(5_000);
  const changed = deployment('web', { image: 'app:2' });
  loop.kubelet.isReady = (pod) => pod !== newPod();
  loop.push({ ...one, ...two, 'apps/one/b.yaml': changed, 'apps/two/c.yaml': otherMap });
  await loop.run(1_000);
  restart(1);
  loop.push({ ...one, ...two, 'apps/two/b.yaml': changed });
  await loop.run(5_000);
  const exists = (name: string) => loop.test.client.get('ConfigMap', { namespace: 'shop', name }) !== undefined;
  expect([loop.phaseOf('one'), exists('old')]).toEqual(['Healthy', false]);
  expect([loop.phaseOf('two'), exists('other')]).toEqual(['Progressing', true]);
  await loop.run(10_000);
  expect([loop.phaseOf('two'), exists('other')]).toEqual(['Healthy', false]);
});
