import { describe, expect, it } from 'vitest';
import { findKind } from '../../../objects/kinds.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { formatDuration } from './duration.ts';
import { tableOf } from './table.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function stored(apiVersion: string, kind: string, fields: object, metadata: object = {}): StoredObject {
  const creationTimestamp = new Date(NOW_MS - 5 * MINUTE).toISOString();
  return {
    apiVersion,
    kind,
    metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp, ...metadata },
    ...fields,
  };
}

/** The cells of one object under the names of their columns. */
function rowOf(object: StoredObject): Record<string, unknown> {
  const kind = findKind(object.apiVersion, object.kind);
  if (kind === undefined) throw new Error(`unknown kind ${object.kind}`);
  const { columnDefinitions, rows } = tableOf(kind, [object], NOW_MS);
  const columns = columnDefinitions as readonly { readonly name: string }[];
  return Object.fromEntries(columns.map(({ name }, index) => [name, rows[0]?.cells[index]]));
}

describe('what bounds others', () => {
  it.each([
    [
      stored('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 2 } }),
      { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 2, Age: '5m' },
    ],
    [
      stored('v1', 'ResourceQuota', {
        status: {
          hard: { pods: '3', 'limits.cpu': '2', 'requests.cpu': '1' },
          used: { pods: '1', 'limits.cpu': '500m' },
        },
      }),
      { Request: 'pods: 1/3, requests.cpu: 0/1', Limit: 'limits.cpu: 500m/2', Age: '5m' },
    ],
    [stored('v1', 'LimitRange', {}), { 'Created At': '2026-01-01T11:55:00.000Z' }],
    [
      stored('scheduling.k8s.io/v1', 'PriorityClass', { value: 1000, globalDefault: true }),
      { Value: 1000, 'Global-Default': 'true', Age: '5m', PreemptionPolicy: 'PreemptLowerPriority' },
    ],
  ])('is shown as the API server shows it: %#', (object, cells) => {
    expect(rowOf(object)).toEqual({ Name: 'web', ...cells });
  });
});

describe('workloads in time', () => {
  it('shows a CronJob with its next of kin', () => {
    const containers = [{ name: 'main', image: 'task:1' }];
    const spec = { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { containers } } } } };
    const none = { Timezone: '<none>', Suspend: 'False', Active: 0, 'Last Schedule': '<none>' };
    expect(rowOf(stored('batch/v1', 'CronJob', { spec }))).toEqual({
      ...{ Name: 'web', Schedule: '0 3 * * *', ...none, Age: '5m' },
      ...{ Containers: 'main', Images: 'task:1', Selector: '<none>' },
    });
    const status = { active: [{ name: 'web-1' }], lastScheduleTime: new Date(NOW_MS - 2 * HOUR).toISOString() };
    const zoned = stored('batch/v1', 'CronJob', { spec: { ...spec, timeZone: 'Etc/UTC', suspend: true }, status });
    expect(rowOf(zoned)).toMatchObject({ Timezone: 'Etc/UTC', Suspend: 'True', Active: 1, 'Last Schedule': '120m' });
  });

  it('shows a revision with whose it is', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true }];
    expect(rowOf(stored('apps/v1', 'ControllerRevision', { revision: 3 }, { ownerReferences }))).toMatchObject({
      ...{ Controller: 'statefulset.apps/db', Revision: 3 },
    });
  });
});

