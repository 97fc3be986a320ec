import { describe, expect, it, test } from 'vitest';
import { volumeOf } from '../../objects/storage/testing.ts';
import type { Node, PersistentVolume, Pod } from '../../objects/types.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import type { ClusterEvent } from '../plugin.ts';
import { FILTERS } from '../plugins/index.ts';
import { testCluster, testNode, testPod } from '../testing.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

type PodSpec = NonNullable<Pod['spec']>;

const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } };
const near = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
const apart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
const spread: Partial<PodSpec> = {
  topologySpreadConstraints: [{ ...term, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
};
const withPort = (hostPort: number): Partial<PodSpec> => ({
  containers: [{ name: 'app', image: 'app', ports: [{ containerPort: 80, hostPort }] }],
});
const labelled = (app: string, over: Partial<PodSpec> = {}): Pod => {
  const pod = testPod(app, {}, over);
  return { ...pod, metadata: { ...pod.metadata, labels: { app } } };
};

interface Case {
  readonly rule: string;
  readonly plugin: string;
  readonly waiting: Pod;
  readonly event: ClusterEvent;
  readonly node?: Node;
  readonly labelsBefore?: Record<string, string>;
  readonly other?: Pod;
  readonly otherBefore?: Pod;
  readonly claim?: string;
  readonly volume?: PersistentVolume;
  readonly volumeBefore?: PersistentVolume;
  /** Pods on the node. */
  readonly present?: readonly Pod[];
  readonly wakes: boolean;
}

const small = testNode('n', { allocatable: { cpu: '1' } });
const tainted = testNode('n', { spec: { taints: [{ key: 'team', value: 'blue', effect: 'NoSchedule' }] } });
const cordoned = testNode('n', { spec: { unschedulable: true } });

const inZone = (zone: string) => testNode('n', { labels: { zone } });
const byZone = { ...term, topologyKey: 'zone' };
const zoneNear = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [byZone] } } };
const zoneApart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [byZone] } } };
const zoneSpread = (over: object = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [{ ...byZone, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...over }],
});
const tiered = { ...term, labelSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] } };
const twoTerms = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term, tiered] } } };
const twoSpreads: Partial<PodSpec> = {
  topologySpreadConstraints: [
    { ...byZone, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
    { ...tiered, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
  ],
};
const sameTierApart = {
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, matchLabelKeys: ['tier'] }] },
  },
};
const important = { priority: 10 };
const EVENTS: readonly ClusterEvent[] = ['node-added', 'node-gone', 'node-labels', 'node-taints', 'namespace-labels'];

