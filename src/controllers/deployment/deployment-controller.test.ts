import { afterEach, describe, expect, it } from 'vitest';
import type { ReplicaSet } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const NAME = { namespace: 'default', name: 'web' };

function deployment() {
  const found = plane.client.get('Deployment', NAME);
  if (found === undefined) throw new Error('the Deployment is gone');
  return found;
}

function setImage(image: string): void {
  const patch = { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } };
  plane.client.patch({ apiVersion: 'apps/v1', kind: 'Deployment', ...NAME }, 'merge', patch);
}

function patchSpec(spec: Record<string, string | number | boolean>): void {
  plane.client.patch({ apiVersion: 'apps/v1', kind: 'Deployment', ...NAME }, 'merge', { spec });
}

function replicaSets(): readonly ReplicaSet[] {
  return plane.client.list('ReplicaSet', { namespace: 'default' });
}

function revisions(): Record<string, string> {
  return Object.fromEntries(
    replicaSets().map((set) => [
      set.spec?.template?.spec?.containers[0]?.image ?? '',
      set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? '',
    ]),
  );
}

function progress(): string {
  const condition = deployment().status?.conditions?.find(({ type }) => type === 'Progressing');
  return `${condition?.status} ${condition?.reason}`;
}

describe('a Deployment', () => {
  it('brings 50 replicas up and rolls them to a new template', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { replicas: 50 }));
    plane.settle();
    expect(deployment().status).toMatchObject({ replicas: 50, availableReplicas: 50, updatedReplicas: 50 });
    expect(progress()).toBe('True NewReplicaSetAvailable');

    setImage('app:2');
    plane.settle();
    expect(deployment().status).toMatchObject({ replicas: 50, availableReplicas: 50, updatedReplicas: 50 });
    expect(
      replicaSets()
        .map((set) => set.spec?.replicas)
        .sort(),
    ).toEqual([0, 50]);
    expect(plane.client.list('Pod').every((pod) => pod.spec?.containers[0]?.image === 'app:2')).toBe(true);
    expect(deployment().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  it('comes to rest: nothing is reconciled or written any more', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const revision = plane.client.revision;
    const counters = JSON.stringify([...plane.manager.counters()]);
    plane.advance(3_600_000 * 0.9);
    expect(plane.client.revision).toBe(revision);
    expect(JSON.stringify([...plane.manager.counters()])).toBe(counters);
  });

  it('re-numbers the old ReplicaSet when its template comes back', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    setImage('app:2');
    plane.settle();
    setImage('app:1');
    plane.settle();
    expect(revisions()).toEqual({ 'app:1': '3', 'app:2': '2' });
    const rolledBack = replicaSets().find((set) => set.spec?.replicas === 3);
    expect(rolledBack?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  });

  it('makes no rollout while paused, scales, and goes on when resumed', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web'));
    plane.settle();
    patchSpec({ paused: true });
    setImage('app:2');
    patchSpec({ replicas: 5 });
    plane.settle();
    expect(progress()).toBe('Unknown DeploymentPaused');
    expect(replicaSets().map((set) => set.spec?.replicas)).toEqual([5]);
    patchSpec({ paused: false });
    plane.settle();
    expect(progress()).toBe('True NewReplicaSetAvailable');
    expect(deployment().status?.updatedReplicas).toBe(5);
  });

  it('reports a missed progress deadline and recovers by itself', () => {
    plane = startTestControlPlane();
    plane.kubelet.isReady = () => false;
    plane.client.create(testDeployment('web', { progressDeadlineSeconds: 60 }));
    plane.settle();
    plane.advance(59_000);
    expect(progress()).toBe('True ReplicaSetUpdated');
    plane.advance(5_000);
    expect(progress()).toBe('False ProgressDeadlineExceeded');
    for (const pod of plane.client.list('Pod')) plane.kubelet.setReady(pod, true);
    plane.settle();
    expect(progress()).toBe('True NewReplicaSetAvailable');
  });

  it('keeps old pods running when the new ones never get ready', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { replicas: 4 }));
    plane.settle();
    plane.kubelet.isReady = (pod) => pod.spec?.containers[0]?.image !== 'app:2';
    setImage('app:2');
    plane.settle();
    expect(deployment().status).toMatchObject({ replicas: 5, updatedReplicas: 2, availableReplicas: 3 });
  });

  it('recreates pods that never got ready, once the last of them is gone', () => {
    plane = startTestControlPlane();
    plane.kubelet.isReady = (pod) => pod.spec?.containers[0]?.image === 'app:2';
    plane.client.create(testDeployment('web', { replicas: 3, strategy: { type: 'Recreate' } }));
    plane.advance(1_000);
    setImage('app:2');
    plane.settle();
    expect(deployment().status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
  });

  it('recreates: every old pod is gone before a new one starts', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { strategy: { type: 'Recreate' } }));
    plane.settle();
    let most = 0;
    const unwatch = plane.client.watch('Pod', () => {
      const images = new Set(plane.client.list('Pod').map((pod) => pod.spec?.containers[0]?.image));
      most = Math.max(most, images.size);
    });
    setImage('app:2');
    plane.settle();
    unwatch();
    expect(most).toBe(1);
    expect(deployment().status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
  });

  it('waits minReadySeconds before a pod counts as available', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { minReadySeconds: 30 }));
    plane.settle();
    expect(deployment().status).toMatchObject({ readyReplicas: 3, unavailableReplicas: 3 });
    plane.advance(31_000);
    expect(deployment().status?.availableReplicas).toBe(3);
  });

  it('goes on with a rollout once pods are available again after the clock was put back (seed 4290)', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { minReadySeconds: 3 }));
    plane.settle();
    plane.advance(4_000);
    setImage('app:2');
    plane.advance(100);
    patchSpec({ paused: true });
    plane.advance(4_000);
    expect(deployment().status).toMatchObject({ updatedReplicas: 1, availableReplicas: 4 });
    plane.clock.jumpWall(-3_600_000);
    patchSpec({ paused: false });
    plane.advance(60_000);
    expect(deployment().status?.updatedReplicas).toBe(1);
    plane.advance(3_600_000);
    expect(deployment().status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  });

  it('keeps as many old ReplicaSets as revisionHistoryLimit says', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { revisionHistoryLimit: 2 }));
    for (const image of ['app:2', 'app:3', 'app:4', 'app:5']) {
      plane.settle();
      setImage(image);
    }
    plane.settle();
    expect(revisions()).toEqual({ 'app:3': '3', 'app:4': '4', 'app:5': '5' });
  });

  it('counts a collision when another ReplicaSet has the name it needs', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { replicas: 1 }));
    plane.settle();
    const [first] = replicaSets();
    plane.client.delete({ apiVersion: 'apps/v1', kind: 'Deployment', ...NAME }, { propagationPolicy: 'Orphan' });
    if (first === undefined) throw new Error('no ReplicaSet');
    const labels = { app: 'other' };
    const { resourceVersion: _version, ownerReferences: _owners, ...metadata } = first.metadata;
    plane.client.update({ ...first, metadata: { ...metadata, labels } });
    plane.settle();
    plane.client.create(testDeployment('web', { replicas: 1 }));
    plane.settle();
    expect(deployment().status?.collisionCount).toBe(1);
    expect(deployment().status?.availableReplicas).toBe(1);
  });

  it('tells of scaling as Kubernetes does', () => {
    plane = startTestControlPlane();
    plane.client.create(testDeployment('web', { replicas: 1 }));
    plane.settle();
    const [set] = replicaSets();
    const messages = plane.client.list('Event').map((event) => `${event.reason}: ${event.message}`);
    expect(messages).toContain(`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 1`);
    const [pod] = plane.client.list('Pod');
    expect(messages).toContain(`SuccessfulCreate: Created pod: ${pod?.metadata.name}`);
  });
});
