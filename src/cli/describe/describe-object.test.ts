import { expect, test } from 'vitest';
import type { StoredObject } from '../../objects/types.ts';
import { describeObject } from './describe-object.ts';

test('a StatefulSet is shown with its claims, and what becomes of them', () => {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      replicas: 2,
      serviceName: 'db',
      podManagementPolicy: 'Parallel',
      ordinals: { start: 5 },
      selector: { matchLabels: { app: 'db' } },
      template: { spec: { containers: [{ name: 'db', image: 'db:1' }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            storageClassName: 'fast',
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
    },
  } as unknown as StoredObject;
  const text = describeObject(set, [], 0).replaceAll(/ +/g, ' ');
  for (const line of [
    'Service Name: db',
    'Pod Management Policy: Parallel',
    'First Ordinal: 5',
    'Storage Class: fast',
    'Capacity: 1Gi',
    'Access Modes: ReadWriteOnce',
    'Claim Retention: whenDeleted=Retain, whenScaled=Delete',
  ])
    expect(text).toContain(line);
});
