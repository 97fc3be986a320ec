import { expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { StorageClass, StoredObject } from '../../objects/types.ts';
import { computeHealth } from './compute-health.ts';

const NOW = '2026-01-01T12:00:00Z';
const NOW_MS = Date.parse(NOW);

function judge(kind: string, fields: Record<string, unknown>) {
  const { metadata, ...rest } = fields as { metadata?: object };
  const known = { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: NOW, generation: 1 };
  const object = deepFreeze({ apiVersion: 'v1', kind, metadata: { ...known, ...metadata }, ...rest }) as StoredObject;
  const { status, reason, message } = computeHealth(object, NOW_MS);
  return { said: `${status} ${reason}`.trim(), message };
}

const condition = (type: string, status: string, reason = 'Why', message = 'so') => ({ type, status, reason, message });
const counts = (replicas: number, more: object = {}) => ({ observedGeneration: 1, replicas, ...more });
const waits = (reason: string) => ({ name: reason, state: { waiting: { reason } } });

// What pkg/kstatus/status/status_compute_test.go of kubernetes-sigs/cli-utils and pkg/health/health_test.go of
// argoproj/gitops-engine ask for.
test.each<readonly [string, string, Record<string, unknown>, string]>([
  ['Pod', 'without a status', {}, 'InProgress PodNotReady'],
  ['Pod', 'that completed', { status: { phase: 'Succeeded' } }, 'Current'],
  ['Pod', 'that failed (as Argo CD)', { status: { phase: 'Failed', reason: 'Evicted' } }, 'Failed Evicted'],
  [
    'Pod',
    'of which one container crashes, and another waits for its image',
    { status: { phase: 'Pending', containerStatuses: [waits('ErrImagePull'), waits('CrashLoopBackOff')] } },
    'Failed CrashLoopBackOff',
  ],
  [
    'Pod',
    'of which one container says nothing yet',
    { status: { phase: 'Pending', containerStatuses: [waits('ContainerCreating'), waits('ErrImagePull')] } },
    'InProgress ErrImagePull',
  ],
  ['PersistentVolumeClaim', 'without a status', {}, 'InProgress NotBound'],
  ['PersistentVolumeClaim', 'that is bound', { status: { phase: 'Bound' } }, 'Current'],
  ['PersistentVolumeClaim', 'that lost its volume', { status: { phase: 'Lost' } }, 'Failed ClaimLost'],
  ['StatefulSet', 'without a status', {}, 'InProgress LessReady'],
  [
    'StatefulSet',
    'with all pods',
    { spec: { replicas: 4 }, status: counts(4, { readyReplicas: 4, currentReplicas: 4 }) },
    'Current',
  ],
  [
    'StatefulSet',
    'with fewer ready',
    { spec: { replicas: 4 }, status: counts(4, { readyReplicas: 2 }) },
    'InProgress LessReady',
  ],
  [
    'StatefulSet',
    'with more pods',
    { spec: { replicas: 4 }, status: counts(8, { readyReplicas: 4 }) },
    'InProgress ExtraReplicas',
  ],
  [
    'StatefulSet',
    'that updates OnDelete, with older pods',
    {
      spec: { replicas: 1, updateStrategy: { type: 'OnDelete' } },
      status: counts(1, { readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' }),
    },
    'Current',
  ],
  [
    'StatefulSet',
    'that updates OnDelete, with a pod that is not ready (as Argo CD)',
    { spec: { replicas: 1, updateStrategy: { type: 'OnDelete' } }, status: counts(1) },
    'InProgress LessReady',
  ],
  [
    'StatefulSet',
    'up to its partition',
    {
      spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      status: counts(3, { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' }),
    },
    'Current',
  ],
  ['DaemonSet', 'without a status', {}, 'InProgress NoStatus'],
  [
    'DaemonSet',
    'with fewer available',
    { status: { observedGeneration: 1, desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 2 } },
    'InProgress LessAvailable',
  ],
  [
    'DaemonSet',
    'of another generation',
    { metadata: { generation: 2 }, status: { observedGeneration: 1, desiredNumberScheduled: 0 } },
    'InProgress LatestGenerationNotObserved',
  ],
  ['Deployment', 'without a status', {}, 'InProgress NoStatus'],
  [
    'Deployment',
    'that is paused with another template (Argo CD: suspended)',
    { spec: { replicas: 2, paused: true }, status: counts(2, { updatedReplicas: 0, availableReplicas: 2 }) },
    'InProgress Paused',
  ],
  [
    'Deployment',
    'that is paused and complete',
    { spec: { replicas: 2, paused: true }, status: counts(2, { updatedReplicas: 2, availableReplicas: 2 }) },
    'Current',
  ],
  [
    'ReplicaSet',
    'whose pods cannot be made',
    { status: counts(0, { conditions: [condition('ReplicaFailure', 'True')] }) },
    'InProgress ReplicaFailure',
  ],
  ['ReplicationController', 'with fewer ready', { status: counts(1, { readyReplicas: 0 }) }, 'InProgress LessReady'],
  ['Job', 'without a status', {}, 'InProgress JobNotStarted'],
  ['Job', 'that is suspended', { spec: { suspend: true }, status: {} }, 'Current'],
  ['Job', 'that runs', { status: { startTime: NOW, active: 1 } }, 'Current'],
  // kstatus knows no such Job.
  [
    'Job',
    'of which no pod can be created',
    { status: { startTime: NOW, conditions: [condition('ReplicaFailure', 'True')] } },
    'InProgress ReplicaFailure',
  ],
  [
    'Job',
    'that runs with fewer pods than it might',
    { status: { startTime: NOW, active: 1, conditions: [condition('ReplicaFailure', 'True')] } },
    'Current',
  ],
  [
    'Job',
    'that failed',
    { status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] } },
    'Failed BackoffLimitExceeded',
  ],
  ['Job', 'that completed', { status: { conditions: [condition('Complete', 'True')] } }, 'Current'],
  ['CronJob', 'of any kind', {}, 'Current'],
  ['PodDisruptionBudget', 'that was seen', { status: { observedGeneration: 1 } }, 'Current'],
  [
    'PodDisruptionBudget',
    'that was not',
    { metadata: { generation: 2 }, status: { observedGeneration: 1 } },
    'InProgress LatestGenerationNotObserved',
  ],
  ['Service', 'with an address', { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' } }, 'Current'],
  ['Widget', 'that says it is stalled', { status: { conditions: [condition('Stalled', 'True')] } }, 'Failed Why'],
  [
    'Widget',
    'whose first true condition decides',
    {
      status: {
        conditions: [condition('Stalled', 'False'), condition('Reconciling', 'True'), condition('Stalled', 'True')],
      },
    },
    'InProgress Why',
  ],
  ['Widget', 'that is not ready', { status: { conditions: [condition('Ready', 'False')] } }, 'InProgress Why'],
  ['Widget', 'that is ready', { status: { conditions: [condition('Ready', 'True')] } }, 'Current'],
  ['Deployment', 'that says it is stalled', { status: { conditions: [condition('Stalled', 'True')] } }, 'Failed Why'],
])('%s %s', (kind, _what, fields, said) => {
  expect(judge(kind, fields).said).toBe(said);
});

test.each([
  [
    'a person has paused',
    { manager: 'kubectl-rollout', operation: 'Update' },
    'is paused (spec.paused, set by kubectl-rollout): kubectl rollout resume -n shop deployment/x',
  ],
  [
    'Git pauses',
    { manager: 'berth/web', operation: 'Apply' },
    'is paused by its manifest (spec.paused, set by berth/web): take paused out of it',
  ],
])('a Deployment that %s says who did, and how to go on', (_what, by, expected) => {
  const owns = (field: string) => ({ fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { [field]: {} } } });
  const managedFields = [
    { manager: 'berth/shop', operation: 'Apply', ...owns('f:replicas') },
    { ...by, ...owns('f:paused') },
  ];
  const status = counts(3, { updatedReplicas: 0, availableReplicas: 3 });
  expect(
    judge('Deployment', { metadata: { managedFields }, spec: { replicas: 3, paused: true }, status }).message,
  ).toBe(`0/3 updated; ${expected}`);
});

test('a pod that cannot be scheduled is judged again when its time is over', () => {
  const scheduled = { ...condition('PodScheduled', 'False', 'Unschedulable'), lastTransitionTime: NOW };
  const pod = {
    kind: 'Pod',
    metadata: { creationTimestamp: NOW },
    status: { phase: 'Pending', conditions: [scheduled] },
  };
  const judgeAt = (ms: number) => computeHealth(pod as unknown as StoredObject, ms);
  const { status, changesAtMs = 0 } = judgeAt(NOW_MS);
  expect([status, changesAtMs - NOW_MS]).toEqual(['InProgress', 15_001]);
  expect([judgeAt(changesAtMs - 1).status, judgeAt(changesAtMs).status]).toEqual(['InProgress', 'Failed']);
});

const DELAYED = { volumeBindingMode: 'WaitForFirstConsumer' };

interface ClaimPart {
  readonly metadata?: object;
  readonly spec?: object;
}

test.each<readonly [string, string, object, ClaimPart, object]>([
  ['no pod mounts', 'Current', DELAYED, {}, { phase: 'Pending' }],
  [
    'was given a node',
    'InProgress',
    DELAYED,
    { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'box1' } } },
    { phase: 'Pending' },
  ],
  ['asks for one volume', 'InProgress', DELAYED, { spec: { volumeName: 'v' } }, { phase: 'Pending' }],
  ['is bound at once', 'InProgress', { volumeBindingMode: 'Immediate' }, {}, { phase: 'Pending' }],
  ['nobody has looked at', 'InProgress', DELAYED, {}, {}],
])('a claim that %s is %s', (_, status, storageClass, { metadata, spec }, claimStatus) => {
  const claim = deepFreeze({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: NOW, ...metadata },
    spec: { storageClassName: 'standard', ...spec },
    status: claimStatus,
  }) as StoredObject;
  const classes = new Map([['standard', storageClass as StorageClass]]);
  expect(computeHealth(claim, NOW_MS, (name) => classes.get(name)).status).toBe(status);
  expect(computeHealth(claim, NOW_MS, () => undefined).status).toBe('InProgress');
});
