import { describe, expect, it, test } from 'vitest';
import type { Node, Pod } from '../objects/types.ts';
import type { ClusterEvent } from './plugin.ts';
import { FILTERS } from './plugins/index.ts';
import { podInfoOf } from './pod-info.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { testCluster, testNode, testPod } from './testing.ts';

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
  readonly other?: Pod;
  readonly wakes: boolean;
}

const small = testNode('n', { allocatable: { cpu: '1' } });
const tainted = testNode('n', { spec: { taints: [{ key: 'team', value: 'blue', effect: 'NoSchedule' }] } });
const cordoned = testNode('n', { spec: { unschedulable: true } });

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
];

describe('a pod that waits', () => {
  test.each(CASES)('$plugin: $rule', ({ plugin, waiting, event, node, other, wakes }) => {
    const queue = new SchedulingQueue();
    queue.put(waiting, { isChanged: true, nowMs: 0 });
    const queued = queue.take();
    if (queued === undefined) throw new Error('nothing to take');
    queue.park(queued, [plugin], { nowMs: 0 });
    const cluster = testCluster(node === undefined ? [] : [node]);
    const at = node === undefined ? undefined : cluster.nodeNamed(node.metadata.name);
    queue.wake({ event, cluster, node: at, other: other && podInfoOf(other) }, 60_000);
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
