import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestRegistry } from '../../api/testing.ts';
import { silentLogger } from '../../lib/logger.ts';
import { ControllerManager } from '../manager/controller-manager.ts';
import { PersistentVolumeBinder } from '../persistent-volume/persistent-volume-binder.ts';
import { Scheduler } from './scheduler-loop.ts';

let world: ReturnType<typeof createTestRegistry>;
let scheduler: Scheduler;
let manager: ControllerManager;

beforeEach(() => {
  world = createTestRegistry();
  const context = { ...world, logger: silentLogger };
  manager = new ControllerManager({ ...context, controllers: [new PersistentVolumeBinder(context)] });
  manager.start();
  scheduler = new Scheduler(context);
  scheduler.start();
  createNode('n1');
});
afterEach(() => {
  scheduler.stop();
  manager.stop();
  world.registry.close();
});

function advance(ms: number): void {
  const endMs = world.clock.monotonicMs() + ms;
  while ((world.clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) world.clock.fireNext();
  world.clock.moveTo(endMs);
}

function createNode(name: string): void {
  const allocatable = { cpu: '1', memory: '1Gi', pods: '110' };
  world.client.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  });
  const node = world.client.get('Node', { name });
  if (node !== undefined) world.client.updateStatus({ ...node, status: { allocatable, capacity: allocatable } });
}

function createClaim(name: string, storageClassName = 'local-path'): void {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName };
  world.client.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec,
  });
}

function createPod(name: string, claimName: string, cpu = '1', over: object = {}): void {
  const containers = [{ name: 'app', image: 'app', resources: { requests: { cpu } } }];
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName } }];
  world.client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers, volumes, ...over },
  });
}

