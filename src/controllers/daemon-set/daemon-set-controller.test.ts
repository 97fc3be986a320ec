import { afterEach, describe, expect, it } from 'vitest';
import type { Admission } from '../../api/context.ts';
import { silentLogger } from '../../lib/logger.ts';
import { SeededRandom } from '../../lib/random.ts';
import type { DaemonSet } from '../../objects/types.ts';
import { Scheduler } from '../scheduler/scheduler-loop.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
let scheduler: Scheduler;
afterEach(() => {
  scheduler.stop();
  plane.stop();
});

function start(admission: readonly Admission[] = []): void {
  plane = startTestControlPlane({ admission });
  scheduler = new Scheduler({
    client: plane.client,
    clock: plane.clock,
    random: new SeededRandom(1),
    logger: silentLogger,
  });
  scheduler.start();
}

function createNode(name: string, labels: Record<string, string> = {}): void {
  plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  const node = plane.client.get('Node', { name });
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
  if (node !== undefined) plane.client.updateStatus({ ...node, status: { allocatable } });
}

function createSet(over: Record<string, unknown> = {}): void {
  plane.client.create({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'default', name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { containers: [{ name: 'agent', image: 'agent:1' }], ...over },
      },
    },
  });
}

function daemonSet(): DaemonSet {
  const found = plane.client.get('DaemonSet', { namespace: 'default', name: 'agent' });
  if (found === undefined) throw new Error('the DaemonSet is gone');
  return found;
}

function placed(): readonly string[] {
  return plane.client
    .list('Pod')
    .map((pod) => `${pod.spec?.nodeName}=${pod.spec?.containers[0]?.image}`)
    .sort();
}

/** From now on every pod fails half a second after it was made; counts them. */
function failEachPod(): { count: number } {
  const created = { count: 0 };
  plane.client.watch('Pod', ({ type, object }) => {
    if (type !== 'ADDED') return;
    created.count++;
    const { namespace, name } = object.metadata;
    plane.clock.setTimer(500, () => {
      const pod = plane.client.get('Pod', { namespace, name });
      if (pod !== undefined) plane.client.updateStatus({ ...pod, status: { ...pod.status, phase: 'Failed' } });
    });
  });
  return created;
}

