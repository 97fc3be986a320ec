import { afterEach, describe, expect, it } from 'vitest';
import type { ObjectReference } from '../../api/client.ts';
import type { Admission } from '../../api/context.ts';
import type { JsonValue } from '../../lib/json.ts';
import type { KubernetesObject, StatefulSet } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const NAME = { namespace: 'default', name: 'db' };
const REFERENCE = { apiVersion: 'apps/v1', kind: 'StatefulSet', ...NAME };

function statefulSet(over: Record<string, unknown> = {}, image = 'db:1'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...NAME },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image }] } },
      ...over,
    },
  };
}

const CLAIMS = {
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
};

const refuseClaims: Admission = ({ kind }) =>
  kind.kind === 'PersistentVolumeClaim'
    ? {
        problems: [
          { path: [], at: 'value', severity: 'error', code: 'FieldValueForbidden', message: 'no claims here' },
        ],
      }
    : undefined;

function current(): StatefulSet {
  const found = plane.client.get('StatefulSet', NAME);
  if (found === undefined) throw new Error('the StatefulSet is gone');
  return found;
}

function patch(spec: Parameters<TestControlPlane['client']['patch']>[2]): void {
  plane.client.patch(REFERENCE, 'merge', { spec });
}

function setImage(image: string): void {
  patch({ template: { spec: { containers: [{ name: 'db', image }] } } });
}

function images(): string {
  return plane.client
    .list('Pod')
    .map((pod) => `${pod.metadata.name}=${pod.spec?.containers[0]?.image}`)
    .join(' ');
}

function claims(): readonly string[] {
  return plane.client.list('PersistentVolumeClaim').map(({ metadata }) => metadata.name);
}

function claimNamed(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name };
}

function uidOfClaim(name: string): string | undefined {
  return plane.client.getObject(claimNamed(name))?.metadata.uid;
}

/** Takes a pod out of the set, which lets it go. */
function setAside(pod: ObjectReference, newOwner?: string): void {
  plane.client.patch(pod, 'merge', { metadata: { labels: { app: 'aside' } } });
  plane.settle(1_000);
  if (newOwner === undefined) return;
  const { uid } = plane.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name: newOwner },
  }).metadata;
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: newOwner, uid, controller: true }];
  plane.client.patch(pod, 'merge', { metadata: { ownerReferences } });
}

/** `+db-0 -db-1`, in the order in which pods come and go. */
function watchPods(): string[] {
  const log: string[] = [];
  plane.client.watch('Pod', ({ type, object }) => {
    if (type === 'ADDED') log.push(`+${object.metadata.name}`);
    if (type === 'DELETED') log.push(`-${object.metadata.name}`);
  });
  return log;
}

