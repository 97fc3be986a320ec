import { afterEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const WEB = { apiVersion: 'v1', kind: 'ReplicationController', namespace: 'default', name: 'web' };

function create(replicas: number): void {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  const { apiVersion, kind } = WEB;
  plane.client.create({
    apiVersion,
    kind,
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, template },
  });
}

const pods = () => plane.client.list('Pod');

describe('a ReplicationController', () => {
  it('keeps its number of pods, selected by the labels of the template', () => {
    plane = startTestControlPlane();
    create(3);
    plane.settle();
    expect(pods()).toHaveLength(3);
    expect(pods()[0]?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ReplicationController', name: 'web' });
    const controller = plane.client.get('ReplicationController', WEB);
    expect(controller?.spec?.selector).toEqual({ app: 'web' });
    expect(controller?.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 });
    plane.client.patch(WEB, 'merge', { spec: { replicas: 1 } }, { subresource: 'scale' });
    plane.settle();
    expect(pods()).toHaveLength(1);
  });

  it('adopts a matching pod, lets go of one that does not match, and takes its pods with it', () => {
    plane = startTestControlPlane();
    const spec = { containers: [{ name: 'app', image: 'app:1' }] };
    const metadata = { name: 'orphan', namespace: 'default', labels: { app: 'web' } };
    plane.client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
    create(1);
    plane.settle();
    expect(pods().map(({ metadata: { name } }) => name)).toEqual(['orphan']);
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'orphan' };
    plane.client.patch(reference, 'merge', { metadata: { labels: { app: 'debug' } } });
    plane.settle();
    expect(pods()).toHaveLength(2);
    plane.client.delete(WEB);
    plane.settle();
    expect(pods().map(({ metadata: { name } }) => name)).toEqual(['orphan']);
  });
});
