import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../../src/objects/types.ts';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { findDoubles, runningApps } from './testing/engine.ts';
import { deployment, HTTPD, READY_ON_8080 } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { pause, waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const REPLICAS = 4;
const site = (version: string) => ({
  'web.yaml': deployment('web', {
    replicas: REPLICAS,
    version,
    command: HTTPD,
    strategy: 'strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 2}}',
    container: READY_ON_8080,
  }),
});

const isReady = ({ metadata, status }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

test('four replicas with maxUnavailable 0 are never fewer than four, through two updates of which one overtakes the other', async () => {
  const first = await box.repository.push(site('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  const pods = new Map<string, Pod>((await box.berth.pods()).map((pod) => [pod.metadata.name, pod]));
  let fewestReady = REPLICAS;
  let mostAlive = 0;
  const versions = new Set<string | undefined>();
  const stop = box.berth.watch('/api/v1/namespaces/default/pods?watch=1', ({ type, object }) => {
    const pod = object as unknown as Pod;
    if (type === 'DELETED') pods.delete(pod.metadata.name);
    else pods.set(pod.metadata.name, pod);
    const all = [...pods.values()];
    versions.add(pod.metadata.labels?.['version']);
    fewestReady = Math.min(fewestReady, all.filter(isReady).length);
    mostAlive = Math.max(mostAlive, all.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
  });
  let fewestRunning = Number.POSITIVE_INFINITY;
  const doubles: string[] = [];
  let isSampling = true;
  const sampling = (async () => {
    while (isSampling) {
      const running = await runningApps(box.clusterUid);
      doubles.push(...findDoubles(running));
      fewestRunning = Math.min(fewestRunning, running.length);
      await pause(50);
    }
  })();
  await pause(300);
  await box.repository.push(site('2'));
  await waitUntil('a pod of the second version is ready', () =>
    [...pods.values()].some((pod) => pod.metadata.labels?.['version'] === '2' && isReady(pod)),
  );
  const third = await box.repository.push(site('3'));
  await box.berth.reaches(third, 'Healthy');
  await waitUntil('four pods are left', () => pods.size === REPLICAS);
  isSampling = false;
  await sampling;
  stop();
  expect([...versions].sort()).toEqual(['1', '2', '3']);
  expect(fewestReady).toBe(REPLICAS);
  expect(fewestRunning).toBeGreaterThanOrEqual(REPLICAS);
  expect(mostAlive).toBeLessThanOrEqual(REPLICAS + 2);
  expect(doubles).toEqual([]);
  expect([...pods.values()].map(({ metadata }) => metadata.labels?.['version'])).toEqual(['3', '3', '3', '3']);
});
