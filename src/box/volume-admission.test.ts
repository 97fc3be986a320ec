import { expect, test } from 'vitest';
import { createTestRegistry } from '../api/testing.ts';
import { createVolumeAdmission } from './volume-admission.ts';

const policy = {
  namespaces: { shop: { hostPaths: ['/srv/shop'] }, other: {} },
  protectedPaths: ['/var/lib/berth'],
  storageDirectory: '/var/lib/berth/storage',
};

test.each<[path: string, namespace: string | undefined, isAllowed: boolean]>([
  ['/srv/shop/data', undefined, true],
  ['/srv/shop/data', 'shop', true],
  ['/srv/shop/data', 'other', false],
  ['/srv/elsewhere', undefined, false],
  ['/', undefined, false],
  ['/var/lib/berth/store', undefined, false],
  ['/var/lib/berth/storage', undefined, false],
  ['/var/lib/berth/storage/pvc-1_default_data', undefined, true],
  ['/var/lib/berth/storage/pvc-1_default_data/link', undefined, false],
  ['/var/run/docker.sock', 'shop', false],
])('a volume at %s for %s: %s', (path, namespace, isAllowed) => {
  const { client } = createTestRegistry({ admission: [createVolumeAdmission(policy)] });
  const create = () =>
    client.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'v' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        hostPath: { path },
        ...(namespace === undefined ? {} : { claimRef: { namespace, name: 'data' } }),
      },
    });
  if (isAllowed) expect(create()).toBeDefined();
  else expect(create).toThrow(/spec\.hostPath\.path: Forbidden/);
});