/** What Kubernetes' plugins answer when they are asked whether an event could help (isSchedulableAfter…). */
const CASES: readonly Case[] = [
  {
    rule: 'a node that has room now',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }),
    event: 'node-added',
    node: small,
    wakes: true,
  },
  {
    rule: 'a node that is too small',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '2' }),
    event: 'node-added',
    node: small,
    wakes: false,
  },
  {
    rule: 'a pod that left a node which is too small anyway',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '2' }),
    event: 'pod-gone',
    node: small,
    other: testPod('o'),
    wakes: false,
  },
  {
    rule: 'a pod whose port is free now',
    plugin: 'NodePorts',
    waiting: testPod('p', {}, withPort(80)),
    event: 'pod-gone',
    node: small,
    other: testPod('o', {}, withPort(80)),
    wakes: true,
  },
  {
    rule: 'a label that it selects',
    plugin: 'NodeAffinity',
    waiting: testPod('p', {}, { nodeSelector: { disk: 'ssd' } }),
    event: 'node-labels',
    node: testNode('n', { labels: { disk: 'ssd' } }),
    wakes: true,
  },
  {
    rule: 'another label of a node that it could have taken before',
    plugin: 'NodeAffinity',
    waiting: testPod('p', {}, { nodeSelector: { disk: 'ssd' } }),
    event: 'node-labels',
    node: testNode('n', { labels: { disk: 'ssd', zone: 'a' } }),
    labelsBefore: { disk: 'ssd' },
    wakes: false,
  },
  {
    rule: 'the label that it selects, which the node did not have',
    plugin: 'NodeAffinity',
    waiting: testPod('p', {}, { nodeSelector: { disk: 'ssd' } }),
    event: 'node-labels',
    node: testNode('n', { labels: { disk: 'ssd', zone: 'a' } }),
    labelsBefore: { zone: 'a' },
    wakes: true,
  },
  {
    rule: 'another label',
    plugin: 'NodeAffinity',
    waiting: testPod('p', {}, { nodeSelector: { disk: 'ssd' } }),
    event: 'node-labels',
    node: testNode('n', { labels: { disk: 'hdd' } }),
    wakes: false,
  },
  {
    rule: 'a taint that stays',
    plugin: 'TaintToleration',
    waiting: testPod('p'),
    event: 'node-taints',
    node: tainted,
    wakes: false,
  },
  {
    rule: 'a taint that it tolerates',
    plugin: 'TaintToleration',
    waiting: testPod('p', {}, { tolerations: [{ operator: 'Exists' }] }),
    event: 'node-taints',
    node: tainted,
    wakes: true,
  },
  {
    rule: 'a node that is still cordoned',
    plugin: 'NodeUnschedulable',
    waiting: testPod('p'),
    event: 'node-taints',
    node: cordoned,
    wakes: false,
  },
  {
    rule: 'a node that is open again',
    plugin: 'NodeUnschedulable',
    waiting: testPod('p'),
    event: 'node-taints',
    node: small,
    wakes: true,
  },
  {
    rule: 'a pod that it wants to be near',
    plugin: 'InterPodAffinity',
    waiting: testPod('p', {}, near),
    event: 'pod-added',
    node: small,
    other: labelled('web'),
    wakes: true,
  },
  {
    rule: 'a pod that it does not look for',
    plugin: 'InterPodAffinity',
    waiting: testPod('p', {}, near),
    event: 'pod-added',
    node: small,
    other: labelled('db'),
    wakes: false,
  },
  {
    rule: 'a pod that it avoids and that has gone',
    plugin: 'InterPodAffinity',
    waiting: testPod('p', {}, apart),
    event: 'pod-gone',
    node: small,
    other: labelled('web'),
    wakes: true,
  },
  {
    rule: 'a pod that avoided it and has gone',
    plugin: 'InterPodAffinity',
    waiting: labelled('web'),
    event: 'pod-gone',
    node: small,
    other: testPod('o', {}, apart),
    wakes: true,
  },
  {
    rule: 'a pod that its spread counts',
    plugin: 'PodTopologySpread',
    waiting: testPod('p', {}, spread),
    event: 'pod-gone',
    node: small,
    other: labelled('web'),
    wakes: true,
  },
  {
    rule: 'a pod that its spread does not count',
    plugin: 'PodTopologySpread',
    waiting: testPod('p', {}, spread),
    event: 'pod-gone',
    node: small,
    other: labelled('db'),
    wakes: false,
  },
  ...nodeCases('PodTopologySpread', testPod('p', {}, zoneSpread()), {
    'node-added': [inZone('a'), undefined, true],
    'node-added without the label': [small, undefined, false],
    'node-labels: the zone is another one': [inZone('a'), { zone: 'b' }, true],
    'node-labels: the zone is new': [inZone('a'), {}, true],
    'node-labels: the zone is gone': [small, { zone: 'a' }, true],
    'node-labels: of something else': [inZone('a'), { zone: 'a', disk: 'ssd' }, false],
    'node-labels: of something else, without a zone': [small, { disk: 'ssd' }, false],
    'node-gone: it had the label': [undefined, { zone: 'a' }, true],
    'node-gone: it did not have the label': [undefined, {}, false],
    'node-taints': [inZone('a'), undefined, false],
  }),
  ...nodeCases('PodTopologySpread', testPod('p', {}, zoneSpread({ nodeTaintsPolicy: 'Honor' })), {
    'node-taints that count': [inZone('a'), undefined, true],
    'node-taints of a node without the label': [small, undefined, false],
  }),
  ...nodeCases('PodTopologySpread', testPod('p', {}, { ...zoneSpread(), nodeSelector: { disk: 'ssd' } }), {
    'node-labels by which it may select nodes': [inZone('a'), { zone: 'a', disk: 'ssd' }, true],
  }),
  ...nodeCases('InterPodAffinity', testPod('p', {}, zoneNear), {
    'node-added with the label': [inZone('a'), undefined, true],
    'node-added without the label of its affinity': [small, undefined, false],
    'node-labels: the zone of its affinity is another one': [inZone('a'), { zone: 'b' }, true],
    'node-labels that its affinity does not go by': [inZone('a'), { zone: 'a', disk: 'ssd' }, false],
    'node-gone: in a zone': [undefined, { zone: 'a' }, true],
  }),
  ...nodeCases('InterPodAffinity', testPod('p', {}, zoneApart), {
    'node-added without the label of its anti-affinity': [small, undefined, true],
    'node-labels: the zone of its anti-affinity is gone': [small, { zone: 'a' }, true],
    'node-labels: the zone of its anti-affinity is another one': [inZone('a'), { zone: 'b' }, true],
    'node-labels: the zone of its anti-affinity is new': [inZone('a'), {}, false],
    'node-labels that its anti-affinity does not go by': [inZone('a'), { zone: 'a', disk: 'ssd' }, false],
    'namespace-labels': [undefined, undefined, true],
  }),
  {
    rule: 'a pod that has one of two things that it looks for in one',
    plugin: 'InterPodAffinity',
    waiting: testPod(
      'p',
      {},
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              term,
              { ...term, labelSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
            ],
          },
        },
      },
    ),
    event: 'pod-added',
    node: small,
    other: labelled('web'),
    wakes: false,
  },
  {
    rule: 'the last of its own group',
    plugin: 'InterPodAffinity',
    waiting: labelled('web', near),
    event: 'pod-gone',
    node: small,
    other: labelled('web'),
    wakes: true,
  },
  {
    rule: 'one of a group that it looks for without being of it',
    plugin: 'InterPodAffinity',
    waiting: labelled('db', near),
    event: 'pod-gone',
    node: small,
    other: labelled('web'),
    wakes: false,
  },
  {
    rule: 'a pod that its spread counts no more as it is ending',
    plugin: 'PodTopologySpread',
    waiting: testPod('p', {}, spread),
    event: 'pod-ending',
    node: small,
    other: labelled('web'),
    wakes: true,
  },
  {
    rule: 'a pod that is ending and still holds what it has',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }),
    event: 'pod-ending',
    node: small,
    other: labelled('web'),
    wakes: false,
  },
  {
    rule: 'a node full of less important pods',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }, important),
    event: 'node-added',
    node: small,
    present: [testPod('low', { cpu: '1' }, { nodeName: 'n' })],
    wakes: true,
  },
  {
    rule: 'a node full of less important pods, when nobody may give way',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }, { ...important, preemptionPolicy: 'Never' }),
    event: 'node-added',
    node: small,
    present: [testPod('low', { cpu: '1' }, { nodeName: 'n' })],
    wakes: false,
  },
  {
    rule: 'a node full of equals',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }, important),
    event: 'node-added',
    node: small,
    present: [testPod('equal', { cpu: '1' }, { nodeName: 'n', ...important })],
    wakes: false,
  },
  {
    rule: 'a node where somebody gives way already',
    plugin: 'NodeResourcesFit',
    waiting: testPod('p', { cpu: '1' }, important),
    event: 'pod-gone',
    node: small,
    present: [givingWay(testPod('low', { cpu: '1' }, { nodeName: 'n' }))],
    wakes: false,
  },
  {
    rule: 'a pod that held another port',
    plugin: 'NodePorts',
    waiting: testPod('p', {}, withPort(80)),
    event: 'pod-gone',
    node: small,
    other: testPod('o', {}, withPort(81)),
    wakes: false,
  },
  {
    rule: 'a pod that used the same claim',
    plugin: 'VolumeRestrictions',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'pod-gone',
    node: small,
    other: testPod('o', {}, withClaim('data')),
    wakes: true,
  },
  {
    rule: 'a pod that used another claim',
    plugin: 'VolumeRestrictions',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'pod-gone',
    node: small,
    other: testPod('o', {}, withClaim('other')),
    wakes: false,
  },
  {
    rule: 'the node that one of its claims had chosen is gone',
    plugin: 'VolumeBinding',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'node-gone',
    wakes: true,
  },
  ...labelCases('InterPodAffinity', testPod('p', {}, near), {
    'it looks for it now': [{ aaa: 'a' }, { app: 'web' }, true],
    'it looked for it before, too': [{ app: 'web' }, { app: 'web', tier: 'x' }, false],
    'it does not look for it any more': [{ app: 'web' }, { aaa: 'a' }, false],
  }),
  ...labelCases('InterPodAffinity', withLabels({ app: 'web' }, near), {
    'the last of its own group is none any more': [{ app: 'web' }, { aaa: 'a' }, true],
  }),
  ...labelCases('InterPodAffinity', testPod('p', {}, twoTerms), {
    'neither of two': [{ app: 'web' }, { aaa: 'a' }, false],
    'one of two': [{ aaa: 'a' }, { app: 'web' }, false],
    'both, of which it had one': [{ app: 'web' }, { app: 'web', tier: 'x' }, true],
  }),
  ...labelCases('InterPodAffinity', testPod('p', {}, apart), {
    'it does not avoid it any more': [{ app: 'web' }, { app: 'db' }, true],
    'it avoids it now': [{ app: 'db' }, { app: 'web' }, false],
    'it avoids it still': [{ app: 'web' }, { app: 'web', tier: 'x' }, false],
  }),
  ...labelCases('PodTopologySpread', testPod('p', {}, spread), {
    'counted before and now': [{ app: 'web', bar: '1' }, { app: 'web', bar: '2' }, false],
    'counted now': [{}, { app: 'web' }, true],
    'counted no more': [{ app: 'web' }, {}, true],
    'never counted': [{ app: 'db' }, { app: 'none' }, false],
  }),
  ...labelCases('PodTopologySpread', testPod('p', {}, twoSpreads), {
    'counted by the other one, too': [{ app: 'web' }, { app: 'web', tier: 'x' }, true],
    'nothing that either goes by': [{ app: 'web' }, { app: 'web', baz: '' }, false],
    'another value of what is there': [{ app: 'web', tier: 'x' }, { app: 'web', tier: 'y' }, false],
  }),
  ...labelCases('NodeResourcesFit', testPod('p', { cpu: '1' }), {
    'they make no room': [{}, { app: 'web' }, false],
  }),
  ...nodeCases('PodTopologySpread', testPod('p', {}, twoSpreads), {
    'node-added with the label of one of two': [inZone('a'), undefined, false],
    'node-labels: the node has the label of one of two': [inZone('b'), { zone: 'a' }, false],
  }),
  {
    rule: 'labels by which a pod that avoids others chooses them',
    plugin: 'InterPodAffinity',
    waiting: withLabels({ app: 'web', tier: 'x' }),
    event: 'pod-labels',
    node: small,
    otherBefore: withLabels({ tier: 'x' }, sameTierApart),
    other: withLabels({ tier: 'y' }, sameTierApart),
    wakes: true,
  },
  ...claimCases('VolumeBinding'),
  ...claimCases('VolumeZone'),
  ...claimCases('VolumeRestrictions'),
  {
    rule: 'any volume, which may be free now',
    plugin: 'VolumeBinding',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'volume-changed',
    volume: volumeOf('pv'),
    volumeBefore: volumeOf('pv', { phase: 'Pending' }),
    wakes: true,
  },
  {
    rule: 'a class',
    plugin: 'VolumeBinding',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'class-changed',
    wakes: true,
  },
  {
    rule: 'a volume that came',
    plugin: 'VolumeZone',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'volume-changed',
    volume: volumeOf('pv'),
    wakes: true,
  },
  {
    rule: 'a volume that is in another zone now',
    plugin: 'VolumeZone',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'volume-changed',
    volume: volumeOf('pv', { labels: { 'topology.kubernetes.io/zone': 'a' } }),
    volumeBefore: volumeOf('pv', { labels: { 'topology.kubernetes.io/zone': 'b' } }),
    wakes: true,
  },
  {
    rule: 'a volume that is where it was',
    plugin: 'VolumeZone',
    waiting: testPod('p', {}, withClaim('data')),
    event: 'volume-changed',
    volume: volumeOf('pv', { labels: { 'topology.kubernetes.io/zone': 'a', tier: 'x' } }),
    volumeBefore: volumeOf('pv', { labels: { 'topology.kubernetes.io/zone': 'a' } }),
    wakes: false,
  },
];