const pod = (name: string) => world.client.get('Pod', { namespace: 'default', name });
const claim = (name: string) => world.client.get('PersistentVolumeClaim', { namespace: 'default', name });
const selectedNode = (name: string) => claim(name)?.metadata.annotations?.['volume.kubernetes.io/selected-node'];
const message = (name: string) => pod(name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message;

const FAILED = 'running PreBind plugin "VolumeBinding": binding volumes: ';

/** What a provisioner does. */
function provision(name: string, node = 'n1'): void {
  const { metadata } = claim(name) ?? {};
  if (metadata === undefined) throw new Error(`no claim ${name}`);
  const claimRef = { kind: 'PersistentVolumeClaim', namespace: 'default', name, uid: metadata.uid };
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }];
  world.client.create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${metadata.uid}` },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, claimRef, storageClassName: 'local-path' },
      ...{ local: { path: `/srv/${name}` }, nodeAffinity: { required: { nodeSelectorTerms: terms } } },
    },
  });
}

describe('the scheduler and claims', () => {
  it('chooses the node first, and binds the pod once its claim is bound', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    expect(selectedNode('data')).toBe('n1');
    expect(pod('a')?.spec?.nodeName).toBeUndefined();
    provision('data');
    advance(1_000);
    expect(claim('data')?.status?.phase).toBe('Bound');
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('holds the place of a pod whose volume is being made', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    const containers = [{ name: 'app', image: 'app', resources: { requests: { cpu: '1' } } }];
    world.client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'b', namespace: 'default' },
      spec: { containers },
    });
    advance(1_000);
    expect(message('b')).toContain('Insufficient cpu');
    world.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' });
    advance(20_000);
    expect(pod('b')?.spec?.nodeName).toBe('n1');
  });

  it('goes on with a pod whose labels change while its volume is being made', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    const { attempts } = scheduler.counters();
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' };
    world.client.patch(reference, 'merge', { metadata: { labels: { app: 'web' } } });
    advance(20_000);
    expect(scheduler.counters().attempts).toBe(attempts);
    provision('data');
    advance(1_000);
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('tries again when the provisioner gives the node back', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' };
    const annotations = { 'volume.kubernetes.io/selected-node': null };
    world.client.patch(reference, 'merge', { metadata: { annotations } });
    advance(10);
    expect(message('a')).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"',
    );
    advance(20_000);
    expect(selectedNode('data')).toBe('n1');
  });

  it('goes elsewhere when the node is gone on which its volume was to be made', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    world.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'n1' });
    advance(10);
    expect(message('a')).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: failed to get node "n1": node "n1" not found',
    );
    createNode('n2');
    advance(20_000);
    expect(selectedNode('data')).toBe('n2');
  });

  const FREE = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'free' };

  /** For the claim of a pod, and nobody binds the two. */
  function setVolumeAside(): void {
    const { apiVersion, kind, name } = FREE;
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' }, hostPath: { path: '/srv/x' } };
    world.client.create({ apiVersion, kind, metadata: { name }, spec: { ...spec, storageClassName: 'local-path' } });
    advance(1_000);
    manager.stop();
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
  }

  it('looks for another volume when the one is gone that was set aside', () => {
    setVolumeAside();
    expect(world.client.get('PersistentVolume', { name: 'free' })?.spec?.claimRef?.name).toBe('data');
    world.client.patch(FREE, 'merge', { metadata: { finalizers: null } });
    world.client.delete(FREE);
    advance(10);
    expect(message('a')).toBe(`${FAILED}failed to check binding: persistentvolume "free" not found`);
    advance(20_000);
    expect(selectedNode('data')).toBe('n1');
  });

  it("tries again when the volume is somebody else's that was set aside", () => {
    setVolumeAside();
    world.client.patch(FREE, 'merge', { spec: { claimRef: null } });
    advance(10);
    expect(message('a')).toBe(`${FAILED}ClaimRef got reset for pv "free"`);
  });

  const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' };

  function removeClaim(): void {
    world.client.patch(CLAIM, 'merge', { metadata: { finalizers: null } });
    world.client.delete(CLAIM);
    advance(10);
  }

  it('says that the claim is gone for which a volume was set aside', () => {
    setVolumeAside();
    removeClaim();
    expect(message('a')).toBe(`${FAILED}failed to check binding: persistentvolumeclaim "data" not found`);
  });

  it('says that the claim is gone whose volume was being made', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    removeClaim();
    expect(message('a')).toBe(`${FAILED}failed to check provisioning pvc: persistentvolumeclaim "data" not found`);
    advance(20_000);
    expect(message('a')).toContain('persistentvolumeclaim "data" not found. preemption');
  });

  it('tries again when the volume is to be made for another node', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    world.client.patch(CLAIM, 'merge', {
      metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'elsewhere' } },
    });
    advance(10);
    expect(message('a')).toBe(`${FAILED}provisioning failed for PVC "data"`);
  });

  it('waits until all its claims are bound', () => {
    createClaim('one');
    createClaim('other');
    const uses = (claimName: string) => ({ name: claimName, persistentVolumeClaim: { claimName } });
    createPod('a', 'none', '1', { volumes: [uses('one'), uses('other')] });
    advance(1_000);
    provision('one');
    advance(1_000);
    expect([claim('one')?.status?.phase, pod('a')?.spec?.nodeName]).toEqual(['Bound', undefined]);
    provision('other');
    advance(1_000);
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('tries again when its volume was made where the node cannot reach it', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    provision('data', 'n9');
    advance(10);
    const name = claim('data')?.spec?.volumeName;
    expect(message('a')).toBe(
      `${FAILED}pv "${name}" node affinity doesn't match node "n1": no matching NodeSelectorTerms`,
    );
    advance(20_000);
    expect(message('a')).toContain('1 node(s) had volume node affinity conflict');
  });

  it('tries again when the claim is lost while another one of the pod is being made', () => {
    createClaim('done');
    createPod('first', 'done', '100m');
    advance(1_000);
    provision('done');
    advance(1_000);
    expect(claim('done')?.status?.phase).toBe('Bound');
    createClaim('data');
    const uses = (claimName: string) => ({ name: claimName, persistentVolumeClaim: { claimName } });
    createPod('a', 'none', '100m', { volumes: [uses('done'), uses('data')] });
    advance(1_000);
    const name = claim('done')?.spec?.volumeName ?? '';
    const reference = { apiVersion: 'v1', kind: 'PersistentVolume', name };
    world.client.patch(reference, 'merge', { metadata: { finalizers: null } });
    world.client.delete(reference);
    advance(100);
    expect(message('a')).toBe(`${FAILED}persistentvolumeclaim "done" bound to non-existent persistentvolume "${name}"`);
  });

  it('wakes no pod for a class that provisions as before, or that is gone', () => {
    createPod('a', 'missing');
    advance(20_000);
    const { attempts } = scheduler.counters();
    const type = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };
    const reference = { ...type, name: 'extra' };
    world.client.create({ ...type, metadata: { name: 'extra' }, provisioner: 'rancher.io/local-path' });
    advance(20_000);
    expect(scheduler.counters().attempts).toBe(attempts + 1);
    world.client.patch(reference, 'merge', { allowVolumeExpansion: true });
    world.client.delete(reference);
    createClaim('other');
    advance(20_000);
    expect(scheduler.counters().attempts).toBe(attempts + 1);
  });

  it('counts a pod once for which others gave way, while its volume is being made', () => {
    const type = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
    world.client.create({ ...type, metadata: { name: 'high' }, value: 1000 });
    world.client.create({ ...type, metadata: { name: 'top' }, value: 2000, preemptionPolicy: 'Never' });
    createPod('low', 'none', '1', { volumes: [] });
    advance(1_000);
    createClaim('data');
    createPod('a', 'data', '1', { priorityClassName: 'high' });
    advance(1_000);
    expect(pod('a')?.status?.nominatedNodeName).toBe('n1');
    world.client.delete(
      { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'low' },
      { gracePeriodSeconds: 0 },
    );
    advance(20_000);
    expect(selectedNode('data')).toBe('n1');
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' };
    world.client.patch(reference, 'merge', { metadata: { labels: { app: 'web' } } });
    createPod('b', 'none', '1', { volumes: [] });
    advance(1_000);
    createPod('c', 'none', '1', { volumes: [], priorityClassName: 'top' });
    advance(20_000);
    expect([pod('b')?.spec?.nodeName, pod('c')?.spec?.nodeName]).toEqual([undefined, undefined]);
    provision('data');
    advance(1_000);
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('gives up after ten minutes, and goes on waiting', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(599_000);
    expect(message('a')).toBeUndefined();
    advance(2_000);
    expect(message('a')).toContain('context deadline exceeded');
    provision('data');
    advance(20_000);
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('begins anew after a restart', () => {
    createClaim('data');
    createPod('a', 'data');
    advance(1_000);
    scheduler.stop();
    scheduler = new Scheduler({ ...world, logger: silentLogger });
    scheduler.start();
    advance(1_000);
    provision('data');
    advance(1_000);
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('reserves a free volume on the node', () => {
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' }, hostPath: { path: '/srv/x' } };
    world.client.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'free' },
      spec: { ...spec, storageClassName: 'local-path' },
    });
    createClaim('data');
    advance(1_000);
    expect(claim('data')?.status?.phase).toBe('Pending');
    createPod('a', 'data');
    advance(1_000);
    expect(claim('data')?.spec?.volumeName).toBe('free');
    expect(pod('a')?.spec?.nodeName).toBe('n1');
  });

  it('waits for a claim that comes later', () => {
    createPod('a', 'data');
    advance(1_000);
    expect(message('a')).toContain('persistentvolumeclaim "data" not found');
    createClaim('data');
    advance(20_000);
    expect(selectedNode('data')).toBe('n1');
  });
});
