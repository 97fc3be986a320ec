import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../objects/types.ts';
import { outcome, place, testCluster, testNode, testPod } from './testing.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
const NO_VICTIMS = 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
const NOT_HELPFUL = 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';

function containerWith(ports: NonNullable<PodSpec['containers'][number]['ports']>): Partial<PodSpec> {
  return { containers: [{ name: 'app', image: 'app', ports }] };
}

function required(...matchExpressions: { key: string; operator: Operator; values?: string[] }[]): Partial<PodSpec> {
  const nodeSelectorTerms = [{ matchExpressions }];
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

const TAINTED = { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' as const }] };
const onNode = (pod: Pod): Pod => ({ ...pod, spec: { containers: [], ...pod.spec, nodeName: 'n' } });

const refusals: readonly [rule: string, node: Node, present: readonly Pod[], pod: Pod, message: string][] = [
  [
    'cpu that other pods have taken',
    testNode('n', { allocatable: { cpu: '1' } }),
    [onNode(testPod('a', { cpu: '600m' }))],
    testPod('p', { cpu: '500m' }),
    `0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}`,
  ],
  [
    'more than the node has, of everything that is short',
    testNode('n'),
    [],
    testPod('p', { cpu: '8', memory: '16Gi', 'ephemeral-storage': '20Gi', 'example.com/gpu': '1' }),
    '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient ephemeral-storage, 1 Insufficient example.com/gpu, ' +
      `1 Insufficient memory. ${NOT_HELPFUL}`,
  ],
  [
    'the number of pods',
    testNode('n', { allocatable: { pods: '1' } }),
    [onNode(testPod('a'))],
    testPod('p'),
    `0/1 nodes are available: 1 Too many pods. ${NO_VICTIMS}`,
  ],
  [
    'a cordoned node',
    testNode('n', { spec: { unschedulable: true } }),
    [],
    testPod('p'),
    `0/1 nodes are available: 1 node(s) were unschedulable. ${NOT_HELPFUL}`,
  ],
  [
    'a taint',
    testNode('n', { spec: TAINTED }),
    [],
    testPod('p', {}, { tolerations: [{ key: 'dedicated', value: 'web' }] }),
    `0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}. ${NOT_HELPFUL}`,
  ],
  [
    'a node selector',
    testNode('n', { labels: { disk: 'hdd' } }),
    [],
    testPod('p', {}, { nodeSelector: { disk: 'ssd' } }),
    `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
  ],
  [
    'a host port on any address',
    testNode('n'),
    [onNode(testPod('a', {}, containerWith([{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }])))],
    testPod('p', {}, containerWith([{ containerPort: 80, hostPort: 8080 }])),
    `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${NO_VICTIMS}`,
  ],
  [
    'a pod that may not preempt',
    testNode('n', { allocatable: { cpu: '1' } }),
    [],
    testPod('p', { cpu: '2' }, { preemptionPolicy: 'Never' }),
    '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
  ],
];

describe('schedule refuses a node', () => {
  it.each(refusals)('for %s', (_rule, node, present, pod, message) => {
    expect(outcome(pod, testCluster([node], present))).toBe(message);
  });

  it('and counts reasons over the nodes, as kube-scheduler prints them', () => {
    const nodes = [
      testNode('a', { spec: TAINTED }),
      testNode('b', { spec: TAINTED }),
      testNode('c', { allocatable: { cpu: '1' } }),
    ];
    expect(outcome(testPod('p', { cpu: '2' }), testCluster(nodes))).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: db}. ' +
        'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    );
  });

  const named = (...values: string[]) => [{ key: 'metadata.name', operator: 'In' as const, values }];
  const affineTo = (...terms: { matchFields: ReturnType<typeof named> }[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });
  const cordoned = testNode('b', { spec: { unschedulable: true } });
  it.each<[rule: string, over: Partial<PodSpec>, message: string]>([
    [
      'that its terms do not name, before any other reason',
      affineTo({ matchFields: named('a') }),
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. " +
        'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    ],
    [
      'that one of its terms may match',
      affineTo({ matchFields: named('a') }, { matchFields: named('b') }),
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. ' +
        'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    ],
    [
      'when its terms contradict themselves',
      affineTo({ matchFields: [...named('a'), ...named('b')] }),
      '0/2 nodes are available: pod affinity terms conflict. ' +
        'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    ],
  ])('%s', (_rule, over, message) => {
    expect(outcome(testPod('p', { cpu: '9' }, over), testCluster([testNode('a'), cordoned]))).toBe(message);
  });

  it('where there is none at all', () => {
    expect(outcome(testPod('p'), testCluster([]))).toBe('no nodes available to schedule pods');
  });
});

const accepted: readonly [rule: string, node: Node, present: readonly Pod[], pod: Pod][] = [
  [
    'a tolerated taint',
    testNode('n', { spec: TAINTED }),
    [],
    testPod('p', {}, { tolerations: [{ operator: 'Exists' }] }),
  ],
  [
    'a tolerated cordon',
    testNode('n', { spec: { unschedulable: true } }),
    [],
    testPod('p', {}, { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] }),
  ],
  [
    'a host port on another address',
    testNode('n'),
    [onNode(testPod('a', {}, containerWith([{ containerPort: 80, hostPort: 80, hostIP: '127.0.0.1' }])))],
    testPod('p', {}, containerWith([{ containerPort: 80, hostPort: 80, hostIP: '127.0.0.2' }])),
  ],
  [
    'a host port of another protocol',
    testNode('n'),
    [onNode(testPod('a', {}, containerWith([{ containerPort: 53, hostPort: 53 }])))],
    testPod('p', {}, containerWith([{ containerPort: 53, hostPort: 53, protocol: 'UDP' }])),
  ],
  ['what fits exactly', testNode('n'), [onNode(testPod('a', { cpu: '3' }))], testPod('p', { cpu: '1', memory: '8Gi' })],
  ['no request on a full node', testNode('n'), [onNode(testPod('a', { cpu: '4', memory: '8Gi' }))], testPod('p')],
];

describe('schedule accepts a node', () => {
  it.each(accepted)('for %s', (_rule, node, present, pod) => {
    expect(outcome(pod, testCluster([node], present))).toBe('n');
  });
});

describe('required node affinity', () => {
  const labels = { zone: 'a', cores: '16' };
  it.each`
    expression                                             | matches
    ${{ key: 'zone', operator: 'In', values: ['a', 'b'] }} | ${true}
    ${{ key: 'zone', operator: 'In', values: ['b'] }}      | ${false}
    ${{ key: 'zone', operator: 'NotIn', values: ['a'] }}   | ${false}
    ${{ key: 'absent', operator: 'NotIn', values: ['a'] }} | ${true}
    ${{ key: 'zone', operator: 'Exists' }}                 | ${true}
    ${{ key: 'zone', operator: 'DoesNotExist' }}           | ${false}
    ${{ key: 'cores', operator: 'Gt', values: ['8'] }}     | ${true}
    ${{ key: 'cores', operator: 'Lt', values: ['16'] }}    | ${false}
    ${{ key: 'zone', operator: 'Gt', values: ['1'] }}      | ${false}
    ${{ key: 'toString', operator: 'Exists' }}             | ${false}
  `('$expression.key $expression.operator $expression.values', ({ expression, matches }) => {
    const result = place(testPod('p', {}, required(expression)), testCluster([testNode('n', { labels })]));
    expect(result.type === 'placement').toBe(matches);
  });

  it('matches nothing with an empty term, and a node by its name', () => {
    const cluster = testCluster([testNode('a'), testNode('b')]);
    expect(place(testPod('p', {}, required()), cluster).type).toBe('unschedulable');
    const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: ['b'] }];
    const required1 = { nodeSelectorTerms: [{ matchFields }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required1 } };
    expect(outcome(testPod('p', {}, { affinity }), cluster)).toBe('b');
  });
});

describe('schedule prefers', () => {
  const prefer = (key: string, weight: number) => ({
    weight,
    preference: { matchExpressions: [{ key, operator: 'Exists' as const }] },
  });
  const affinity = (...terms: ReturnType<typeof prefer>[]) => ({
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } },
  });

  it('the node with more left', () => {
    const busy = { ...testPod('a', { cpu: '3', memory: '6Gi' }) };
    const cluster = testCluster([testNode('n'), testNode('m')], [onNode(busy)]);
    expect(outcome(testPod('p', { cpu: '100m', memory: '100Mi' }), cluster)).toBe('m');
  });

  it('the node where cpu and memory stay in balance', () => {
    const nodes = [
      testNode('a', { allocatable: { cpu: '10', memory: '10Gi' } }),
      testNode('b', { allocatable: { cpu: '10', memory: '10Gi' } }),
    ];
    const at = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { containers: [], ...pod.spec, nodeName } });
    const present = [
      at(testPod('x', { cpu: '4', memory: '1Mi' }), 'a'),
      at(testPod('y', { cpu: '1m', memory: '4Gi' }), 'b'),
    ];
    expect(outcome(testPod('p', { cpu: '4', memory: '1Mi' }), testCluster(nodes, present))).toBe('b');
  });

  it('the node whose preferred terms weigh more', () => {
    const nodes = [testNode('a', { labels: { ssd: '' } }), testNode('b', { labels: { near: '' } })];
    expect(outcome(testPod('p', {}, affinity(prefer('ssd', 10), prefer('near', 80))), testCluster(nodes))).toBe('b');
  });

  it('the node without a PreferNoSchedule taint, which outweighs a little more room', () => {
    const soft = { taints: [{ key: 'old', effect: 'PreferNoSchedule' as const }] };
    const nodes = [testNode('a', { spec: soft, allocatable: { cpu: '8' } }), testNode('b')];
    expect(outcome(testPod('p', { cpu: '1' }), testCluster(nodes))).toBe('b');
  });

  it('the emptier node, pods without requests and their init containers counted', () => {
    const sidecar = { name: 's', image: 's', restartPolicy: 'Always' };
    const heavy = onNode(
      testPod('heavy', { cpu: '100m', memory: '200Mi' }, { initContainers: [sidecar, { ...sidecar, name: 't' }] }),
    );
    const light = onNode(testPod('light', { cpu: '200m', memory: '400Mi' }));
    const at = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { containers: [], ...pod.spec, nodeName } });
    const cluster = testCluster([testNode('a'), testNode('b')], [at(heavy, 'a'), at(light, 'b')]);
    expect(outcome(testPod('p', { cpu: '1', memory: '2Gi' }), cluster)).toBe('b');
  });

  it('any of equal nodes, by the number it is given', () => {
    const cluster = testCluster(['a', 'b', 'c'].map((name) => testNode(name)));
    const chosen = [0, 0.4, 0.99].map((tieBreak) => outcome(testPod('p'), cluster, { tieBreak }));
    expect(chosen).toEqual(['a', 'b', 'c']);
  });
});

describe('schedule on many nodes', () => {
  it('stops when it has found enough, and starts the next search behind them', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => testNode(`n${String(index).padStart(4, '0')}`));
    const result = place(testPod('p'), testCluster(nodes));
    expect(result).toMatchObject({ type: 'placement', feasibleNodes: 420, nextStart: 420 });
  });
});

describe('schedule never over-commits', () => {
  it('whatever comes in whatever order, and frees what goes', () => {
    const amounts = fc.record({ cpu: fc.integer({ min: 0, max: 3000 }), memory: fc.integer({ min: 0, max: 4096 }) });
    const steps = fc.array(fc.oneof(amounts, fc.constant('remove' as const)), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (todo, nodeCount) => {
        const nodes = Array.from({ length: nodeCount }, (_, i) => testNode(`n${i}`, { allocatable: { pods: '5' } }));
        const cluster = testCluster(nodes);
        const placed: string[] = [];
        for (const [index, step] of todo.entries()) {
          if (step === 'remove') {
            cluster.removePod(placed.shift() ?? '');
            continue;
          }
          const pod = testPod(`p${index}`, { cpu: `${step.cpu}m`, memory: `${step.memory}Mi` });
          const result = place(pod, cluster);
          if (result.type !== 'placement') continue;
          cluster.setPod({ ...pod, spec: { containers: [], ...pod.spec, nodeName: result.nodeName } });
          placed.push(pod.metadata.uid);
        }
        for (const node of cluster.nodes) {
          expect(node.requested.milliCpu).toBeLessThanOrEqual(node.allocatable.milliCpu);
          expect(node.requested.memoryBytes).toBeLessThanOrEqual(node.allocatable.memoryBytes);
          expect(node.pods.size).toBeLessThanOrEqual(node.allowedPods);
        }
        for (const uid of placed) cluster.removePod(uid);
        for (const node of cluster.nodes) expect(node.requested.milliCpu + node.requested.memoryBytes).toBe(0);
      }),
      { seed: 1 },
    );
  });
});

it('a disk that nobody measures holds nobody up', () => {
  const node = testNode('n');
  const { 'ephemeral-storage': _, ...allocatable } = { 'ephemeral-storage': '', ...node.status?.allocatable };
  const cluster = testCluster([{ ...node, status: { allocatable } }]);
  expect(outcome(testPod('p', { 'ephemeral-storage': '20Gi' }), cluster)).toBe('n');
});
