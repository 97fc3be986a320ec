import { afterEach, describe, expect, test } from 'vitest';
import { volumeOf } from '../../objects/storage/testing.ts';
import { createPod, eventsOf, isReady, startTestNode, type TestNode } from '../testing/test-node.ts';
import { provisionedPlace } from '../volumes/claimed-volume.ts';

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
async function typeOf(path: string): Promise<string> {
  const looking = node.volumeFiles.inspectHostPath(path);
  await node.advance(10);
  return (await looking).type;
}

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
    node = await startTestNode({ knowsStorage: true });
    createClaim();
    await node.until(() => volumes().length === 1);
    const [volume] = volumes();
    if (volume === undefined) throw new Error('no volume');
    const path = volume.spec?.local?.path ?? '';
    expect(await typeOf(path)).toBe('directory');
    node.client.updateStatus({ ...volume, status: { phase: 'Released' } });
    // The protection of the volume is the control plane's to take off.
    await node.until(() => volumes()[0]?.metadata.deletionTimestamp !== undefined);
    expect(volumes()[0]?.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
    expect(await typeOf(path)).toBe('missing');
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

describe('what a volume says of itself', () => {
  const crafted = (path: string, annotations: Record<string, string>) => {
    node.client.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'crafted', annotations },
      spec: {
        ...{ accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, local: { path } },
        claimRef: { namespace: 'default', name: 'data', uid: claim()?.metadata.uid ?? '' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] },
            ],
          },
        },
        persistentVolumeReclaimPolicy: 'Delete',
      },
    });
  };
  const MADE = { 'pv.kubernetes.io/provisioned-by': 'rancher.io/local-path' };

  test.each([
    ['a path of the machine', '/etc', {}, 'hostPath "/etc" is not allowed'],
    ['a protected path', '/data/store', {}, 'gives away the machine and is never mounted'],
    ['a path of the machine under the name of the provisioner', '/etc', MADE, 'hostPath "/etc" is not allowed'],
  ])('%s is not mounted', async (_what, path, annotations, message) => {
    node = await startTestNode({ ...APP, knowsStorage: true });
    createClaim({});
    crafted(path, annotations);
    bind();
    createPod(node, 'web', claimPod());
    await node.advance(5_000);
    expect(eventsOf(node, 'web').join()).toContain(message);
    expect(isReady(node, 'web')).toBe(false);
  });

  test('the folder of another volume is not removed for it', async () => {
    node = await startTestNode({ knowsStorage: true });
    createClaim();
    await node.until(() => volumes().length === 1);
    const path = volumes()[0]?.spec?.local?.path ?? '';
    crafted(path, MADE);
    const found = volumes().find(({ metadata }) => metadata.name === 'crafted');
    if (found !== undefined) node.client.updateStatus({ ...found, status: { phase: 'Released' } });
    await node.advance(10_000);
    expect(node.client.list('Event').map(({ reason }) => reason)).toContain('VolumeFailedDelete');
    expect(await typeOf(path)).toBe('directory');
  });

  test('a data directory may move: the folder is found by its name', async () => {
    node = await startTestNode({ ...APP, knowsStorage: true });
    createClaim();
    await node.until(() => volumes().length === 1);
    const [made] = volumes();
    const [, folder = ''] = /^\/storage\/(.*)$/.exec(made?.spec?.local?.path ?? '') ?? [];
    bind();
    createPod(node, 'web', claimPod());
    await node.until(() => isReady(node, 'web'));
    const mounted = node.engine.mountsByContainer()[0]?.mounts.find(({ containerPath }) => containerPath === '/data');
    expect(mounted?.hostPath).toBe(`/storage/${folder}`);
    expect(provisionedPlace(volumeOf('pvc-1', { isProvisioned: true }))).toBeUndefined();
    const moved = { ...volumeOf('pvc-1', { isProvisioned: true }), spec: { local: { path: '/old/place/pvc-1_a_b' } } };
    expect(provisionedPlace(moved)).toEqual({ area: 'storage', path: 'pvc-1_a_b' });
  });
});
