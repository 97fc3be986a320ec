import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { refusalsOf, runningPod, testNode, testPod } from '../testing.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type Term = NonNullable<
  NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

const ZONE = 'zone';

const asking = (requests: Record<string, string>, over: Partial<Container> = {}): Container => ({
  ...{ name: 'app', image: 'app', resources: { requests } },
  ...over,
});

/** The cases of noderesources/fit_test.go (TestEnoughRequests, TestNotEnoughRequests, TestStorageRequests). */
describe('resources of a node', () => {
  const GPU = 'example.com/gpu';
  const HUGE = 'hugepages-2Mi';
  const node = testNode('n', { allocatable: { cpu: '10', memory: '20', pods: '4', [GPU]: '5', [HUGE]: '10' } });
  const sidecar = { restartPolicy: 'Always' };
  it.each<[rule: string, taken: Record<string, string>, spec: Partial<PodSpec>, refusal: string]>([
    ['nothing asked for fits a full node', { cpu: '10', memory: '20' }, { containers: [asking({})] }, ''],
    [
      'two things short',
      { cpu: '10', memory: '20' },
      { containers: [asking({ cpu: '1', memory: '1' })] },
      'Insufficient cpu, Insufficient memory',
    ],
    ['exactly what is left', { cpu: '4', memory: '19' }, { containers: [asking({ cpu: '6', memory: '1' })] }, ''],
    [
      'containers together',
      { cpu: '4' },
      { containers: [asking({ cpu: '3' }), asking({ cpu: '4' }, { name: 'b' })] },
      'Insufficient cpu',
    ],
    [
      'the largest init container',
      { cpu: '8' },
      {
        containers: [asking({ cpu: '1' })],
        initContainers: [asking({ cpu: '3' }, { name: 'i' }), asking({ cpu: '2' }, { name: 'j' })],
      },
      'Insufficient cpu',
    ],
    [
      'init containers one after the other',
      { cpu: '8' },
      {
        containers: [asking({ cpu: '1' })],
        initContainers: [asking({ cpu: '2' }, { name: 'i' }), asking({ cpu: '2' }, { name: 'j' })],
      },
      '',
    ],
    [
      'a sidecar beside the containers',
      { cpu: '8' },
      { containers: [asking({ cpu: '2' })], initContainers: [asking({ cpu: '1' }, { name: 's', ...sidecar })] },
      'Insufficient cpu',
    ],
    [
      'a sidecar beside the init containers after it',
      { cpu: '8' },
      {
        containers: [asking({})],
        initContainers: [asking({ cpu: '1' }, { name: 's', ...sidecar }), asking({ cpu: '2' }, { name: 'i' })],
      },
      'Insufficient cpu',
    ],
    [
      'not beside those before it',
      { cpu: '8' },
      {
        containers: [asking({})],
        initContainers: [asking({ cpu: '2' }, { name: 'i' }), asking({ cpu: '1' }, { name: 's', ...sidecar })],
      },
      '',
    ],
    [
      'overhead on top',
      { cpu: '8' },
      { containers: [asking({ cpu: '1' })], overhead: { cpu: '2' } },
      'Insufficient cpu',
    ],
    ['an extended resource', { [GPU]: '4' }, { containers: [asking({ [GPU]: '1' })] }, ''],
    [
      'an extended resource that others have',
      { [GPU]: '5' },
      { containers: [asking({ [GPU]: '1' })] },
      `Insufficient ${GPU}`,
    ],
    [
      'an extended resource of several containers',
      { [GPU]: '2' },
      { containers: [asking({ [GPU]: '2' }), asking({ [GPU]: '2' }, { name: 'b' })] },
      `Insufficient ${GPU}`,
    ],
    [
      'an extended resource that no node has',
      {},
      { containers: [asking({ 'example.com/x': '1' })] },
      'Insufficient example.com/x',
    ],
    ['none of one that no node has', {}, { containers: [asking({ 'example.com/x': '0' })] }, ''],
    [
      'an init container with an extended resource',
      { [GPU]: '4' },
      {
        containers: [asking({})],
        initContainers: [asking({ [GPU]: '2' }, { name: 'i' })],
      },
      `Insufficient ${GPU}`,
    ],
    ['huge pages', { [HUGE]: '6' }, { containers: [asking({ [HUGE]: '4' })] }, ''],
    ['huge pages that others have', { [HUGE]: '6' }, { containers: [asking({ [HUGE]: '5' })] }, `Insufficient ${HUGE}`],
    [
      'limits where nothing is requested',
      { cpu: '8' },
      {
        containers: [{ name: 'app', image: 'app', resources: { limits: { cpu: '3' } } }],
      },
      'Insufficient cpu',
    ],
    ['room on the disk', { 'ephemeral-storage': '6Gi' }, { containers: [asking({ 'ephemeral-storage': '4Gi' })] }, ''],
    [
      'no room on the disk',
      { 'ephemeral-storage': '6Gi' },
      { containers: [asking({ 'ephemeral-storage': '5Gi' })] },
      'Insufficient ephemeral-storage',
    ],
  ])('%s', (_rule, taken, spec, refusal) => {
    const present = [testPod('other', taken, { nodeName: 'n' })];
    expect(refusalsOf(testPod('p', {}, spec), [node], present)).toEqual([refusal]);
  });

  it('refuses one pod more than the node may have, with all else that is short', () => {
    const present = ['a', 'b', 'c', 'd'].map((name) => testPod(name, { cpu: '2' }, { nodeName: 'n' }));
    expect(refusalsOf(testPod('p', { cpu: '3' }), [node], present)).toEqual(['Too many pods, Insufficient cpu']);
  });
});

