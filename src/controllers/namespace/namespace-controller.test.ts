import { afterEach, describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Namespace, StoredObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';
import { computeNamespace, computeNamespaceStatus } from './compute-namespace.ts';

let plane: TestControlPlane | undefined;
afterEach(() => plane?.stop());

function stored(kind: string, name: string, over: Record<string, unknown> = {}): StoredObject {
  const metadata = { name, namespace: 'shop', uid: name, resourceVersion: '1', creationTimestamp: '', ...over };
  return { apiVersion: 'v1', kind, metadata };
}

const GOING = '2026-01-01T00:00:00Z';
const namespace: Namespace = deepFreeze({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: GOING, deletionTimestamp: GOING },
  spec: { finalizers: ['kubernetes', 'example.com/backup'] },
});
const pods = { resource: 'pods.', objects: [stored('Pod', 'p', { deletionTimestamp: GOING }), stored('Pod', 'q')] };
const maps = { resource: 'configmaps.', objects: [stored('ConfigMap', 'm', { finalizers: ['example.com/hold'] })] };
const empty = { resource: 'secrets.', objects: [] };

const ALL = [
  ...['NamespaceDeletionDiscoveryFailure False', 'NamespaceDeletionGroupVersionParsingFailure False'],
  ...['NamespaceDeletionContentFailure False', 'NamespaceContentRemaining False', 'NamespaceFinalizersRemaining False'],
];

describe('computeNamespace', () => {
  it('deletes pods first, and each object once', () => {
    const actions = computeNamespace(deepFreeze({ namespace, contents: [maps, pods, empty] }));
    expect(actions.map((action) => (action.type === 'deleteObject' ? action.object.metadata.name : ''))).toEqual(['q']);
  });

  it('deletes the rest once no pod is left', () => {
    const actions = computeNamespace(deepFreeze({ namespace, contents: [maps, empty] }));
    expect(actions).toMatchObject([{ type: 'deleteObject', object: { kind: 'ConfigMap' } }]);
  });

  it('removes its own finalizer only, once nothing is left', () => {
    const actions = computeNamespace(deepFreeze({ namespace, contents: [empty] }));
    expect(actions).toEqual([{ type: 'finalize', finalizers: ['example.com/backup'], reason: 'ContentRemoved' }]);
  });

  it('does nothing to a namespace that stays', () => {
    const { deletionTimestamp: _deletion, ...metadata } = namespace.metadata;
    expect(computeNamespace({ namespace: { ...namespace, metadata }, contents: [pods] })).toEqual([]);
  });

  it('says what could not be deleted', () => {
    const failures = ['configmaps "m" is forbidden', 'secrets "s" is forbidden'];
    const status = computeNamespaceStatus({ namespace, contents: [maps], failures, nowMs: 0 });
    expect(status.conditions?.find(({ type }) => type === 'NamespaceDeletionContentFailure')).toMatchObject({
      status: 'True',
      reason: 'ContentDeletionFailed',
      message:
        'Failed to delete all resource types, 2 remaining: configmaps "m" is forbidden, secrets "s" is forbidden',
    });
  });

  it.each<[rule: string, before: readonly [type: string, status: string][], types: readonly string[]]>([
    ['all of them, in their order', [], ALL],
    ['after those of others', [['Other', 'True']], ['Other True', ...ALL]],
    ['in place of what they said before', [['NamespaceDeletionDiscoveryFailure', 'True']], ALL],
    [
      'in the order that they have already',
      [
        ['NamespaceDeletionGroupVersionParsingFailure', 'True'],
        ['NamespaceDeletionDiscoveryFailure', 'True'],
      ],
      [ALL[1] ?? '', ALL[0] ?? '', ...ALL.slice(2)],
    ],
  ])('tells its conditions %s', (_rule, before, types) => {
    const present = before.map(([type, status]) => ({ type, status, lastTransitionTime: GOING }));
    const going: Namespace = { ...namespace, status: { phase: 'Terminating', conditions: present } };
    const { conditions } = computeNamespaceStatus({ namespace: going, contents: [empty], failures: [], nowMs: 0 });
    expect(conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual(types);
  });

  it('words what remains as Kubernetes does', () => {
    const status = computeNamespaceStatus({ namespace, contents: [pods, maps, empty], failures: [], nowMs: 0 });
    const messages = (status.conditions ?? []).filter(({ status: is }) => is === 'True').map(({ message }) => message);
    expect(messages).toEqual([
      'Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances',
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ]);
  });
});

describe('a namespace that is deleted', () => {
  it('empties itself and goes, and nothing new is made in it meanwhile', () => {
    plane = startTestControlPlane();
    const { client } = plane;
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const deployment = testDeployment('web', { replicas: 20 });
    client.create({ ...deployment, metadata: { ...deployment.metadata, namespace: 'shop' } });
    client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'settings' } });
    plane.settle();
    expect(client.list('Pod', { namespace: 'shop' })).toHaveLength(20);
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    expect(client.get('Namespace', { name: 'shop' })?.status?.phase).toBe('Terminating');
    plane.settle();
    expect(client.get('Namespace', { name: 'shop' })).toBeUndefined();
    for (const kind of ['Deployment', 'ReplicaSet', 'Pod', 'ConfigMap', 'Event'] as const) {
      expect(client.list(kind, { namespace: 'shop' })).toEqual([]);
    }
  });

  it('goes although it has many more other objects than pods, which go first', () => {
    plane = startTestControlPlane();
    const { client } = plane;
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const deployment = testDeployment('web', { replicas: 2 });
    client.create({ ...deployment, metadata: { ...deployment.metadata, namespace: 'shop' } });
    for (let i = 0; i < 30; i++)
      client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: `settings-${i}` } });
    plane.settle();
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    plane.settle();
    expect(client.get('Namespace', { name: 'shop' })).toBeUndefined();
  });

  it('waits for content that a finalizer holds, and says so', () => {
    plane = startTestControlPlane();
    const { client } = plane;
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const finalizers = ['example.com/hold'];
    client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'm', finalizers } });
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    plane.settle();
    const condition = client
      .get('Namespace', { name: 'shop' })
      ?.status?.conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining');
    expect(condition).toMatchObject({ status: 'True', reason: 'SomeFinalizersRemain' });
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'm' };
    client.patch(reference, 'merge', { metadata: { finalizers: null } });
    plane.settle();
    expect(client.get('Namespace', { name: 'shop' })).toBeUndefined();
  });
});
