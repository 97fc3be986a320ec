import { afterEach, describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { allowedStayMs } from '../taint-eviction/compute-taint-eviction.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { computeNodeTaints } from './compute-node-taints.ts';
import { type ZoneEvictions, zoneEvictions } from './zone-evictions.ts';

type Taints = NonNullable<NonNullable<Node['spec']>['taints']>;

function nodeOf(
  ready: string | undefined,
  spec: Node['spec'] = {},
  others: Readonly<Record<string, string>> = {},
): Node {
  const types = { ...(ready === undefined ? {} : { Ready: ready }), ...others };
  const conditions = Object.entries(types).map(([type, status]) => ({ type, status }));
  const metadata = { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: ago(60) };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec: spec ?? {}, status: { conditions } };
}

const shown = (taints: readonly Taints[number][]) =>
  taints.map(({ key, effect }) => `${key.split('/').at(-1)}:${effect}`);

describe('computeNodeTaints', () => {
  it.each<[rule: string, node: Node, evictions: ZoneEvictions, taints: readonly string[]]>([
    ['a ready node has none', nodeOf('True'), 'allowed', []],
    ['one that has said nothing has none', nodeOf(undefined), 'none', []],
    ['not ready', nodeOf('False'), 'allowed', ['not-ready:NoSchedule', 'not-ready:NoExecute']],
    ['unknown', nodeOf('Unknown'), 'allowed', ['unreachable:NoSchedule', 'unreachable:NoExecute']],
    ['nothing is evicted when all are down', nodeOf('Unknown'), 'none', ['unreachable:NoSchedule']],
    ['nobody new is evicted while that is stopped', nodeOf('Unknown'), 'stopped', ['unreachable:NoSchedule']],
    [
      'who is being evicted already goes on to be',
      nodeOf('False', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }),
      'stopped',
      ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    ],
    [
      'pressure',
      nodeOf('True', {}, { DiskPressure: 'True', PIDPressure: 'False' }),
      'allowed',
      ['disk-pressure:NoSchedule'],
    ],
    [
      'the network is away',
      nodeOf('True', {}, { NetworkUnavailable: 'True' }),
      'allowed',
      ['network-unavailable:NoSchedule'],
    ],
    // After TestSwapUnreachableNotReadyTaints.
    [
      'heard of again, and not ready',
      nodeOf('False', {
        taints: [
          { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
        ],
      }),
      'allowed',
      ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    ],
    ['cordoned', nodeOf('True', { unschedulable: true }), 'allowed', ['unschedulable:NoSchedule']],
    [
      'keeps what others set, and takes its own away',
      nodeOf('True', {
        taints: [
          { key: 'gpu', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
        ],
      }),
      'allowed',
      ['gpu:NoSchedule'],
    ],
  ])('%s', (_rule, node, evictions, taints) => {
    expect(shown(computeNodeTaints({ node, evictions, nowMs: NOW_MS }))).toEqual(taints);
  });
});

it.each<[rule: string, states: string, evictions: ZoneEvictions]>([
  ['one of two', 'a- a+', 'allowed'],
  ['all', 'a- b-', 'none'],
  ['a zone as a whole, where there is another', 'a- a- a- b+', 'allowed'],
  ['most of a zone', 'a- a- a- a+ a+', 'stopped'],
  ['half of a zone', 'a- a- a- a+ a+ a+', 'allowed'],
  ['two of three are too few to say', 'a- a- a+', 'allowed'],
  ['most of another zone', 'a- a+ b- b- b- b+', 'allowed'],
  ['all of one zone, and another comes back', 'a- b+', 'allowed'],
  ['all of both zones', 'a- a- b- b-', 'none'],
  ['all, one of which has said nothing yet', 'a- a? b?', 'none'],
  ['all but one, where those that have said nothing count as down', 'a- a? a? a+', 'stopped'],
  ['nobody in a zone of new ones', 'a? a? a? b+', 'allowed'],
  ['all that count', 'a- a- a*', 'none'],
  ['all that count in a zone', 'a- a- a- a* b+', 'allowed'],
  ['none that counts', 'a* a*', 'allowed'],
  ['most of a large zone', Array.from({ length: 51 }, (_, index) => (index < 40 ? 'a-' : 'a+')).join(' '), 'allowed'],
])('evictions when these are down: %s', (_rule, states, evictions) => {
  const nodes = states.split(' ').map((state) => {
    const node = nodeOf({ '+': 'True', '-': 'Unknown' }[state.slice(1)]);
    const excluded = state.endsWith('*') ? { 'node.kubernetes.io/exclude-disruption': '' } : {};
    const labels = { 'topology.kubernetes.io/zone': state.slice(0, 1), ...excluded };
    return { ...node, metadata: { ...node.metadata, labels } };
  });
  const [first] = nodes;
  if (first !== undefined) expect(zoneEvictions(first, nodes)).toBe(evictions);
});

type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

it.each<[rule: string, tolerations: readonly Toleration[], seconds: number]>([
  ['without a toleration: not at all', [], 0],
  ['for ever', [{ operator: 'Exists' }], Number.POSITIVE_INFINITY],
  ['for a time', [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }], 300],
  ['for the shortest of several', [{ operator: 'Exists' }, { key: 'k', operator: 'Exists', tolerationSeconds: 5 }], 5],
  ['below zero counts as zero', [{ key: 'k', operator: 'Exists', tolerationSeconds: -5 }], 0],
])('a pod stays under a taint %s', (_rule, tolerations, seconds) => {
  const node = nodeOf('True', {
    taints: [
      { key: 'k', effect: 'NoExecute' },
      { key: 'x', effect: 'NoSchedule' },
    ],
  });
  const metadata = { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: ago(60) };
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], tolerations: [...tolerations] } };
  expect(allowedStayMs(pod, node)).toBe(seconds * 1_000);
});