describe('storage', () => {
  it('shows a claim with what its volume gives it', () => {
    const spec = { volumeName: 'pvc-1', storageClassName: 'local-path', volumeMode: 'Filesystem' };
    const status = { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] };
    expect(rowOf(stored('v1', 'PersistentVolumeClaim', { spec, status }))).toEqual({
      ...{ Name: 'web', Status: 'Bound', Volume: 'pvc-1', Capacity: '1Gi', 'Access Modes': 'RWO,RWX' },
      ...{ StorageClass: 'local-path', VolumeAttributesClass: '<unset>', Age: '5m', VolumeMode: 'Filesystem' },
    });
    const going = stored('v1', 'PersistentVolumeClaim', { spec: {}, status }, { deletionTimestamp: 'now' });
    expect(rowOf(going)).toMatchObject({ Status: 'Terminating', Volume: '', Capacity: '' });
  });

  it('shows a volume with its claim, and the default class', () => {
    const spec = {
      ...{ capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOncePod'], persistentVolumeReclaimPolicy: 'Retain' },
      claimRef: { namespace: 'shop', name: 'data' },
    };
    expect(rowOf(stored('v1', 'PersistentVolume', { spec, status: { phase: 'Released' } }))).toMatchObject({
      ...{
        Capacity: '2Gi',
        'Access Modes': 'RWOP',
        'Reclaim Policy': 'Retain',
        Status: 'Released',
        Claim: 'shop/data',
      },
    });
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(
      rowOf(stored('storage.k8s.io/v1', 'StorageClass', { provisioner: 'rancher.io/local-path' }, { annotations })),
    ).toMatchObject({ Name: 'web (default)', Provisioner: 'rancher.io/local-path', AllowVolumeExpansion: 'false' });
  });
});