/** Test_isSchedulableAfterPodChange of interpodaffinity and podtopologyspread (plugin_test.go): what a pod that runs was labelled with, and what with now. */
function labelCases(
  plugin: string,
  waiting: Pod,
  cases: Record<string, readonly [before: Record<string, string>, after: Record<string, string>, wakes: boolean]>,
): Case[] {
  return Object.entries(cases).map(([rule, [before, after, wakes]]) => ({
    ...{ rule: `labels of a pod: ${rule}`, plugin, waiting, wakes },
    ...{ event: 'pod-labels', node: small, otherBefore: withLabels(before), other: withLabels(after) },
  }));
}

function withLabels(labels: Record<string, string>, over: Partial<PodSpec> = {}): Pod {
  const pod = testPod('o', {}, over);
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

function claimCases(plugin: string): Case[] {
  return ['data', 'other'].map((name) => ({
    rule: `a claim that it ${name === 'data' ? 'uses' : 'does not use'}`,
    plugin,
    waiting: testPod('p', {}, withClaim('data')),
    event: 'claim-changed',
    claim: `default/${name}`,
    wakes: name === 'data',
  }));
}

/**
 * By what happens (the event, and what about it): the node as it is, the labels that it had, whether that wakes the
 * pod.
 */
function nodeCases(
  plugin: string,
  waiting: Pod,
  cases: Record<
    string,
    readonly [node: Node | undefined, labelsBefore: Record<string, string> | undefined, wakes: boolean]
  >,
): Case[] {
  return Object.entries(cases).map(([rule, [node, labelsBefore, wakes]]) => {
    const event = EVENTS.find((each) => rule.startsWith(each));
    if (event === undefined) throw new Error(`no event in "${rule}"`);
    return { rule, plugin, waiting, event, wakes, ...(node && { node }), ...(labelsBefore && { labelsBefore }) };
  });
}

function withClaim(claimName: string): Partial<PodSpec> {
  return { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] };
}