/** The cases of tainttoleration/taint_toleration_test.go (Filter) and of Toleration.ToleratesTaint. */
describe('taints of a node', () => {
  type Tolerations = NonNullable<PodSpec['tolerations']>;
  type Taints = NonNullable<NonNullable<Node['spec']>['taints']>;
  const DEDICATED: Taints = [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }];
  const FAILED: Taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }];
  const untolerated = (key: string, value = '') => `node(s) had untolerated taint {${key}: ${value}}`;
  it.each<[rule: string, taints: Taints, tolerations: Tolerations, refusal: string]>([
    ['no toleration', DEDICATED, [], untolerated('dedicated', 'db')],
    ['the same value', DEDICATED, [{ key: 'dedicated', operator: 'Equal', value: 'db' }], ''],
    ['the same value, as no operator is Equal', DEDICATED, [{ key: 'dedicated', value: 'db' }], ''],
    ['another value', DEDICATED, [{ key: 'dedicated', value: 'web' }], untolerated('dedicated', 'db')],
    ['any value', DEDICATED, [{ key: 'dedicated', operator: 'Exists' }], ''],
    ['any key', DEDICATED, [{ operator: 'Exists' }], ''],
    ['another effect', DEDICATED, [{ operator: 'Exists', effect: 'NoExecute' }], untolerated('dedicated', 'db')],
    ['the same effect', DEDICATED, [{ operator: 'Exists', effect: 'NoSchedule' }], ''],
    [
      'one of two',
      [...DEDICATED, ...FAILED],
      [{ key: 'dedicated', operator: 'Exists' }],
      untolerated('node.kubernetes.io/unreachable'),
    ],
    ['for a while only', FAILED, [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }], ''],
    [
      'for no time at all, which is long enough to get there',
      FAILED,
      [{ operator: 'Exists', tolerationSeconds: 0 }],
      '',
    ],
    ['a taint that only costs points', [{ key: 'old', effect: 'PreferNoSchedule' }], [], ''],
  ])('%s', (_rule, taints, tolerations, refusal) => {
    expect(refusalsOf(testPod('p', {}, { tolerations }), [testNode('n', { spec: { taints } })])).toEqual([refusal]);
  });
});