describe('formatDuration', () => {
  it.each([
    [-5000, '<invalid>'],
    [-500, '0s'],
    [0, '0s'],
    [119_000, '119s'],
    [2 * MINUTE, '2m'],
    [2 * MINUTE + 5000, '2m5s'],
    [12 * MINUTE + 5000, '12m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [5 * HOUR + 30 * MINUTE, '5h30m'],
    [20 * HOUR, '20h'],
    [3 * DAY + 4 * HOUR, '3d4h'],
    [30 * DAY, '30d'],
    [800 * DAY, '2y70d'],
    [4000 * DAY, '10y'],
  ])('of %d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('pods', () => {
  const spec = { containers: [{ name: 'app' }, { name: 'side' }], nodeName: 'box' };
  const running = (name: string, ready = true) => ({ name, ready, restartCount: 0, state: { running: {} } });
  const waiting = (name: string, reason: string, restartCount = 0) => ({
    name,
    ready: false,
    restartCount,
    state: { waiting: { reason } },
  });
  const ended = (name: string, terminated: object) => ({ name, ready: false, restartCount: 0, state: { terminated } });
  const init = (statuses: object[], conditions: object[] = []) => ({
    spec: { ...spec, initContainers: [{ name: 'one' }, { name: 'two' }] },
    status: { phase: 'Pending', initContainerStatuses: statuses, conditions },
  });

  it.each([
    ['Pending', '0/2', { spec, status: { phase: 'Pending' } }],
    [
      'SchedulingGated',
      '0/2',
      {
        spec,
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
    ],
    [
      'ContainerCreating',
      '0/2',
      {
        spec,
        status: {
          phase: 'Pending',
          containerStatuses: [waiting('app', 'ContainerCreating'), waiting('side', 'ContainerCreating')],
        },
      },
    ],
    ['Running', '2/2', { spec, status: { phase: 'Running', containerStatuses: [running('app'), running('side')] } }],
    [
      'Running',
      '1/2',
      { spec, status: { phase: 'Running', containerStatuses: [running('app'), running('side', false)] } },
    ],
    [
      'CrashLoopBackOff',
      '1/2',
      {
        spec,
        status: { phase: 'Running', containerStatuses: [running('app'), waiting('side', 'CrashLoopBackOff', 3)] },
      },
    ],
    [
      'ImagePullBackOff',
      '0/2',
      { spec, status: { phase: 'Pending', containerStatuses: [waiting('app', 'ImagePullBackOff')] } },
    ],
    [
      'Error',
      '0/2',
      { spec, status: { phase: 'Failed', containerStatuses: [ended('app', { reason: 'Error', exitCode: 1 })] } },
    ],
    ['ExitCode:3', '0/2', { spec, status: { phase: 'Running', containerStatuses: [ended('app', { exitCode: 3 })] } }],
    [
      'Signal:9',
      '0/2',
      { spec, status: { phase: 'Running', containerStatuses: [ended('app', { exitCode: 137, signal: 9 })] } },
    ],
    [
      'Completed',
      '0/2',
      { spec, status: { phase: 'Succeeded', containerStatuses: [ended('app', { reason: 'Completed', exitCode: 0 })] } },
    ],
    [
      'NotReady',
      '1/2',
      {
        spec,
        status: {
          phase: 'Running',
          containerStatuses: [ended('app', { reason: 'Completed', exitCode: 0 }), running('side')],
        },
      },
    ],
    ['Evicted', '0/2', { spec, status: { phase: 'Failed', reason: 'Evicted' } }],
    ['Init:0/2', '0/2', init([waiting('one', 'PodInitializing'), waiting('two', 'PodInitializing')])],
    ['Init:1/2', '0/2', init([ended('one', { exitCode: 0 }), waiting('two', 'PodInitializing')])],
    ['Init:CrashLoopBackOff', '0/2', init([waiting('one', 'CrashLoopBackOff')])],
    ['Init:Error', '0/2', init([ended('one', { reason: 'Error', exitCode: 1 })])],
    ['Init:ExitCode:2', '0/2', init([ended('one', { exitCode: 2 })])],
    [
      'Pending',
      '0/2',
      init([ended('one', { exitCode: 0 }), ended('two', { exitCode: 0 })], [{ type: 'Initialized', status: 'True' }]),
    ],
  ])('say %s, %s ready', (status, ready, fields) => {
    expect(rowOf(stored('v1', 'Pod', fields))).toMatchObject({ Status: status, Ready: ready, Age: '5m', Node: 'box' });
  });

  it('count restarts, and say when the last one was', () => {
    const finishedAt = new Date(NOW_MS - 125_000).toISOString();
    const status = { ...waiting('app', 'CrashLoopBackOff', 3), lastState: { terminated: { exitCode: 1, finishedAt } } };
    expect(
      rowOf(stored('v1', 'Pod', { spec, status: { phase: 'Running', containerStatuses: [status] } })),
    ).toMatchObject({ Restarts: '3 (2m5s ago)' });
  });

  it('are Terminating once they are to go, until they have ended', () => {
    const metadata = { deletionTimestamp: '2026-01-01T12:00:30Z' };
    const fields = { spec, status: { phase: 'Running', containerStatuses: [running('app'), running('side')] } };
    expect(rowOf(stored('v1', 'Pod', fields, metadata))).toMatchObject({ Status: 'Terminating' });
    expect(rowOf(stored('v1', 'Pod', { spec, status: { phase: 'Succeeded' } }, metadata))).toMatchObject({
      Status: 'Succeeded',
    });
  });
});

describe('other kinds', () => {
  const template = { spec: { containers: [{ name: 'app', image: 'busybox:1' }] } };
  const selector = { matchLabels: { app: 'web' } };

  it.each([
    [
      'apps/v1',
      'Deployment',
      {
        spec: { replicas: 3, template, selector },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
      },
      { Ready: '2/3', 'Up-to-date': 3, Available: 1, Containers: 'app', Images: 'busybox:1', Selector: 'app=web' },
    ],
    ['apps/v1', 'Deployment', { spec: { template, selector } }, { Ready: '0/0', 'Up-to-date': 0, Available: 0 }],
    [
      'apps/v1',
      'ReplicaSet',
      { spec: { replicas: 3, template, selector }, status: { replicas: 2, readyReplicas: 1 } },
      { Desired: 3, Current: 2, Ready: 1 },
    ],
    [
      'apps/v1',
      'ReplicaSet',
      { spec: { template, selector: { matchExpressions: [{ key: 'a', operator: 'StartsWith', values: ['w'] }] } } },
      { Selector: '<error>' },
    ],
    [
      'v1',
      'ReplicationController',
      { spec: { replicas: 3, template, selector: { app: 'web' } }, status: { replicas: 2, readyReplicas: 1 } },
      { Desired: 3, Current: 2, Ready: 1, Containers: 'app', Images: 'busybox:1', Selector: 'app=web' },
    ],
    ['v1', 'ReplicationController', { spec: { template } }, { Desired: 0, Current: 0, Ready: 0, Selector: '<none>' }],
    ['v1', 'Namespace', { status: { phase: 'Active' } }, { Name: 'web', Status: 'Active', Age: '5m' }],
    ['v1', 'ConfigMap', { data: { a: '1', b: '2' }, binaryData: { c: '' } }, { Data: 3 }],
    ['v1', 'Secret', { type: 'Opaque', data: { a: '' } }, { Type: 'Opaque', Data: 1 }],
    [
      'v1',
      'Service',
      { spec: { type: 'ClusterIP', clusterIP: '10.96.0.5', ports: [{ port: 80, protocol: 'TCP' }] } },
      {
        Type: 'ClusterIP',
        'Cluster-IP': '10.96.0.5',
        'External-IP': '<none>',
        'Port(s)': '80/TCP',
        Selector: '<none>',
      },
    ],
    [
      'v1',
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.96.0.5',
          ports: [
            { port: 80, nodePort: 30080 },
            { port: 53, protocol: 'UDP' },
          ],
        },
      },
      { 'Port(s)': '80:30080/TCP,53/UDP' },
    ],
    [
      'v1',
      'Service',
      { spec: { type: 'LoadBalancer', clusterIP: '10.96.0.5' } },
      { 'External-IP': '<pending>', 'Port(s)': '<none>' },
    ],
    [
      'v1',
      'Node',
      {
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          nodeInfo: { kubeletVersion: 'v1' },
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        },
      },
      {
        Status: 'Ready,SchedulingDisabled',
        Roles: '<none>',
        Version: 'v1',
        'Internal-IP': '10.0.0.1',
        'External-IP': '<none>',
      },
    ],
    ['v1', 'Node', {}, { Status: 'Unknown' }],
    [
      'discovery.k8s.io/v1',
      'EndpointSlice',
      {
        addressType: 'IPv4',
        ports: [{ port: 80 }],
        endpoints: [
          { addresses: ['10.88.0.2'] },
          { addresses: ['10.88.0.3'] },
          { addresses: ['10.88.0.4'] },
          { addresses: ['10.88.0.5'] },
        ],
      },
      { AddressType: 'IPv4', Ports: '80', Endpoints: '10.88.0.2,10.88.0.3,10.88.0.4 + 1 more...' },
    ],
    [
      'v1',
      'Endpoints',
      {
        subsets: [
          { addresses: [{ ip: '10.9.0.1' }, { ip: '2001:db8::1' }], ports: [{ port: 80 }] },
          { addresses: [{ ip: '10.9.0.2' }], notReadyAddresses: [{ ip: '10.9.0.3' }] },
        ],
      },
      { Endpoints: '10.9.0.1:80,[2001:db8::1]:80,10.9.0.2' },
    ],
    [
      'v1',
      'Event',
      {
        type: 'Warning',
        reason: 'BackOff',
        message: 'no ',
        count: 12,
        involvedObject: { kind: 'Pod', name: 'web-1' },
        firstTimestamp: '2026-01-01T11:58:00Z',
        lastTimestamp: '2026-01-01T11:59:55Z',
        source: { component: 'kubelet' },
      },
      { 'Last Seen': '5s (x12 over 2m)', Object: 'pod/web-1', Message: 'no', Source: 'kubelet' },
    ],
    ['v1', 'ServiceAccount', {}, { Name: 'web', Secrets: 0 }],
    ['coordination.k8s.io/v1', 'Lease', {}, { Name: 'web', Age: '5m' }],
  ])('%s %s', (apiVersion, kind, fields, cells) => {
    expect(rowOf(stored(apiVersion, kind, fields))).toMatchObject(cells);
  });
});
