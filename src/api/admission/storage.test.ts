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
