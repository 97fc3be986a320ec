import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Node, Pod } from '../../src/objects/types.ts';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { findDoubles, runningApps } from './testing/engine.ts';
import { EngineProxy } from './testing/engine-proxy.ts';
import { deployment, HTTPD, READY_ON_8080 } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { pause, waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;
let proxy: EngineProxy;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
});

afterEach(async () => {
  await proxy?.close();
  await box?.remove();
});

afterAll(() => program?.remove());

async function createBox(): Promise<{ readonly env: Readonly<Record<string, string>> }> {
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  proxy = new EngineProxy(join(box.folder, 'docker.sock'));
  return { env: { DOCKER_HOST: `unix://${proxy.path}` } };
}

const site = (version: string) => ({
  'web.yaml': deployment('web', { replicas: 3, version, command: HTTPD, container: READY_ON_8080 }),
});

async function nodeIsReady(): Promise<string | undefined> {
  const { items } = await box.berth.get<{ items: readonly Node[] }>('/api/v1/nodes');
  return items[0]?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

const idsOf = async () => (await runningApps(box.clusterUid)).map(({ Id }) => Id).sort();
/** What runs, less the pods that are on their way out: the engine goes on with a stop that it was asked for before it was cut off. */
async function idsOfKept(): Promise<string[]> {
  const pods = await box.berth.pods();
  const leaving = new Set(
    pods.filter(({ metadata }) => metadata?.deletionTimestamp).map(({ metadata }) => metadata?.uid),
  );
  const apps = await runningApps(box.clusterUid);
  const kept = apps.filter(({ Labels }) => !leaving.has(Labels['io.kubernetes.pod.uid'] ?? ''));
  if (kept.length < 3) throw new Error(`only ${kept.length} pods are not on their way out`);
  return kept.map(({ Id }) => Id).sort();
}

const restartsOf = (pods: readonly Pod[]) => pods.map(({ status }) => status?.containerStatuses?.[0]?.restartCount);

test('an engine that is not there at the start is waited for', async () => {
  const { env } = await createBox();
  const commit = await box.repository.push(site('1'));
  await box.start({ env });
  await box.berth.reaches(commit, 'Progressing');
  await waitUntil('the node is known not to be ready', async () => (await nodeIsReady()) === 'False');
  await waitUntil('it is said', () => /engine|docker\.sock/i.test(box.transcript));
  await pause(500);
  expect(box.berth.isRunning).toBe(true);
  await proxy.open();
  await box.berth.reaches(commit, 'Healthy');
  expect(await nodeIsReady()).toBe('True');
});

test('an outage in the middle of a rollout kills nothing, and the rollout goes on after it', async () => {
  const { env } = await createBox();
  await proxy.open();
  const first = await box.repository.push(site('1'));
  await box.start({ env });
  await box.berth.reaches(first, 'Healthy');
  const before = await idsOf();
  for (const version of ['2', '3']) {
    const known = new Set(await idsOf());
    const commit = await box.repository.push(site(version));
    await waitUntil('the rollout is under way', async () => (await idsOf()).some((id) => !known.has(id)));
    await proxy.close();
    await waitUntil('the node is known not to be ready', async () => (await nodeIsReady()) === 'False');
    const during = await idsOfKept();
    await pause(1_500);
    expect(await idsOf()).toEqual(expect.arrayContaining(during));
    await proxy.open();
    await box.berth.reaches(commit, 'Healthy');
    await waitUntil('three pods are left', async () => (await box.berth.pods()).length === 3);
    expect(findDoubles(await box.containers())).toEqual([]);
    expect(restartsOf(await box.berth.pods())).toEqual([0, 0, 0]);
    await waitUntil('the node is ready', async () => (await nodeIsReady()) === 'True');
  }
  expect((await idsOf()).some((id) => before.includes(id))).toBe(false);
});

test('an outage while nothing changes restarts nothing', async () => {
  const { env } = await createBox();
  await proxy.open();
  const commit = await box.repository.push(site('1'));
  await box.start({ env });
  await box.berth.reaches(commit, 'Healthy');
  const before = (await box.containers()).map(({ Id }) => Id).sort();
  await proxy.close();
  await waitUntil('the node is known not to be ready', async () => (await nodeIsReady()) === 'False');
  await pause(1_000);
  await proxy.open();
  await waitUntil('the node is ready', async () => (await nodeIsReady()) === 'True');
  await pause(1_000);
  expect((await box.containers()).map(({ Id }) => Id).sort()).toEqual(before);
  expect(restartsOf(await box.berth.pods())).toEqual([0, 0, 0]);
});
