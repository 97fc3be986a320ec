import { afterEach, describe, expect, test } from 'vitest';
import { createPod, eventsOf, isReady, startTestNode, type TestNode } from '../testing/test-node.ts';

let node: TestNode;
afterEach(() => node.stop());

const PROVISIONER = { 'volume.kubernetes.io/storage-provisioner': 'rancher.io/local-path' };
const SELECTED = { ...PROVISIONER, 'volume.kubernetes.io/selected-node': 'node-1' };
const APP = { images: { 'app:1': { present: true } } };
const claimPod = () => ({
  containers: [{ name: 'app', image: 'app:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
});

function createClaim(annotations: Record<string, string> = SELECTED): void {
  node.client.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default', annotations },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
}

const claim = () => node.client.get('PersistentVolumeClaim', { namespace: 'default', name: 'data' });
const volumes = () => node.client.list('PersistentVolume');
const folders = () => node.volumeFiles.list({ area: 'storage', path: '' });

/** What the binder does. */
function bind(): void {
  const [volume] = volumes();
  const found = claim();
  if (volume === undefined || found === undefined) throw new Error('nothing to bind');
  node.client.updateStatus({ ...volume, status: { phase: 'Bound' } });
  const annotations = { ...found.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  node.client.update({
    ...found,
    metadata: { ...found.metadata, annotations },
    spec: { ...found.spec, volumeName: volume.metadata.name },
  });
  const bound = claim();
  if (bound !== undefined) node.client.updateStatus({ ...bound, status: { phase: 'Bound' } });
}

const eventsOfClaim = () =>
  node.client
    .list('Event')
    .filter(({ involvedObject }) => involvedObject.kind === 'PersistentVolumeClaim')
    .map(({ reason }) => reason);

describe('the provisioner of a node', () => {
  test('makes a folder and a volume for a claim, and a pod mounts it once it is bound', async () => {
    node = await startTestNode(APP);
    createClaim();
    createPod(node, 'web', claimPod());
    await node.until(() => volumes().length === 1);
    await node.advance(5_000);
    expect(eventsOfClaim()).toEqual(['Provisioning', 'ProvisioningSucceeded']);
    expect(eventsOf(node, 'web')).toEqual(['FailedMount: error processing PVC default/data: PVC is not bound']);
    bind();
    await node.until(() => isReady(node, 'web'));
    const [volume] = volumes();
    expect(node.engine.mountsByContainer()[0]?.mounts).toContainEqual({
      hostPath: volume?.spec?.local?.path,
      containerPath: '/data',
      readOnly: false,
    });
  });

  test('waits while the disk is full, and goes on once it is not', async () => {
    node = await startTestNode();
    node.volumeFiles.setFull(true);
    createClaim();
    await node.until(() => eventsOfClaim().includes('ProvisioningFailed'));
    expect(volumes()).toEqual([]);
    node.volumeFiles.setFull(false);
    await node.until(() => volumes().length === 1);
  });

  test('removes the folder before the object once the volume is released', async () => {
    node = await startTestNode();
    createClaim();
    await node.until(() => volumes().length === 1);
    const [volume] = volumes();
    if (volume === undefined) throw new Error('no volume');
    node.client.updateStatus({ ...volume, status: { phase: 'Released' } });
    // The protection of the volume is the control plane's to take off.
    await node.until(() => volumes()[0]?.metadata.deletionTimestamp !== undefined);
    expect(volumes()[0]?.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
    const listing = folders();
    await node.advance(10);
    expect(await listing).toEqual([]);
  });

  test('goes on after a crash where it was', async () => {
    node = await startTestNode();
    createClaim();
    await node.crash();
    await node.until(() => volumes().length === 1);
    await node.crash();
    await node.advance(10_000);
    expect(volumes()).toHaveLength(1);
  });

  test('never starts a pod over a claim that is being deleted', async () => {
    node = await startTestNode(APP);
    createClaim();
    await node.until(() => volumes().length === 1);
    bind();
    node.client.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' });
    createPod(node, 'web', claimPod());
    await node.advance(10_000);
    expect(eventsOf(node, 'web')).toEqual([
      "FailedMount: error processing PVC default/data: can't start pod because PVC default/data is being deleted",
    ]);
  });
});
