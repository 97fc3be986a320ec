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

const METADATA = {
  name: 'x',
  namespace: 't',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const TEMPLATE = { spec: { containers: [{ name: 'c', image: 'i' }] } };

test.each([
  [
    'DaemonSet',
    { selector: { matchLabels: { app: 'x' } }, template: TEMPLATE },
    {
      desiredNumberScheduled: 3,
      currentNumberScheduled: 2,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberMisscheduled: 0,
    },
    [
      'Selector: app=x',
      'Desired Number of Nodes Scheduled: 3',
      'Current Number of Nodes Scheduled: 2',
      'Number of Nodes Scheduled with Up-to-date Pods: 1',
      'Number of Nodes Scheduled with Available Pods: 1',
      'Number of Nodes Misscheduled: 0',
    ],
  ],
  [
    'ReplicaSet',
    { replicas: 2, selector: { matchLabels: { app: 'x' } }, template: TEMPLATE },
    { replicas: 1, availableReplicas: 1 },
    ['Selector: app=x', 'Replicas: 1 current / 2 desired'],
  ],
  [
    'ReplicationController',
    { replicas: 2, selector: { app: 'x', tier: 'y' }, template: TEMPLATE },
    { replicas: 2 },
    ['Selector: app=x,tier=y', 'Replicas: 2 current / 2 desired'],
  ],
  [
    'Deployment',
    { replicas: 3, selector: { matchLabels: { app: 'x' } }, template: TEMPLATE },
    { replicas: 4, updatedReplicas: 2, availableReplicas: 2, unavailableReplicas: 2 },
    ['Replicas: 3 desired | 2 updated | 4 total | 2 available | 2 unavailable'],
  ],
])('a %s tells the counts of its own status', (kind, spec, status, lines) => {
  const object: StoredObject & Record<string, unknown> = { apiVersion: 'v1', kind, metadata: METADATA, spec, status };
  const text = describeObject(object, [], 0).replaceAll(/ +/g, ' ').split('\n');
  expect(text).toEqual(expect.arrayContaining(lines));
  expect(text.filter((line) => line.startsWith('Replicas')).length).toBe(kind === 'DaemonSet' ? 0 : 1);
});

test('a node tells its pods and what they ask of it', () => {
  const status = { allocatable: { cpu: '2', memory: '1Gi', pods: '110' } };
  const node: StoredObject & Record<string, unknown> = { apiVersion: 'v1', kind: 'Node', metadata: METADATA, status };
  const podOf = (name: string, resources: unknown): StoredObject & Record<string, unknown> => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...METADATA, name },
    spec: { containers: [{ name: 'c', image: 'i', resources }] },
  });
  const pods = [
    podOf('a', { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi', 'example.com/gpu': '1' } }),
    podOf('b', { requests: { cpu: '250m' } }),
  ];
  const text = describeObject(node, [], Date.parse('2026-01-01T00:05:00Z'), pods);
  expect(text.slice(text.indexOf('Non-terminated'))).toBe(
    `Non-terminated Pods:  2
  NAMESPACE   NAME   CPU REQUESTS   CPU LIMITS   MEMORY REQUESTS   MEMORY LIMITS   AGE
  t           a      500m (25%)     0 (0%)       256Mi (25%)       512Mi (50%)     5m
  t           b      250m (12%)     0 (0%)       0 (0%)            0 (0%)          5m
Allocated Resources:
  RESOURCE            REQUESTS      LIMITS
  cpu                 750m (37%)    0 (0%)
  memory              256Mi (25%)   512Mi (50%)
  ephemeral-storage   0             0
  example.com/gpu     1             1
Events:  <none>
`,
  );
  expect(describeObject(node, [], 0)).toContain('Non-terminated Pods:  0\nAllocated Resources:\n');
});