/** The cases of nodeports/node_ports_test.go and of HostPortInfo.CheckConflict. */
describe('ports of a node', () => {
  const TAKEN = "node(s) didn't have free ports for the requested pod ports";
  type Ports = NonNullable<Container['ports']>;
  const on = (hostPort: number, over: Partial<Ports[number]> = {}): Ports => [{ containerPort: 80, hostPort, ...over }];
  const holding = (ports: Ports): Partial<PodSpec> => ({ containers: [asking({}, { ports })] });
  it.each<[rule: string, held: Partial<PodSpec>, wanted: Partial<PodSpec>, refusal: string]>([
    ['another port', holding(on(8080)), holding(on(9090)), ''],
    ['the same port', holding(on(8080)), holding(on(8080)), TAKEN],
    ['another protocol', holding(on(8080)), holding(on(8080, { protocol: 'UDP' })), ''],
    ['another address', holding(on(80, { hostIP: '127.0.0.1' })), holding(on(80, { hostIP: '127.0.0.2' })), ''],
    ['any address for one', holding(on(80, { hostIP: '127.0.0.1' })), holding(on(80, { hostIP: '0.0.0.0' })), TAKEN],
    ['one address where any is held', holding(on(80)), holding(on(80, { hostIP: '127.0.0.1' })), TAKEN],
    [
      'any other protocol on any address',
      holding(on(80, { hostIP: '127.0.0.1' })),
      holding(on(80, { protocol: 'UDP' })),
      '',
    ],
    ['one of several', holding(on(81)), holding([...on(80), ...on(81), ...on(82)]), TAKEN],
    ['a port that is not one of the node', holding(on(0)), holding(on(0)), ''],
    [
      'a port of a sidecar',
      { containers: [asking({})], initContainers: [asking({}, { name: 's', restartPolicy: 'Always', ports: on(80) })] },
      holding(on(80)),
      TAKEN,
    ],
    [
      'a port of an init container, which is free again',
      { containers: [asking({})], initContainers: [asking({}, { name: 'i', ports: on(80) })] },
      holding(on(80)),
      '',
    ],
    ['the network of the node', { ...holding([{ containerPort: 80 }]), hostNetwork: true }, holding(on(80)), TAKEN],
  ])('%s', (_rule, held, wanted, refusal) => {
    expect(refusalsOf(testPod('p', {}, wanted), [testNode('n')], [runningPod('n', 'o', held)])).toEqual([refusal]);
  });
});

/** The cases of nodeaffinity_test.go (component-helpers) that those of `schedule.test.ts` leave out. */
describe('labels of a node', () => {
  type Terms = NonNullable<
    NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
  >['nodeSelectorTerms'];
  const isIn = (key: string, ...values: string[]) => ({ key, operator: 'In' as const, values });
  const needs = (...nodeSelectorTerms: Terms): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const node = testNode('n', { labels: { disk: 'ssd', kernel: '0206', huge: '99999999999999999999' } });
  it.each<[rule: string, spec: Partial<PodSpec>, isFeasible: boolean]>([
    [
      'terms are alternatives',
      needs({ matchExpressions: [isIn('disk', 'hdd')] }, { matchFields: [isIn('metadata.name', 'n')] }),
      true,
    ],
    [
      'fields and expressions of a term both count',
      needs({ matchExpressions: [isIn('disk', 'hdd')], matchFields: [isIn('metadata.name', 'n')] }),
      false,
    ],
    ['all expressions of a term count', needs({ matchExpressions: [isIn('disk', 'ssd'), isIn('kernel', '1')] }), false],
    ['an empty term', needs({ matchExpressions: [], matchFields: [] }), false],
    ['an empty term beside one that matches', needs({}, { matchExpressions: [isIn('disk', 'ssd')] }), true],
    ['no term', needs(), false],
    [
      'a number with a leading zero',
      needs({ matchExpressions: [{ key: 'kernel', operator: 'Gt', values: ['0204'] }] }),
      true,
    ],
    [
      'a number that is too long for 64 bits',
      needs({ matchExpressions: [{ key: 'huge', operator: 'Gt', values: ['1'] }] }),
      false,
    ],
    [
      'another node by name',
      needs({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n'] }] }),
      false,
    ],
    [
      'a selector and an affinity',
      { nodeSelector: { disk: 'ssd' }, ...needs({ matchExpressions: [isIn('kernel', '1')] }) },
      false,
    ],
    ['a selector that asks for more than there is', { nodeSelector: { disk: 'ssd', zone: 'a' } }, false],
    [
      'preferences alone',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [isIn('disk', 'hdd')] } },
            ],
          },
        },
      },
      true,
    ],
  ])('%s', (_rule, spec, isFeasible) => {
    const [refusal] = refusalsOf(testPod('p', {}, spec), [node], [], 'NodeAffinity');
    expect(refusal === '').toBe(isFeasible);
  });
});