function givingWay(pod: Pod): Pod {
  const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }];
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { conditions } };
}

describe('a pod that waits', () => {
  test.each(CASES)('$plugin: $rule', ({ plugin, waiting, event, node, labelsBefore, other, ...rest }) => {
    const { otherBefore, claim, volume, volumeBefore, present, wakes } = rest;
    const queue = new SchedulingQueue();
    queue.put(waiting, { isChanged: true, nowMs: 0 });
    const queued = queue.take();
    if (queued === undefined) throw new Error('nothing to take');
    queue.park(queued, [plugin], { nowMs: 0 });
    const cluster = testCluster(node === undefined ? [] : [node], present);
    const at = node === undefined ? undefined : cluster.nodeNamed(node.metadata.name);
    const about = { ...(claim && { claim }), ...(volume && { volume, volumeBefore }) };
    const pods = { other: other && podInfoOf(other), otherBefore: otherBefore && podInfoOf(otherBefore) };
    queue.wake({ event, cluster, node: at, labelsBefore, ...pods, ...about }, 60_000);
    expect(queue.hasActive).toBe(wakes);
  });

  it('is woken by any of the filters that refused it', () => {
    const queue = new SchedulingQueue();
    queue.put(testPod('p', { cpu: '2' }), { isChanged: true, nowMs: 0 });
    const queued = queue.take();
    if (queued === undefined) throw new Error('nothing to take');
    queue.park(queued, ['NodeResourcesFit', 'TaintToleration'], { nowMs: 0 });
    const cluster = testCluster([small]);
    queue.wake({ event: 'node-added', cluster, node: cluster.nodeNamed('n') }, 60_000);
    expect(queue.hasActive).toBe(true);
  });

  it('waits for events that its filters know, each by its name', () => {
    expect(FILTERS.filter(({ wakesOn }) => wakesOn.length === 0)).toEqual([]);
  });
});