describe('node lifecycle', () => {
  let plane: TestControlPlane;
  afterEach(() => plane.stop());
  const alive = new Set<string>();

  function start(...names: readonly string[]): void {
    alive.clear();
    for (const name of names) alive.add(name);
    const clock: { now?: () => number } = {};
    plane = startTestControlPlane({ leaseTime: (name) => (alive.has(name) ? clock.now?.() : undefined) });
    clock.now = () => plane.clock.monotonicMs();
    for (const name of names) {
      const status = { conditions: [{ type: 'Ready', status: 'True' }], allocatable: { pods: '10' } };
      plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
    }
  }

  const node = (name: string) => plane.client.get('Node', { name });
  const taintsOf = (name: string) => shown(node(name)?.spec?.taints ?? []);
  const eventsOf = (name: string) =>
    plane.client
      .list('Event')
      .filter(({ involvedObject }) => involvedObject.kind === 'Node' && involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

  function runPod(nodeName: string): void {
    plane.client.create(testDeployment('web', { replicas: 1 }));
    plane.settle();
    const [pod] = plane.client.list('Pod');
    plane.client.bind({ namespace: 'default', name: pod?.metadata.name ?? '' }, nodeName);
    plane.settle();
  }

  it('marks a silent node, and evicts its pods after 300 s', () => {
    start('a', 'b');
    runPod('a');
    const uid = plane.client.list('Pod')[0]?.metadata.uid;
    alive.delete('a');
    plane.advance(60_000);
    expect(node('a')?.status?.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(taintsOf('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    const pod = plane.client.list('Pod').find(({ metadata }) => metadata.uid === uid);
    expect(pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    plane.advance(270_000);
    expect(plane.client.list('Pod')[0]?.metadata.uid).toBe(uid);
    plane.advance(60_000);
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).not.toContain(uid);
    const told = plane.client.list('Event').map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    const [evicted] = told.filter((line) => line.includes('Marking for deletion Pod default/web-'));
    expect(evicted).toMatch(/^Normal TaintManagerEviction/);
    expect(told).toContain('Warning NodeNotReady: Node is not ready');
  });

  it('knows nothing any more of the pressure on a silent node', () => {
    start('a', 'b');
    const current = node('a');
    if (current === undefined) throw new Error('no node');
    const pressure = { type: 'MemoryPressure', status: 'True' };
    const conditions = [...(current.status?.conditions ?? []), pressure, { type: 'Other', status: 'True' }];
    plane.client.updateStatus({ ...current, status: { ...current.status, conditions } });
    alive.delete('a');
    plane.advance(60_000);
    expect(node('a')?.status?.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'Ready Unknown',
      'MemoryPressure Unknown',
      'Other True',
      'DiskPressure Unknown',
      'PIDPressure Unknown',
    ]);
    expect(taintsOf('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
  });

  it('says of a node that has never said anything that it never has', () => {
    start('a');
    plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'mute' } });
    const { creationTimestamp } = node('mute')?.metadata ?? {};
    plane.advance(59_000);
    expect(node('mute')?.status?.conditions).toBeUndefined();
    plane.advance(2_000);
    expect(node('mute')?.status?.conditions).toEqual(
      ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) =>
        expect.objectContaining({
          ...{ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated' },
          ...{ message: 'Kubelet never posted node status.', lastHeartbeatTime: creationTimestamp },
        }),
      ),
    );
    expect(taintsOf('mute')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    expect(eventsOf('mute')).toEqual(['Normal RegisteredNode: Node mute event: Registered Node mute in Controller']);
  });

  it('knows nothing any more of a silent node that said itself that it is not ready', () => {
    start('a', 'b');
    const current = node('a');
    if (current === undefined) throw new Error('no node');
    const down = { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'the engine is down' };
    plane.client.updateStatus({ ...current, status: { ...current.status, conditions: [down] } });
    plane.settle();
    expect(taintsOf('a')).toEqual(['not-ready:NoSchedule', 'not-ready:NoExecute']);
    plane.advance(60_000);
    expect(node('a')?.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    alive.delete('a');
    plane.advance(60_000);
    expect(node('a')?.status?.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(taintsOf('a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    expect(eventsOf('a')).toEqual(['Normal RegisteredNode: Node a event: Registered Node a in Controller']);
  });

  it('says which nodes come, fall silent and go, in the words of Kubernetes, and nothing at a restart', () => {
    start('a', 'b');
    plane.settle();
    alive.delete('a');
    plane.advance(60_000);
    plane.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'a' });
    plane.settle();
    const told = [
      'Normal RegisteredNode: Node a event: Registered Node a in Controller',
      'Normal NodeNotReady: Node a status is now: NodeNotReady',
      'Normal RemovingNode: Node a event: Removing Node a from Controller',
    ];
    expect(eventsOf('a')).toEqual(told);
    plane.restartManager();
    plane.advance(60_000);
    expect(eventsOf('a')).toEqual(told);
    expect(eventsOf('b')).toEqual(['Normal RegisteredNode: Node b event: Registered Node b in Controller']);
  });

  it('gives a node the old names of its operating system and architecture, too', () => {
    const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64', 'beta.kubernetes.io/arch': 'amd64' };
    start();
    plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', labels } });
    plane.settle();
    expect(node('a')?.metadata.labels).toEqual({
      ...labels,
      ...{ 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'arm64' },
    });
  });

  it('evicts nothing when the node is well again in time', () => {
    start('a', 'b');
    runPod('a');
    const uid = plane.client.list('Pod')[0]?.metadata.uid;
    alive.delete('a');
    plane.advance(100_000);
    alive.add('a');
    const current = node('a');
    if (current !== undefined) {
      plane.client.updateStatus({
        ...current,
        status: { ...current.status, conditions: [{ type: 'Ready', status: 'True' }] },
      });
    }
    plane.advance(1_000_000);
    expect(taintsOf('a')).toEqual([]);
    expect(plane.client.list('Event').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Cancelling deletion of Pod default\/web-/),
    );
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).toEqual([uid]);
  });

  it('never evicts the pods of the only node', () => {
    start('a');
    runPod('a');
    const uid = plane.client.list('Pod')[0]?.metadata.uid;
    alive.delete('a');
    plane.advance(3_600_000);
    expect(taintsOf('a')).toEqual(['unreachable:NoSchedule']);
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).toEqual([uid]);
  });

  it('removes the pods of a node that is gone, after 40 s', () => {
    start('a', 'b');
    runPod('a');
    const uid = plane.client.list('Pod')[0]?.metadata.uid;
    plane.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'a' });
    plane.advance(30_000);
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).toEqual([uid]);
    plane.advance(20_000);
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).not.toContain(uid);
    expect(plane.client.list('Pod')).toHaveLength(1);
  });

  it('removes the pods of a node that is out of service at once, so that they come back elsewhere', () => {
    start('a', 'b');
    runPod('a');
    // Nobody on the node ends anything any more.
    plane.kubelet.stopMs = 3_600_000;
    const uid = plane.client.list('Pod')[0]?.metadata.uid;
    alive.delete('a');
    plane.advance(60_000);
    const current = node('a');
    const taint = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' as const };
    if (current !== undefined)
      plane.client.update({ ...current, spec: { ...current.spec, taints: [...(current.spec?.taints ?? []), taint] } });
    plane.advance(1_000);
    expect(plane.client.list('Pod').map(({ metadata }) => metadata.uid)).not.toContain(uid);
    expect(plane.client.list('Pod')).toHaveLength(1);
  });

  it('writes nothing while nothing happens', () => {
    start('a', 'b');
    runPod('a');
    const { revision } = plane.client;
    plane.advance(3_600_000);
    expect(plane.client.revision).toBe(revision);
  });
});