/**
 * The cases of interpodaffinity/filtering_test.go that those of `pod-rules.test.ts` leave out: both sides have terms.
 */
describe('pods that keep apart, both ways', () => {
  const OWN = "node(s) didn't match pod anti-affinity rules";
  const THEIRS = "node(s) didn't satisfy existing pods anti-affinity rules";
  const having = (key: string): Term => ({
    topologyKey: ZONE,
    labelSelector: { matchExpressions: [{ key, operator: 'Exists' }] },
  });
  const apart = (...terms: Term[]): Partial<PodSpec> => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  });
  const nodes = [testNode('a', { labels: { [ZONE]: '1' } }), testNode('b', { labels: { [ZONE]: '2' } })];
  it.each<
    [
      rule: string,
      own: Record<string, string>,
      spec: Partial<PodSpec>,
      theirs: Record<string, string>,
      other: Partial<PodSpec>,
      refusal: string,
    ]
  >([
    ['neither matches', { x: '' }, apart(having('z')), { y: '' }, apart(having('z')), ''],
    ['one of its terms', { x: '' }, apart(having('q'), having('y')), { y: '' }, {}, OWN],
    ['one of theirs', { x: '' }, {}, { y: '' }, apart(having('q'), having('x')), THEIRS],
    ['both: its own is said', { x: '' }, apart(having('y')), { y: '' }, apart(having('x')), OWN],
    ['each its own kind', { x: '' }, apart(having('x')), { y: '' }, apart(having('y')), ''],
    [
      'no selector selects nobody',
      { x: '' },
      apart({ topologyKey: ZONE }),
      { y: '' },
      apart({ topologyKey: ZONE }),
      '',
    ],
    ['an empty selector selects everybody', { x: '' }, apart({ topologyKey: ZONE, labelSelector: {} }), {}, {}, OWN],
    [
      'a label that is not the same',
      { x: '1' },
      apart({ topologyKey: ZONE, labelSelector: {}, mismatchLabelKeys: ['x'] }),
      { x: '1' },
      {},
      '',
    ],
    [
      'a label that is another',
      { x: '1' },
      apart({ topologyKey: ZONE, labelSelector: {}, mismatchLabelKeys: ['x'] }),
      { x: '2' },
      {},
      OWN,
    ],
    [
      'a label that it does not have is not asked for',
      {},
      apart({ topologyKey: ZONE, labelSelector: {}, matchLabelKeys: ['x'] }),
      { x: '2' },
      {},
      OWN,
    ],
  ])('%s', (_rule, own, spec, theirs, other, refusal) => {
    const pod = testPod('p', {}, spec);
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: own } };
    expect(refusalsOf(labelled, nodes, [runningPod('a', 'o', other, theirs)])).toEqual([refusal, '']);
  });
});
