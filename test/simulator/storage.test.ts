import { describe, expect, it } from 'vitest';
import { StorageIdentityChecker } from '../../src/simulate/checkers/storage-identity.ts';
import { SimulatedWorld } from '../../src/simulate/index.ts';

/** A StatefulSet with a claim per pod; `spec` is more YAML of its spec. */
function database(replicas: number, spec = ''): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: ${replicas}
  serviceName: db
  selector: {matchLabels: {app: db}}
${spec}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - {name: db, image: "app:1", volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
}

const client = (world: SimulatedWorld) => world.registry.client({ user: 'test', fieldManager: 'test' });

function storageOf(world: SimulatedWorld): string[] {
  return client(world)
    .list('PersistentVolumeClaim')
    .map(({ metadata, spec, status }) => `${metadata.name} ${status?.phase} ${spec?.volumeName}`);
}

async function healthy(world: SimulatedWorld): Promise<void> {
  expect(await world.runUntil(() => world.phaseOf('memory') === 'Healthy', 300_000)).toBe(true);
}

describe('storage in a whole box', () => {
  it('gives each pod of a StatefulSet a volume of its own, which it finds again', async () => {
    const world = new SimulatedWorld({ seed: 1 });
    world.push({ 'db.yaml': database(2) });
    await world.start();
    await healthy(world);
    const before = storageOf(world);
    expect(before).toEqual([
      expect.stringMatching(/^data-db-0 Bound pvc-/),
      expect.stringMatching(/^data-db-1 Bound pvc-/),
    ]);
    const volumes = client(world).list('PersistentVolume');
    expect(volumes.map(({ status }) => status?.phase)).toEqual(['Bound', 'Bound']);
    const reasons = client(world)
      .list('Event')
      .filter(({ involvedObject }) => involvedObject.name === 'data-db-0')
      .map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining(['WaitForPodScheduled', 'ExternalProvisioning', 'Provisioning', 'ProvisioningSucceeded']),
    );
    const uid = client(world).get('Pod', { namespace: 'default', name: 'db-1' })?.metadata.uid;
    client(world).delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-1' });
    await world.run(120_000);
    const pod = client(world).get('Pod', { namespace: 'default', name: 'db-1' });
    expect(pod?.metadata.uid).not.toBe(uid);
    expect(pod?.status?.phase).toBe('Running');
    expect(storageOf(world)).toEqual(before);
  });

  it('keeps claims when a set is scaled down, and gives them back when it is scaled up', async () => {
    const world = new SimulatedWorld({ seed: 2 });
    world.push({ 'db.yaml': database(2) });
    await world.start();
    await healthy(world);
    const before = storageOf(world);
    world.push({ 'db.yaml': database(1) });
    await world.run(120_000);
    expect(client(world).list('Pod')).toHaveLength(1);
    expect(storageOf(world)).toEqual(before);
    world.push({ 'db.yaml': database(2) });
    await world.run(120_000);
    expect(client(world).list('Pod')).toHaveLength(2);
    expect(storageOf(world)).toEqual(before);
  });

  it('deletes claims and their folders where the retention policy says so', async () => {
    const world = new SimulatedWorld({ seed: 3 });
    const policy = '  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}';
    world.push({ 'db.yaml': database(2, policy) });
    await world.start();
    await healthy(world);
    const [first] = storageOf(world);
    world.push({ 'db.yaml': database(1, policy) });
    await world.run(120_000);
    expect(storageOf(world)).toEqual([first]);
    expect(client(world).list('PersistentVolume')).toHaveLength(1);
  });

  it('does not wait for a claim that no pod mounts, from the moment on at which its class is known', async () => {
    const world = new SimulatedWorld({ seed: 6 });
    const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: lone}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
    world.push({ 'claim.yaml': claim });
    await world.start();
    await healthy(world);
    expect(storageOf(world)).toEqual(['lone Pending undefined']);
    const late = claim.replace('lone', 'late').replace('spec: {', 'spec: {storageClassName: later, ');
    world.push({ 'claim.yaml': `${claim}---\n${late}` });
    await world.run(30_000);
    expect(world.phaseOf('memory')).toBe('Progressing');
    const metadata = { name: 'later' };
    const provisioner = 'berth.dev/none';
    const volumeBindingMode = 'WaitForFirstConsumer';
    client(world).create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner,
      volumeBindingMode,
    });
    await healthy(world);
  });

  it('says what becomes of data when a claim is no longer declared, and deletes it only where the class says so', async () => {
    const world = new SimulatedWorld({ seed: 5 });
    const claim = (name: string, className: string) => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ${name}}
spec: {accessModes: [ReadWriteOnce], storageClassName: ${className}, resources: {requests: {storage: 1Gi}}}
`;
    const user = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers: [{name: app, image: "app:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: ${name}}}]
`;
    const kept = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: kept}
