import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import { silentLogger } from '../../lib/logger.ts';
import { ControllerManager } from '../manager/controller-manager.ts';
import { PersistentVolumeBinder } from '../persistent-volume/persistent-volume-binder.ts';
import { Scheduler } from './scheduler-loop.ts';
import { SchedulerWorld } from './testing.ts';

/** A client that refuses to write some bindings, and else does what the other one does. */
function refusing(client: Client, isRefused: (pod: string) => boolean): Client {
  const bind: Client['bind'] = (pod, nodeName) => {
    if (isRefused(pod.name)) throw new ApiError('Conflict', 'not now');
    client.bind(pod, nodeName);
  };
  const changed: Partial<Client> = { bind, as: (identity) => refusing(client.as(identity), isRefused) };
  return new Proxy(client, {
    get(target, key) {
      const own: unknown = Reflect.get(changed, key) ?? Reflect.get(target, key, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

let world: SchedulerWorld;
let scheduler: Scheduler;
let manager: ControllerManager;
/** How many bindings of the pod `a` are refused. */
let refusals: number;

beforeEach(() => {
  world = new SchedulerWorld();
  refusals = 0;
  const context = { ...world.registry, logger: silentLogger };
  manager = new ControllerManager({ ...context, controllers: [new PersistentVolumeBinder(context)] });
  manager.start();
  scheduler = new Scheduler({ ...context, client: refusing(world.client, (pod) => pod === 'a' && refusals-- > 0) });
  scheduler.start();
  world.createClass('high', 1000);
  world.createNode('n1', { labels: { 'kubernetes.io/hostname': 'n1' } });
});
afterEach(() => {
  scheduler.stop();
  manager.stop();
  world.stop();
});

/** Its pod takes the whole node. */
function createPodWithClaim(spec: object = {}): void {
  const resources = { requests: { storage: '1Gi' } };
  world.client.create({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default' } },
    spec: { accessModes: ['ReadWriteOnce'], resources, storageClassName: 'local-path' },
  });
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  world.createPod('a', '1', { spec: { volumes, ...spec } });
}

/** What a provisioner does. */
function provision(): void {
  const claim = world.client.get('PersistentVolumeClaim', { namespace: 'default', name: 'data' });
  const claimRef = { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data', uid: claim?.metadata.uid };
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }];
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } };
  const place = { local: { path: '/srv/data' }, nodeAffinity, claimRef };
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, storageClassName: 'local-path' };
  world.client.create({
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'made' } },
    spec: { ...spec, ...place },
  });
}

describe('a pod with its volumes whose binding is refused', () => {
  it('gives its room to one that waits for it', () => {
    refusals = Number.POSITIVE_INFINITY;
    createPodWithClaim();
    world.advance(1_000);
    world.createPod('b', '1');
    world.advance(20_000);
    expect(world.condition('b')).toContain('Insufficient cpu');
    provision();
    world.advance(20_000);
    expect(world.nodeOf('b')).toBe('n1');
  });

  it('says so, loses the node that was made free for it, and is tried again', () => {
    refusals = 1;
    world.createPod('low', '1');
    world.advance(1_000);
    createPodWithClaim({ priorityClassName: 'high' });
    world.advance(1_000);
    world.removePod('low');
    world.advance(20_000);
    expect(world.pod('a').status?.nominatedNodeName).toBe('n1');
    provision();
    world.advance(100);
    expect(world.condition('a')).toBe('False SchedulerError running Bind plugin "DefaultBinder": not now');
    expect(world.pod('a').status?.nominatedNodeName).toBeUndefined();
    world.advance(20_000);
    expect(world.nodeOf('a')).toBe('n1');
  });
});

it('a pod that is deleted as soon as it has its volumes gives its room away at once, although something holds it', () => {
  createPodWithClaim();
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' };
  world.client.patch(reference, 'merge', { metadata: { finalizers: ['example.com/hold'] } });
  world.advance(1_000);
  world.createPod('b', '1');
  world.advance(20_000);
  world.client.watch('PersistentVolumeClaim', ({ object }) => {
    if (object.status?.phase === 'Bound') world.client.delete(reference);
  });
  provision();
  world.advance(20_000);
  expect([world.nodeOf('a'), world.nodeOf('b')]).toEqual([undefined, 'n1']);
});
