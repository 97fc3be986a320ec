import { beforeEach, describe, expect, it } from 'vitest';
import { createTestRegistry, pod, type TestRegistry } from '../../api/testing.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { StoredObject } from '../../objects/types.ts';
import { GitopsState } from '../gitops-state.ts';
import { StartObserver } from './start-observer.ts';

let test: TestRegistry;
let state: GitopsState;
let observer: StartObserver;

beforeEach(() => {
  test = createTestRegistry();
  state = new GitopsState(test.store);
  observer = open();
});

function open(): StartObserver {
  const { client, clock } = test;
  const opened = new StartObserver({ client, clock, state });
  opened.start();
  return opened;
}

async function pass(ms: number): Promise<void> {
  const { clock } = test;
  const endMs = clock.monotonicMs() + ms;
  for (let due = clock.nextDueMs(); due !== undefined && due <= endMs; due = clock.nextDueMs()) clock.fireNext();
  clock.moveTo(endMs);
  await Promise.resolve();
}

interface Sketch {
  readonly ready?: boolean;
  readonly restarts?: number;
  readonly running?: boolean;
}

async function report(name: string, { ready = false, restarts = 0, running = true }: Sketch): Promise<void> {
  const current = test.client.getObject({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name });
  if (current === undefined) throw new Error(`there is no pod ${name}`);
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [
      {
        name: 'app',
        image: 'app:1',
        imageID: '',
        ready,
        restartCount: restarts,
        state: running ? { running: {} } : { waiting: {} },
      },
    ],
  };
  test.client.updateStatus({ ...current, status });
  await Promise.resolve();
}

/** Creates a pod that starts after `startMs` and is ready `readyMs` later. */
async function play(name: string, startMs: number, readyMs: number, image = 'app:1'): Promise<void> {
  test.client.create(pod(name, { nodeName: 'n', containers: [{ name: 'app', image }] }));
  await pass(startMs);
  await report(name, {});
  await pass(readyMs);
  await report(name, { ready: true });
}

async function end(name: string, stopMs: number): Promise<void> {
  const id = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name };
  test.client.delete(id, { gracePeriodSeconds: 30 });
  await pass(stopMs);
  test.client.delete(id, { gracePeriodSeconds: 0 });
  await Promise.resolve();
}

describe('the start of a pod', () => {
  it('is measured from its creation to its containers, from there to readiness, and from the order to stop to its end', async () => {
    await play('web', 700, 2_300);
    await end('web', 1_200);
    expect(observer.observations.workloads).toEqual([
      { workload: 'Pod/default/web', images: ['app:1'], startMs: 700, readyMs: 2_300, stopMs: 1_200, starts: 1 },
    ]);
  });

  it('is told without the pull, which happens once for an image', async () => {
    const made = test.client.create(pod('web', { nodeName: 'n', containers: [{ name: 'app', image: 'app:1' }] }));
    const { uid } = made.metadata;
    await pass(10_000);
    const message = 'Successfully pulled image "app:1" in 9.5s (9.5s including waiting). Image size: 1 bytes.';
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'web', uid };
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' } };
    test.client.create({ ...event, reason: 'Pulled', message, involvedObject });
    await Promise.resolve();
    await report('web', {});
    await pass(100);
    await report('web', { ready: true });
    expect(observer.observations).toMatchObject({
      workloads: [{ startMs: 500, readyMs: 100 }],
      pulls: [{ image: 'app:1', pullMs: 9_500 }],
    });
  });

  it('is no start where a container had to be started again, or where the pod was there before', async () => {
    test.client.create(pod('web', { nodeName: 'n', containers: [{ name: 'app', image: 'app:1' }] }));
    await report('web', { restarts: 1 });
    await report('web', { restarts: 1, ready: true });
    expect(observer.observations.workloads).toEqual([]);
    observer.stop();
    test.client.create(pod('old', { nodeName: 'n', containers: [{ name: 'app', image: 'app:1' }] }));
    observer = open();
    await report('old', { ready: true });
    expect(observer.observations.workloads).toEqual([]);
  });

  it('is the median of the last five, and begins anew with another program', async () => {
    for (const [index, ms] of [100, 90_000, 300, 400, 500, 200].entries()) await play(`p${index}`, ms, ms);
    const names = observer.observations.workloads.map(({ workload }) => workload);
    expect(names).toHaveLength(6);
    for (const ms of [100, 90_000, 300, 400, 500, 200]) {
      await play('web', ms, ms);
      await end('web', 0);
    }
    const web = () => observer.observations.workloads.find(({ workload }) => workload === 'Pod/default/web');
    expect(web()).toMatchObject({ startMs: 400, readyMs: 400, starts: 5 });
    await play('web', 50, 50, 'app:2');
    await end('web', 0);
    expect(web()).toMatchObject({ startMs: 300, starts: 5, images: ['app:2'] });
    await play('web', 7, 7, 'other:1');
    expect(web()).toMatchObject({ startMs: 7, readyMs: 7, starts: 1, images: ['other:1'] });
  });
});

describe('what was observed', () => {
  it('survives a restart, and is written together', async () => {
    await play('web', 700, 2_300);
    await play('api', 10, 20);
    const before = test.store.revision;
    await pass(3_000);
    expect(test.store.revision).toBe(before + 1);
    observer.stop();
    observer = open();
    expect(observer.observations.workloads.map(({ workload, startMs }) => [workload, startMs])).toEqual([
      ['Pod/default/api', 10],
      ['Pod/default/web', 700],
    ]);
  });

  it('is of the workload, whichever set a pod is of', async () => {
    const { client } = test;
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const spec = { selector: { matchLabels: { app: 'web' } }, template };
    const owner = (kind: string, made: StoredObject) => [
      { apiVersion: 'apps/v1', kind, name: made.metadata.name, uid: made.metadata.uid, controller: true },
    ];
    const named = (kind: string, name: string, more: object = {}) =>
      client.create({ apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'default', ...more }, spec });
    const deployment = named('Deployment', 'web');
    const set = named('ReplicaSet', 'web-1', { ownerReferences: owner('Deployment', deployment) });
    const made = pod('web-1-a', { nodeName: 'n', containers: [{ name: 'app', image: 'app:1' }] });
    client.create({ ...made, metadata: { ...made.metadata, ownerReferences: owner('ReplicaSet', set) } });
    await report('web-1-a', { ready: true });
    expect(observer.observations.workloads.map(({ workload }) => workload)).toEqual(['Deployment/default/web']);
  });

  it('is bounded: what was seen longest ago goes first', async () => {
    const many = Array.from({ length: LIMITS.observedWorkloads }, (_, index) => [
      `Pod/default/p${index}`,
      { images: ['app:1'], startMs: [1], readyMs: [1], stopMs: [] },
    ]);
    observer.stop();
    state.putObserved({ workloads: Object.fromEntries(many), pulls: {} });
    observer = open();
    await play('web', 1, 1);
    const names = observer.observations.workloads.map(({ workload }) => workload);
    expect(names).toHaveLength(LIMITS.observedWorkloads);
    expect(names).toContain('Pod/default/web');
    expect(names).not.toContain('Pod/default/p0');
  });
});
