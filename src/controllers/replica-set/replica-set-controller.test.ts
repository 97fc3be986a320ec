import { afterEach, describe, expect, it } from 'vitest';
import type { Admission } from '../../api/context.ts';
import type { ReplicaSet } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

function createReplicaSet(replicas: number): void {
  const { spec } = testDeployment('web', { replicas });
  plane.client.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec,
  });
}

function replicaSet(): ReplicaSet {
  const found = plane.client.get('ReplicaSet', { namespace: 'default', name: 'web' });
  if (found === undefined) throw new Error('the ReplicaSet is gone');
  return found;
}

function scale(replicas: number): void {
  plane.client.patch({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'default', name: 'web' }, 'merge', {
    spec: { replicas },
  });
}

describe('a ReplicaSet', () => {
  it('replaces a pod that is deleted, and follows its scale', () => {
    plane = startTestControlPlane();
    createReplicaSet(3);
    plane.settle();
    const [pod] = plane.client.list('Pod');
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: pod?.metadata.name ?? '' });
    plane.settle();
    expect(plane.client.list('Pod')).toHaveLength(3);
    scale(1);
    plane.settle();
    expect(plane.client.list('Pod')).toHaveLength(1);
    expect(replicaSet().status).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1 });
  });

  it('works off more than the burst limit in several reconciles', () => {
    plane = startTestControlPlane();
    createReplicaSet(1100);
    plane.settle();
    expect(replicaSet().status?.availableReplicas).toBe(1100);
    scale(0);
    plane.settle();
    expect(plane.client.list('Pod')).toEqual([]);
  });

  it('lets go of a pod whose label is changed, and takes it back', () => {
    plane = startTestControlPlane();
    createReplicaSet(1);
    plane.settle();
    const [pod] = plane.client.list('Pod');
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: pod?.metadata.name ?? '' };
    plane.client.patch(reference, 'merge', { metadata: { labels: { app: 'debug' } } });
    plane.settle();
    expect(plane.client.getObject(reference)?.metadata.ownerReferences ?? []).toEqual([]);
    expect(plane.client.list('Pod')).toHaveLength(2);
    plane.client.patch(reference, 'merge', { metadata: { labels: { app: 'web' } } });
    plane.settle();
    expect(plane.client.list('Pod')).toHaveLength(1);
  });

  it('makes no pod and says nothing while it may not take one that matches, and goes on once it may', () => {
    let isRefused = true;
    const admit: Admission = ({ kind, previous, object }) => {
      const isAdoption = previous !== undefined && object.metadata?.ownerReferences !== undefined;
      if (kind.kind !== 'Pod' || !isAdoption || !isRefused) return undefined;
      const path = ['metadata'];
      return { problems: [{ code: 'FieldValueForbidden', severity: 'error', path, at: 'value', message: 'not now' }] };
    };
    plane = startTestControlPlane({ admission: [admit] });
    plane.client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'orphan', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    });
    createReplicaSet(2);
    plane.advance(1_000);
    expect(plane.client.list('Pod')).toHaveLength(1);
    expect(plane.client.list('Event').filter(({ reason }) => reason?.startsWith('Failed'))).toEqual([]);
    expect(replicaSet().status).toBeUndefined();
    expect(plane.manager.counters().get('replicaset-controller')?.errors).toBeGreaterThan(2);
    isRefused = false;
    plane.advance(10_000);
    expect(plane.client.list('Pod')).toHaveLength(2);
    expect(replicaSet().status).toMatchObject({ replicas: 2 });
  });

  it('says what refuses its pods, keeps those that were created before, and goes on once it may', () => {
    let quota = 2;
    const admit: Admission = ({ kind, verb }) => {
      if (kind.kind !== 'Pod' || verb !== 'create' || quota-- > 0) return undefined;
      const path = ['spec'];
      return {
        problems: [{ code: 'FieldValueForbidden', severity: 'error', path, at: 'value', message: 'exceeded quota' }],
      };
    };
    plane = startTestControlPlane({ admission: [admit] });
    createReplicaSet(4);
    plane.advance(1_000);
    expect(plane.client.list('Pod')).toHaveLength(2);
    const [condition] = replicaSet().status?.conditions ?? [];
    expect(condition).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' });
    expect(condition?.message).toContain('exceeded quota');
    const reasons = plane.client.list('Event').map(({ reason }) => reason);
    expect(reasons).toContain('FailedCreate');
    expect(plane.manager.counters().get('replicaset-controller')?.errors).toBeGreaterThan(3);
    quota = 100;
    plane.advance(10_000);
    expect(replicaSet().status).toMatchObject({ availableReplicas: 4 });
    expect(replicaSet().status?.conditions).toBeUndefined();
  });
});
