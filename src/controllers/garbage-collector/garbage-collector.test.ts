import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

function configMap(name: string, metadata: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', ...metadata, name } };
}

function ownedBy(owner: StoredObject, over: Record<string, unknown> = {}) {
  const { apiVersion, kind, metadata } = owner;
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, ...over }] };
}

function names(): readonly string[] {
  return plane.client.list('ConfigMap').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

function nameOf(name: string, namespace = 'default') {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

/** What is said of references to owners that are not where they should be. */
function misplaced(): readonly string[] {
  const events = plane.client.list('Event').filter(({ reason }) => reason === 'OwnerRefInvalidNamespace');
  return events.map((event) => `${event.involvedObject.name}: ${event.message}`);
}

describe('the garbage collector', () => {
  it('deletes the whole tree of a Deployment in the background', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    plane.client.delete(WEB);
    expect(plane.client.getObject(WEB)).toBeUndefined();
    plane.settle();
    expect(plane.client.list('ReplicaSet')).toEqual([]);
    expect(plane.client.list('Pod')).toEqual([]);
  });

  it('keeps a Deployment that is deleted in the foreground until its pods are gone', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const order: string[] = [];
    const unwatch = plane.client.watchAll(({ type, object }) => {
      if (type === 'DELETED' && object.kind !== 'Event') order.push(object.kind);
    });
    plane.client.delete(WEB, { propagationPolicy: 'Foreground' });
    plane.settle();
    unwatch();
    expect(order).toEqual(['Pod', 'Pod', 'Pod', 'ReplicaSet', 'Deployment']);
  });

  it('lets go of the dependents when told to orphan them', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    plane.client.delete(WEB, { propagationPolicy: 'Orphan' });
    plane.settle();
    expect(plane.client.getObject(WEB)).toBeUndefined();
    expect(plane.client.list('ReplicaSet').map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[]]);
    expect(plane.client.list('Pod')).toHaveLength(3);
  });

  it('takes a Deployment that comes back into possession of what it orphaned', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const pods = plane.client.list('Pod').map(({ metadata }) => metadata.uid);
    plane.client.delete(WEB, { propagationPolicy: 'Orphan' });
    plane.settle();
    plane.client.create(testDeployment('web'));
    plane.settle();
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).toEqual(pods);
    expect(plane.client.list('ReplicaSet')).toHaveLength(1);
  });

  it('deletes what names an owner that does not exist, or one of another uid', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    plane.client.create(configMap('kept', ownedBy(owner)));
    plane.client.create(configMap('other-uid', ownedBy(owner, { uid: 'another' })));
    plane.client.create(configMap('other-name', ownedBy(owner, { name: 'nobody' })));
    plane.settle();
    expect(names()).toEqual(['default/kept', 'default/owner']);
  });

  it('treats an owner in another namespace as absent', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    plane.client.create(configMap('far', { namespace: 'kube-system', ...ownedBy(owner) }));
    plane.client.create(configMap('lost', { namespace: 'kube-system', ...ownedBy(owner, { uid: 'nobody' }) }));
    plane.settle();
    expect(names()).toEqual(['default/owner']);
    const identity = `[v1/ConfigMap, namespace: kube-system, name: owner, uid: ${owner.metadata.uid}]`;
    expect(misplaced()).toEqual([`far: ownerRef ${identity} does not exist in namespace "kube-system"`]);
  });

  it('never deletes a cluster-wide object for an owner that has a namespace, nor for a kind it does not know', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    plane.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'wide', ...ownedBy(owner) } });
    const unknown = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u' };
    plane.client.create(configMap('unverifiable', { ownerReferences: [unknown] }));
    plane.client.delete(nameOf('owner'));
    plane.settle();
    expect(names()).toEqual(['default/unverifiable']);
    expect(plane.client.get('Namespace', { name: 'wide' })?.metadata.deletionTimestamp).toBeUndefined();
    const identity = `[v1/ConfigMap, namespace: , name: owner, uid: ${owner.metadata.uid}]`;
    expect(misplaced()).toEqual([`wide: ownerRef ${identity} does not exist in namespace ""`]);
    plane.restartManager();
    plane.settle();
    expect(misplaced()).toHaveLength(1);
  });

  it('removes only the reference when another owner remains', () => {
    plane = startTestControlPlane();
    const [a, b] = ['a', 'b'].map((name) => plane.client.create(configMap(name)));
    if (a === undefined || b === undefined) throw new Error('not created');
    const ownerReferences = [...ownedBy(a).ownerReferences, ...ownedBy(b).ownerReferences];
    plane.client.create(configMap('child', { ownerReferences }));
    plane.client.delete(nameOf('a'));
    plane.settle();
    const child = plane.client.get('ConfigMap', { namespace: 'default', name: 'child' });
    expect(child?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b']);
    plane.client.delete(nameOf('b'));
    plane.settle();
    expect(names()).toEqual([]);
  });

  it('waits in the foreground only for dependents that block', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    const finalizers = ['example.com/hold'];
    plane.client.create(configMap('free', { ...ownedBy(owner), finalizers }));
    plane.client.create(configMap('blocking', { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers }));
    plane.client.delete(nameOf('owner'), { propagationPolicy: 'Foreground' });
    plane.settle();
    expect(names()).toEqual(['default/blocking', 'default/free', 'default/owner']);
    const held = plane.client.get('ConfigMap', { namespace: 'default', name: 'blocking' });
    expect(held?.metadata.deletionTimestamp).toBeDefined();
    plane.client.patch(nameOf('blocking'), 'merge', { metadata: { finalizers: null } });
    plane.settle();
    expect(names()).toEqual(['default/free']);
  });

  it('resolves a circle of owners that wait for each other', () => {
    plane = startTestControlPlane();
    const a = plane.client.create(configMap('a'));
    const b = plane.client.create(configMap('b', ownedBy(a, { blockOwnerDeletion: true })));
    plane.client.patch(nameOf('a'), 'merge', { metadata: ownedBy(b, { blockOwnerDeletion: true }) });
    plane.client.delete(nameOf('a'), { propagationPolicy: 'Foreground' });
    plane.settle();
    expect(names()).toEqual([]);
  });

  it('deletes what names the uid of an owner under another kind, and nothing else of that owner', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    plane.client.create(configMap('bad', ownedBy(owner, { kind: 'Secret', name: 'owner' })));
    plane.client.create(configMap('good', ownedBy(owner)));
    plane.settle();
    expect(names()).toEqual(['default/good', 'default/owner']);
  });

  it('knows an owner in each version in which it is served', () => {
    plane = startTestControlPlane();
    const scaler = plane.client.create({
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
      metadata: { name: 'scaler', namespace: 'default' },
      spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    });
    plane.client.create(configMap('child', ownedBy(scaler, { apiVersion: 'autoscaling/v1' })));
    plane.settle();
    expect(names()).toEqual(['default/child']);
    plane.client.delete({ apiVersion: 'autoscaling/v1', kind: scaler.kind, namespace: 'default', name: 'scaler' });
    plane.settle();
    expect(names()).toEqual([]);
  });

  it('unblocks only owners that are blocked', () => {
    plane = startTestControlPlane();
    const hold = { finalizers: ['example.com/hold'] };
    const [a, calm] = ['a', 'calm'].map((name) => plane.client.create(configMap(name, hold)));
    if (a === undefined || calm === undefined) throw new Error('not created');
    const owners = [ownedBy(a, { blockOwnerDeletion: true }), ownedBy(calm)].flatMap((each) => each.ownerReferences);
    const b = plane.client.create(configMap('b', { ...hold, ownerReferences: owners }));
    plane.client.patch(nameOf('a'), 'merge', { metadata: ownedBy(b, { blockOwnerDeletion: true }) });
    for (const name of ['calm', 'a']) plane.client.delete(nameOf(name), { propagationPolicy: 'Foreground' });
    plane.settle();
    const left = plane.client.get('ConfigMap', { namespace: 'default', name: 'b' })?.metadata.ownerReferences ?? [];
    expect(left.map(({ name, blockOwnerDeletion }) => [name, blockOwnerDeletion])).toEqual([
      ['a', false],
      ['calm', undefined],
    ]);
  });

  // After TestConflictingData and classifyReferences, as are the three that follow.
  it('leaves alone what names an owner that cannot be looked up beside one that has gone, until it is let go', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    const unknown = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u' };
    const [known] = ownedBy(owner, { blockOwnerDeletion: true }).ownerReferences;
    plane.client.create(configMap('child', { ownerReferences: [known, unknown] }));
    plane.client.create(configMap('other', ownedBy(owner)));
    plane.client.delete(nameOf('owner'), { propagationPolicy: 'Foreground' });
    plane.settle();
    expect(names()).toEqual(['default/child', 'default/owner']);
    const unblocked = { ownerReferences: [{ ...known, blockOwnerDeletion: false }, unknown] };
    plane.client.patch(nameOf('child'), 'merge', { metadata: unblocked });
    plane.settle();
    expect(names()).toEqual(['default/child']);
    const child = plane.client.get('ConfigMap', { namespace: 'default', name: 'child' });
    expect(child?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['owner', 'w']);
  });

  it('keeps what has a cluster-wide owner, and deletes it with that', () => {
    plane = startTestControlPlane();
    const metadata = { name: 'fast' };
    const kind = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
    const owner = plane.client.create({ ...kind, metadata, value: 1 });
    plane.client.create(configMap('child', ownedBy(owner)));
    plane.settle();
    expect(names()).toEqual(['default/child']);
    plane.client.delete({ ...kind, name: 'fast' });
    plane.settle();
    expect(names()).toEqual([]);
    expect(misplaced()).toEqual([]);
  });

  it('keeps what names its owner in a version that is not served, also when that has gone', () => {
    plane = startTestControlPlane();
    const web = plane.client.create(testDeployment('web', { replicas: 0 }));
    plane.client.create(configMap('old', ownedBy(web, { apiVersion: 'extensions/v1beta1' })));
    plane.client.create(configMap('new', ownedBy(web)));
    plane.settle();
    expect(names()).toEqual(['default/new', 'default/old']);
    plane.client.delete(WEB);
    plane.settle();
    expect(names()).toEqual(['default/old']);
  });

  it('leaves a cluster-wide object with a missing owner that has a namespace, and deletes its other dependents', () => {
    plane = startTestControlPlane();
    const missing = { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'missing', uid: 'missing' }] };
    plane.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'wide', ...missing } });
    plane.client.create(configMap('child', missing));
    plane.settle();
    expect(names()).toEqual([]);
    expect(plane.client.get('Namespace', { name: 'wide' })?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('catches up at its start with what lost its owner before', () => {
    plane = startTestControlPlane();
    const owner = plane.client.create(configMap('owner'));
    plane.client.create(configMap('child', ownedBy(owner)));
    plane.settle();
    plane.manager.stop();
    plane.client.delete(nameOf('owner'));
    plane.settle();
    expect(names()).toEqual(['default/child']);
    plane.restartManager();
    plane.settle();
    expect(names()).toEqual([]);
  });
});