describe('a StatefulSet', () => {
  it('brings its pods up and down in order, each with name, host name and claim of its own', () => {
    plane = startTestControlPlane();
    const log = watchPods();
    plane.client.create(statefulSet(CLAIMS));
    plane.settle();
    expect(log).toEqual(['+db-0', '+db-1', '+db-2']);
    expect(claims()).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    const pod = plane.client.get('Pod', { namespace: 'default', name: 'db-1' });
    expect(pod?.metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'apps.kubernetes.io/pod-index': '1',
      'controller-revision-hash': current().status?.updateRevision,
    });
    expect(pod?.spec).toMatchObject({
      hostname: 'db-1',
      subdomain: 'db',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
    });
    log.length = 0;
    patch({ replicas: 1 });
    plane.settle();
    expect(log).toEqual(['-db-2', '-db-1']);
    expect(claims()).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect(current().status).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1, currentReplicas: 1 });
  });

  it('brings a lost pod back under its name with its own claim', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet(CLAIMS));
    plane.settle();
    const uids = plane.client.list('PersistentVolumeClaim').map(({ metadata }) => metadata.uid);
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-1' });
    plane.settle();
    expect(images()).toBe('db-0=db:1 db-1=db:1 db-2=db:1');
    expect(plane.client.list('PersistentVolumeClaim').map(({ metadata }) => metadata.uid)).toEqual(uids);
  });

  it('updates from the last to the first, and makes the new revision the current one', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet());
    plane.settle();
    const before = current().status?.currentRevision;
    const log = watchPods();
    setImage('db:2');
    plane.settle();
    expect(log).toEqual(['-db-2', '+db-2', '-db-1', '+db-1', '-db-0', '+db-0']);
    const { currentRevision, updateRevision, currentReplicas } = current().status ?? {};
    expect(currentRevision).toBe(updateRevision);
    expect(currentRevision).not.toBe(before);
    expect(currentReplicas).toBe(3);
  });

  it('takes up the revisions that a set of its name left behind when it was deleted without its dependents', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet());
    plane.settle();
    const revision = current().status?.updateRevision;
    plane.client.delete(REFERENCE, { propagationPolicy: 'Orphan' });
    plane.settle();
    plane.client.create(statefulSet());
    plane.settle();
    expect(current().status).toMatchObject({ updateRevision: revision, currentRevision: revision, readyReplicas: 3 });
    const kept = plane.client.listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' });
    expect(kept.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([current().metadata.uid]);
  });

  it('keeps with each revision what its annotations said at the time, for its history', () => {
    plane = startTestControlPlane();
    const cause = (text: string) => ({ metadata: { annotations: { 'kubernetes.io/change-cause': text } } });
    plane.client.create(statefulSet());
    plane.client.patch(REFERENCE, 'merge', cause('first'));
    plane.settle();
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    plane.client.patch(REFERENCE, 'merge', { metadata: { annotations: applied } });
    plane.client.patch(REFERENCE, 'merge', cause('second'));
    setImage('db:2');
    plane.settle();
    const revisions = plane.client.listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' });
    expect(revisions.map(({ metadata }) => metadata.annotations).sort()).toEqual([
      { 'kubernetes.io/change-cause': 'first' },
      { 'kubernetes.io/change-cause': 'second' },
    ]);
  });

  it('updates only from the partition on, and recreates the others as they were', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    plane.settle();
    setImage('db:2');
    plane.settle();
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-0' });
    plane.settle();
    expect(images()).toBe('db-0=db:1 db-1=db:1 db-2=db:2');
    expect(current().status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
  });

  it('takes an old revision again after a rollback, and keeps a bounded history', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet({ revisionHistoryLimit: 1 }));
    plane.settle();
    const first = current().status?.currentRevision;
    for (const image of ['db:2', 'db:1']) {
      setImage(image);
      plane.settle();
    }
    expect(current().status?.currentRevision).toBe(first);
    for (const image of ['db:3', 'db:4']) {
      setImage(image);
      plane.settle();
    }
    const revisions = plane.client.listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' });
    expect(revisions.map((revision) => revision['revision']).sort()).toEqual([4, 5]);
  });

  it.each([
    ['was set aside by hand', (pod: ObjectReference) => setAside(pod)],
    ['has another owner by then', (pod: ObjectReference) => setAside(pod, 'other')],
  ])('makes its pod as soon as one of that name goes that %s', (_name, disown) => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet());
    plane.settle();
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-2' };
    disown(pod);
    // By now the refused creation is tried again only every few minutes.
    plane.advance(200_000);
    expect(current().status?.replicas).toBe(2);
    const log = watchPods();
    plane.client.delete(pod);
    plane.settle();
    expect(log).toEqual(['-db-2', '+db-2']);
    expect(current().status?.readyReplicas).toBe(3);
  });

  it('gives a waiting pod the claims that it lacks, and its identity back', () => {
    plane = startTestControlPlane();
    plane.kubelet.startMs = 60_000;
    plane.client.create(statefulSet(CLAIMS));
    plane.settle(1_000);
    const before = uidOfClaim('data-db-0');
    plane.client.delete(claimNamed('data-db-0'));
    plane.settle(1_000);
    expect(claims()).toEqual(['data-db-0']);
    expect(uidOfClaim('data-db-0')).not.toBe(before);
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'db-0' };
    const label = 'statefulset.kubernetes.io/pod-name';
    plane.client.patch(pod, 'merge', { metadata: { labels: { [label]: null } } });
    plane.settle(1_000);
    expect(plane.client.getObject(pod)?.metadata.labels?.[label]).toBe('db-0');
    const told = plane.client.list('Event').filter(({ reason }) => reason === 'SuccessfulUpdate');
    expect(told.map(({ message }) => message)).toEqual(['update Pod db-0 in StatefulSet db successful']);
  });

  const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } };
  const HELD = 'example.org/hold';

  it.each([
    [
      'that is being deleted',
      {},
      ['Warning create Pod db-2 in StatefulSet db failed error: pvc data-db-2 is being deleted'],
    ],
    ['that goes with an earlier pod of the name', policy, []],
  ])('makes no pod for a claim %s, and makes it as soon as that is gone', (_what, over, warnings) => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet({ ...CLAIMS, ...over }));
    plane.settle();
    plane.client.patch(claimNamed('data-db-2'), 'merge', { metadata: { finalizers: [HELD] } });
    const before = uidOfClaim('data-db-2');
    patch({ replicas: 2 });
    plane.settle();
    plane.client.delete(claimNamed('data-db-2'));
    plane.settle();
    patch({ replicas: 3 });
    plane.advance(200_000);
    expect(images()).toBe('db-0=db:1 db-1=db:1');
    const told = plane.client.list('Event').filter(({ type }) => type === 'Warning');
    expect(told.map(({ type, message }) => `${type} ${message}`)).toEqual(warnings);
    plane.client.patch(claimNamed('data-db-2'), 'merge', { metadata: { finalizers: [] } });
    plane.settle();
    expect(images()).toBe('db-0=db:1 db-1=db:1 db-2=db:1');
    expect(uidOfClaim('data-db-2')).not.toBe(before);
  });

  it('says which claim is refused, and of which pod, until it may be made', () => {
    let isRefused = true;
    plane = startTestControlPlane({ admission: [(request) => (isRefused ? refuseClaims(request) : undefined)] });
    plane.client.create(statefulSet(CLAIMS));
    plane.settle();
    const messages = plane.client.list('Event').map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    const cause = 'persistentvolumeclaims "data-db-0" is forbidden: no claims here';
    const failure = `failed to create PVC data-db-0: ${cause}`;
    expect(messages).toEqual([
      `Warning FailedCreate create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: ${cause}`,
      `Warning FailedCreate create Pod db-0 in StatefulSet db failed error: ${failure}`,
    ]);
    const told = { reason: 'FailedCreate', message: failure };
    expect(current().status?.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', ...told }]);
    isRefused = false;
    plane.advance(20_000);
    expect(current().status).toMatchObject({ readyReplicas: 3 });
    expect(current().status?.conditions).toBeUndefined();
  });

  it('deletes claims with the pods it scales away, when told to', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet({ ...CLAIMS, ...policy }));
    plane.settle();
    patch({ replicas: 1 });
    plane.settle();
    expect(claims()).toEqual(['data-db-0']);
    plane.client.delete(REFERENCE);
    plane.settle();
    expect(plane.client.list('Pod')).toEqual([]);
    expect(claims()).toEqual(['data-db-0']);
  });

  it('deletes claims with itself, when told to', () => {
    plane = startTestControlPlane();
    const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' } };
    plane.client.create(statefulSet({ ...CLAIMS, ...policy }));
    plane.settle();
    patch({ replicas: 1 });
    plane.settle();
    expect(claims()).toHaveLength(3);
    plane.client.delete(REFERENCE);
    plane.settle();
    expect(claims()).toEqual([]);
  });

  // stateful_pod_control_test (TestUpdatePodClaimForRetentionPolicy) and stateful_set_utils_test
  // (TestClaimOwnerRefUpToDate).
  it('owns claims as their controller, and leaves those of another controller alone', () => {
    plane = startTestControlPlane();
    const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } };
    plane.client.create(statefulSet({ ...CLAIMS, replicas: 2, ...policy }));
    plane.settle();
    const claim = (name: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim' as const,
      namespace: 'default',
      name,
    });
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: current().metadata.uid };
    const ours = { ...owner, controller: true, blockOwnerDeletion: true };
    const ownersOf = (name: string) => plane.client.get('PersistentVolumeClaim', claim(name))?.metadata.ownerReferences;
    expect(ownersOf('data-db-0')).toEqual([ours]);
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'default' } };
    const { uid } = plane.client.create(config).metadata;
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid };
    const setOwners = (name: string, ownerReferences: JsonValue[]) =>
      plane.client.patch(claim(name), 'merge', { metadata: { ownerReferences } });
    // As written by earlier versions of Berth, and with somebody else who does not manage it.
    setOwners('data-db-0', [other, owner]);
    setOwners('data-db-1', [{ ...other, controller: true }]);
    patch({ minReadySeconds: 1 });
    plane.settle();
    expect(ownersOf('data-db-0')).toEqual([other, ours]);
    expect(ownersOf('data-db-1')).toEqual([{ ...other, controller: true }]);
    const told = plane.client.list('Event').filter(({ reason }) => reason === 'ConflictingController');
    expect(told.map(({ involvedObject, message }) => [involvedObject.name, message?.split(' that ')[0]])).toEqual([
      ['db', 'PersistentVolumeClaim data-db-1 has a conflicting OwnerReference'],
    ]);
  });

  it('comes to rest', () => {
    plane = startTestControlPlane();
    plane.client.create(statefulSet(CLAIMS));
    plane.settle();
    const { revision } = plane.client;
    plane.advance(600_000);
    expect(plane.client.revision).toBe(revision);
  });
});