provisioner: rancher.io/local-path
reclaimPolicy: Retain
volumeBindingMode: WaitForFirstConsumer
`;
    const files = { 'kept.yaml': kept, 'other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n' };
    const both = { 'a.yaml': claim('a', 'local-path'), 'b.yaml': claim('b', 'kept') };
    world.push({ ...files, ...both, 'x.yaml': user('a'), 'y.yaml': user('b') });
    await world.start();
    await healthy(world);
    world.push(files);
    await world.run(180_000);
    const pruned = world.events.flatMap((event) => (event.type === 'pruned' ? event.changes : []));
    const reasons = pruned.filter(({ id }) => id.kind === 'PersistentVolumeClaim').map(({ reason }) => reason);
    expect(reasons.sort()).toEqual([
      expect.stringMatching(/^no longer declared; the data in volume pvc-\S+ is deleted with it$/),
      expect.stringMatching(/^no longer declared; volume pvc-\S+ keeps its data$/),
    ]);
    expect(storageOf(world)).toEqual([]);
    expect(
      client(world)
        .list('PersistentVolume')
        .map(({ status }) => status?.phase),
    ).toEqual(['Released']);
  });

  it('lets a manifest take the default class over', async () => {
    const world = new SimulatedWorld({ seed: 6 });
    const own = (isDefault: boolean) => `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local-path, annotations: {storageclass.kubernetes.io/is-default-class: "${isDefault}"}}
provisioner: rancher.io/local-path
reclaimPolicy: Delete
volumeBindingMode: WaitForFirstConsumer
`;
    world.push({ 'class.yaml': own(false) });
    await world.start();
    await healthy(world);
    const annotations = () => client(world).get('StorageClass', { name: 'local-path' })?.metadata.annotations;
    expect(annotations()).toMatchObject({ 'storageclass.kubernetes.io/is-default-class': 'false' });
  });

  it('comes to rest', async () => {
    const world = new SimulatedWorld({ seed: 4 });
    world.push({ 'db.yaml': database(2) });
    await world.start();
    await healthy(world);
    await world.run(120_000);
    const before = world.store.revision;
    await world.run(30 * 60_000);
    expect(world.store.revision).toBe(before);
  });
});

describe('the checker of storage identity', () => {
  /** Whoever acts through the client of this test is taken for Berth, unless it says otherwise. */
  async function watched(seed: number) {
    const world = new SimulatedWorld({ seed });
    const reports: string[] = [];
    const { engine, volumeEntries } = world;
    const machine = {
      ...{ nodes: [{ name: 'sim', engine, volumeEntries }], actor: 'berth' as 'berth' | 'user' },
      report: (_checker: string, message: string) => reports.push(message),
    };
    const checker = new StorageIdentityChecker(machine);
    const onEvents = (events: Parameters<StorageIdentityChecker['onCommit']>[0]) => checker.onCommit(events, world);
    world.store.watch({ prefix: '', when: 'memory', onEvents });
    world.push({ 'db.yaml': database(1) });
    await world.start();
    await healthy(world);
    const claim = client(world).get('PersistentVolumeClaim', { namespace: 'default', name: 'data-db-0' });
    const volumeName = claim?.spec?.volumeName ?? '';
    return { world, machine, reports, volumeName };
  }
  const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data-db-0' };

  it('has nothing to say where all is well', async () => {
    const { world, reports } = await watched(11);
    client(world).delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-0' });
    await world.run(120_000);
    expect(reports).toEqual([]);
  });

  it('sees a claim that is deleted, unless a person does it', async () => {
    const { world, machine, reports } = await watched(12);
    machine.actor = 'user';
    client(world).delete(CLAIM, { dryRun: false });
    expect(reports).toEqual([]);
    const other = await watched(13);
    client(other.world).delete(CLAIM);
    expect(other.reports).toEqual(['claim data-db-0 of a StatefulSet was deleted']);
  });

  it('sees a volume that passes to another claim', async () => {
    const { world, reports, volumeName } = await watched(14);
    const reference = { apiVersion: 'v1', kind: 'PersistentVolume', name: volumeName };
    client(world).patch(reference, 'merge', { spec: { claimRef: { name: 'other', uid: 'other' } } });
    expect(reports).toEqual([expect.stringContaining(`volume ${volumeName} passed from claim`)]);
  });

  it('sees a folder that is gone', async () => {
    const { world, reports, volumeName } = await watched(15);
    const path = client(world).get('PersistentVolume', { name: volumeName })?.spec?.local?.path ?? '';
    world.volumeEntries.delete(path);
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-0' };
    client(world).patch(pod, 'merge', { metadata: { annotations: { touched: 'yes' } } });
    expect(reports).toEqual([`the folder of volume ${volumeName} is gone`]);
  });
});