describe('a DaemonSet', () => {
  it('follows nodes that join, leave and are labelled', () => {
    start();
    createNode('a', { role: 'edge' });
    createNode('b');
    createSet({ nodeSelector: { role: 'edge' } });
    plane.settle();
    expect(placed()).toEqual(['a=agent:1']);
    plane.client.patch({ apiVersion: 'v1', kind: 'Node', name: 'b' }, 'merge', {
      metadata: { labels: { role: 'edge' } },
    });
    createNode('c', { role: 'edge' });
    plane.settle();
    expect(placed()).toEqual(['a=agent:1', 'b=agent:1', 'c=agent:1']);
    plane.client.patch({ apiVersion: 'v1', kind: 'Node', name: 'a' }, 'merge', {
      metadata: { labels: { role: null } },
    });
    plane.settle();
    expect(placed()).toEqual(['b=agent:1', 'c=agent:1']);
    expect(daemonSet().status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2, numberAvailable: 2 });
  });

  it('rolls a new template out, one node at a time', () => {
    start();
    for (const name of ['a', 'b', 'c']) createNode(name);
    createSet();
    plane.settle();
    let fewest = 3;
    plane.client.watch('DaemonSet', ({ object }) => {
      fewest = Math.min(fewest, object.status?.numberAvailable ?? 0);
    });
    const template = { spec: { containers: [{ name: 'agent', image: 'agent:2' }] } };
    plane.client.patch({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', name: 'agent' }, 'merge', {
      spec: { template },
    });
    plane.settle();
    expect(placed()).toEqual(['a=agent:2', 'b=agent:2', 'c=agent:2']);
    expect(fewest).toBe(2);
    expect(daemonSet().status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  });

  it('says in its status why its pods cannot be made, until they can', () => {
    let isRefused = true;
    start([
      ({ kind, verb }) =>
        kind.kind === 'Pod' && verb === 'create' && isRefused
          ? {
              problems: [
                { path: [], at: 'value', severity: 'error', code: 'FieldValueForbidden', message: 'exceeded quota' },
              ],
            }
          : undefined,
    ]);
    createNode('a');
    createSet();
    plane.settle();
    const [condition] = daemonSet().status?.conditions ?? [];
    expect(condition).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' });
    expect(condition?.message).toContain('exceeded quota');
    const told = plane.client.list('Event').map(({ reason, message }) => `${reason} ${message}`);
    expect(told.filter((text) => text.startsWith('FailedCreate Error creating: ')).length).toBeGreaterThan(0);
    isRefused = false;
    plane.advance(20_000);
    expect(daemonSet().status).toMatchObject({ numberReady: 1 });
    expect(daemonSet().status?.conditions).toBeUndefined();
  });

  it('counts revisions that pods still have towards its history', () => {
    start();
    createNode('a');
    createSet();
    const reference = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', name: 'agent' };
    const setImage = (image: string) => {
      plane.client.patch(reference, 'merge', {
        spec: { template: { spec: { containers: [{ name: 'agent', image }] } } },
      });
      plane.settle();
    };
    const numbers = () =>
      plane.client
        .listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' })
        .map((revision) => revision['revision'])
        .sort();
    plane.client.patch(reference, 'merge', { spec: { revisionHistoryLimit: 1, updateStrategy: { type: 'OnDelete' } } });
    plane.settle();
    setImage('agent:2');
    expect(numbers()).toEqual([1, 2]);
    setImage('agent:3');
    expect(placed()).toEqual(['a=agent:1']);
    expect(numbers()).toEqual([1, 3]);
  });

  // Seed 4 of the simulator: the old pod spoke for its node, and nobody looked again once the new one had been ready
  // for long enough.
  it('ends the old pod that it surges over once the new one has been ready for minReadySeconds', () => {
    start();
    createNode('a');
    createSet();
    const patch = (spec: Parameters<typeof plane.client.patch>[2]) =>
      plane.client.patch({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', name: 'agent' }, 'merge', {
        spec,
      });
    patch({ minReadySeconds: 10, updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    plane.advance(60_000);
    patch({ template: { spec: { containers: [{ name: 'agent', image: 'agent:2' }] } } });
    plane.advance(8_000);
    expect(placed()).toEqual(['a=agent:1', 'a=agent:2']);
    plane.advance(60_000);
    expect(placed()).toEqual(['a=agent:2']);
  });

  it('runs on a cordoned node, and backs off from pods that fail at once', () => {
    start();
    createNode('a');
    plane.client.patch({ apiVersion: 'v1', kind: 'Node', name: 'a' }, 'merge', { spec: { unschedulable: true } });
    createSet();
    const created = failEachPod();
    plane.advance(60_000);
    expect(created.count).toBeGreaterThan(4);
    expect(created.count).toBeLessThan(9);
  });

  // TestDaemonSetUpdatesPods and the key of the back-off: what failed under the former spec does not hold up the
  // present one.
  it('begins with short delays again when its spec has changed', () => {
    start();
    createNode('a');
    createSet();
    const created = failEachPod();
    plane.advance(600_000);
    created.count = 0;
    const reference = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', name: 'agent' };
    plane.client.patch(reference, 'merge', { spec: { updateStrategy: { type: 'OnDelete' } } });
    plane.advance(10_000);
    expect(created.count).toBeGreaterThan(2);
    expect(created.count).toBeLessThan(6);
  });

  it('comes to rest', () => {
    start();
    createNode('a');
    createSet();
    plane.settle();
    const { revision } = plane.client;
    plane.advance(600_000);
    expect(plane.client.revision).toBe(revision);
  });
});
