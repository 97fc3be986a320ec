import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import { createTestRegistry } from '../testing.ts';

const claim = (storage: unknown): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
});
const quota = (hard: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', namespace: 'default' },
  spec: { hard },
});

test('claims and volumes are protected, begin as Pending, and claims get the default class', () => {
  const { client } = createTestRegistry();
  expect(client.create(claim('1Gi'))).toMatchObject({
    metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { storageClassName: 'local-path', volumeMode: 'Filesystem' },
    status: { phase: 'Pending' },
  });
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/srv' } };
  expect(client.create({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec })).toMatchObject({
    metadata: { finalizers: ['kubernetes.io/pv-protection'] },
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
    status: { phase: 'Pending' },
  });
});

test('of several default classes the newest counts', () => {
  const { client, clock } = createTestRegistry();
  for (const name of ['b', 'a']) {
    clock.moveTo(clock.monotonicMs() + 60_000);
    client.create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
    });
  }
  expect(client.create(claim('1Gi'))).toMatchObject({ spec: { storageClassName: 'a' } });
});

test.each([
  ['no amount', 'much', /Invalid/],
  ['no text', [], /must be/],
])('a claim of %s is refused in words, quota or not', (_what, storage, message) => {
  const { client } = createTestRegistry();
  expect(() => client.create(claim(storage))).toThrow(message);
  client.create(quota({ 'requests.storage': '5Gi' }));
  expect(() => client.create(claim(storage))).toThrow(message);
});

test('a quota counts claims by class, and refuses what is too much', () => {
  const { client } = createTestRegistry();
  client.create(quota({ 'local-path.storageclass.storage.k8s.io/requests.storage': '1Gi' }));
  expect(() => client.create(claim('2Gi'))).toThrow(/exceeded quota: q/);
  expect(client.create(claim('1Gi'))).toBeDefined();
});

test('a pod whose resources cannot be read is refused in words, quota and limits or not', () => {
  const { client } = createTestRegistry();
  client.create(quota({ 'requests.cpu': '5' }));
  client.create({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l', namespace: 'default' },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] },
  });
  const containers = [
    { name: 'app', image: 'app:1', resources: { requests: { cpu: 'much' }, limits: { cpu: 'more' } } },
  ];
  const metadata = { name: 'web', namespace: 'default' };
  const create = () => client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
  expect(create).toThrow(ApiError);
  client.delete({ apiVersion: 'v1', kind: 'LimitRange', namespace: 'default', name: 'l' });
  expect(create).toThrow(/Invalid value: "much"/);
});

/** After the table of PersistentVolumeClaimResize: what a claim of 1Gi may ask for. */
test.each<
  [rule: string, world: { allows?: boolean; isMade?: boolean; phase?: string }, asked: string, refusal: string]
>([
  ['as much as before', { phase: 'Pending' }, '1Gi', ''],
  ['more, where the class lets it grow', { allows: true, isMade: true }, '2Gi', ''],
  ['more, where the class does not', { isMade: true }, '2Gi', 'only dynamically provisioned pvc can be resized'],
  ['more of a volume that a person made', { allows: true }, '2Gi', 'only dynamically provisioned pvc can be resized'],
  [
    'more before it is bound',
    { allows: true, phase: 'Pending' },
    '2Gi',
    'only bound persistent volume claims can be expanded',
  ],
  ['less', { allows: true, isMade: true }, '512Mi', 'field can not be less than status.capacity'],
])('a claim may ask for %s', (_rule, { allows = false, isMade = false, phase = 'Bound' }, asked, refusal) => {
  const { client } = createTestRegistry();
  const type = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };
  client.create({ ...type, metadata: { name: 'c' }, provisioner: 'p.io/p', allowVolumeExpansion: allows });
  const annotations: Record<string, string> = isMade ? { 'pv.kubernetes.io/provisioned-by': 'p.io/p' } : {};
  const modes = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/srv' } };
  client.create({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', annotations }, spec: modes });
  const spec = { ...Object(claim('1Gi')['spec']), storageClassName: 'c', volumeName: 'v' };
  const made = client.create({ ...claim('1Gi'), spec });
  client.updateStatus({ ...made, status: { phase, capacity: { storage: '1Gi' } } });
  const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' };
  const ask = () => client.patch(reference, 'merge', { spec: { resources: { requests: { storage: asked } } } });
  if (refusal === '') expect(ask()).toMatchObject({ spec: { resources: { requests: { storage: asked } } } });
  else expect(ask).toThrow(refusal);
});

/** After the table of DefaultStorageClass. */
test.each<[rule: string, asked: string | undefined, defaults: readonly string[], given: string | undefined]>([
  ['no default, none asked for', undefined, [], undefined],
  ['one default, none asked for', undefined, ['std'], 'std'],
  ['one default, the empty one asked for', '', ['std'], ''],
  ['one default, another asked for', 'fast', ['std'], 'fast'],
  ['several of one age, none asked for', undefined, ['std', 'a', 'b'], 'a'],
])('the class of a claim: %s', (_rule, asked, defaults, given) => {
  const { client } = createTestRegistry();
  client.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'local-path' });
  for (const name of defaults) {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const type = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name, annotations } };
    client.create({ ...type, provisioner: 'p.io/p' });
  }
  const spec = { ...Object(claim('1Gi')['spec']), ...(asked === undefined ? {} : { storageClassName: asked }) };
  const made = client.create({ ...claim('1Gi'), spec });
  expect(Object(made['spec']).storageClassName).toBe(given);
});
