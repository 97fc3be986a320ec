import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

function claim(name: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  };
}

function volume(name: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: `/srv/${name}` }, ...spec },
  };
}

const claimNamed = (name: string) => plane.client.get('PersistentVolumeClaim', { namespace: 'default', name });
const volumeNamed = (name: string) => plane.client.get('PersistentVolume', { name });
const deleteClaim = (name: string) =>
  plane.client.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name });
const pod = (name: string, claimName: string, extra: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'app', image: 'app:1' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    ...extra,
  },
});

describe('the volume binder', () => {
  it('binds a claim to a volume of its class, whichever comes first, and rests', () => {
    plane = startTestControlPlane();
    plane.client.create(claim('early', { storageClassName: '' }));
    plane.settle();
    expect(claimNamed('early')?.status?.phase).toBe('Pending');
    plane.client.create(volume('pv-1'));
    plane.settle();
    expect(claimNamed('early')).toMatchObject({
      spec: { volumeName: 'pv-1' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    });
    expect(volumeNamed('pv-1')).toMatchObject({ spec: { claimRef: { name: 'early' } }, status: { phase: 'Bound' } });
    const { revision } = plane.client;
    plane.advance(600_000);
    expect(plane.client.revision).toBe(revision);
  });

  it('binds a claim again whose volume lost its reference, before another takes the volume', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('b', { storageClassName: '' }));
    plane.settle();
    plane.client.create(claim('a', { storageClassName: '' }));
    plane.settle();
    plane.client.patch({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' }, 'merge', {
      spec: { claimRef: null },
    });
    plane.settle();
    expect(volumeNamed('pv-1')).toMatchObject({ spec: { claimRef: { name: 'b' } }, status: { phase: 'Bound' } });
    expect(claimNamed('a')?.status?.phase).toBe('Pending');
  });

  it('says at once that a claim has lost its volume to another by hand', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('a', { storageClassName: '' }));
    plane.settle();
    plane.client.create(claim('b', { storageClassName: '' }));
    plane.client.patch({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' }, 'merge', {
      spec: { claimRef: { name: 'b', uid: claimNamed('b')?.metadata.uid ?? '' } },
    });
    plane.settle();
    expect([claimNamed('a')?.status?.phase, claimNamed('b')?.status?.phase]).toEqual(['Lost', 'Bound']);
  });

  it('releases a retained volume, which no other claim takes until its reference is removed', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('a', { storageClassName: '' }));
    plane.settle();
    deleteClaim('a');
    plane.client.create(claim('b', { storageClassName: '' }));
    plane.settle();
    expect(volumeNamed('pv-1')?.status?.phase).toBe('Released');
    expect(claimNamed('b')?.status?.phase).toBe('Pending');
    plane.client.patch({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' }, 'merge', {
      spec: { claimRef: null },
    });
    plane.settle();
    expect(claimNamed('b')?.status?.phase).toBe('Bound');
  });

  it('says that a claim is lost whose volume was taken away', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('a', { storageClassName: '' }));
    plane.settle();
    plane.client.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' });
    plane.settle();
    // "PV removal is postponed until the PV is no longer bound to a PVC."
    expect(volumeNamed('pv-1')?.metadata.deletionTimestamp).toBeDefined();
    expect(claimNamed('a')?.status?.phase).toBe('Bound');
    deleteClaim('a');
    plane.settle();
    expect(volumeNamed('pv-1')).toBeUndefined();
  });

  it('keeps a claim that a pod uses until the pod is gone', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('a', { storageClassName: '' }));
    plane.client.create(pod('user', 'a', { nodeName: 'node-1' }));
    plane.client.create(pod('waiting', 'a'));
    plane.settle();
    deleteClaim('a');
    plane.settle();
    expect(claimNamed('a')?.metadata.deletionTimestamp).toBeDefined();
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'user' });
    plane.settle();
    expect(claimNamed('a')).toBeUndefined();
  });

  it('sets the default class on claims that name none, also on those that were there before it', () => {
    plane = startTestControlPlane();
    const reference = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'local-path' };
    plane.client.create(claim('now'));
    expect(claimNamed('now')?.spec?.storageClassName).toBe('local-path');
    plane.client.delete(reference);
    plane.client.create(claim('before'));
    plane.settle();
    expect(claimNamed('before')?.spec?.storageClassName).toBeUndefined();
    plane.client.create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'other', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
    });
    plane.settle();
    expect(claimNamed('before')?.spec?.storageClassName).toBe('other');
    expect(claimNamed('now')?.spec?.storageClassName).toBe('local-path');
  });

  it('makes and deletes the claims of ephemeral volumes with their pod', () => {
    plane = startTestControlPlane();
    const template = claim('x').spec ?? claim('x')['spec'];
    const ephemeral = { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: template } };
    plane.client.create(pod('web', '', { volumes: [{ name: 'scratch', ephemeral }] }));
    plane.settle();
    expect(claimNamed('web-scratch')?.metadata).toMatchObject({
      labels: { a: 'b' },
      ownerReferences: [{ kind: 'Pod' }],
    });
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' });
    plane.settle();
    expect(claimNamed('web-scratch')).toBeUndefined();
  });

  it('refuses to resize what cannot grow', () => {
    plane = startTestControlPlane();
    plane.client.create(volume('pv-1'));
    plane.client.create(claim('a', { storageClassName: '' }));
    const resize = (storage: string) => () =>
      plane.client.patch(
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'a' },
        'merge',
        {
          spec: { resources: { requests: { storage } } },
        },
      );
    expect(resize('2Gi')).toThrow('only bound persistent volume claims can be expanded');
    plane.settle();
    expect(resize('2Gi')).toThrow('only dynamically provisioned pvc can be resized');
    expect(resize('1Mi')).toThrow('field can not be less than status.capacity');
  });
});
