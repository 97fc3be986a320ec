import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import type { ClusterState } from '../cluster/cluster-state.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import type { ScorePlugin } from '../plugin.ts';
import { runningPod, testCluster, testNode, testPod } from '../testing.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinityScore } from './inter-pod-affinity.ts';
import { nodeAffinityScore } from './node-affinity.ts';
import { balancedAllocation, leastAllocated } from './node-resources.ts';
import { podTopologySpreadScore } from './pod-topology-spread.ts';
import { taintTolerationScore } from './taint-toleration.ts';

type PodSpec = NonNullable<Pod['spec']>;

const HOST = 'kubernetes.io/hostname';
const ZONE = 'zone';

/**
 * What each node is worth, by its name; 0 where the plugin does not tell nodes apart. `feasible`: of these nodes only.
 */
function scores(
  plugin: ScorePlugin,
  pod: Pod,
  cluster: ClusterState,
  feasible = cluster.nodes.map(({ name }) => name),
) {
  const nodes = cluster.nodes.filter(({ name }) => feasible.includes(name));
  const scorer = plugin.prepare(podInfoOf(pod), cluster, nodes);
  const values = nodes.map((node) => scorer?.score(node) ?? 0);
  scorer?.normalize?.(values);
  return Object.fromEntries(nodes.map(({ name }, index) => [name, values[index]]));
}

const sized = (name: string, cpu: string, memory: string) => testNode(name, { allocatable: { cpu, memory } });
const named = (name: string, labels: Record<string, string> = {}) =>
  testNode(name, { labels: { [HOST]: name, ...labels } });

/** So many pods of `web` on each node. */
const populated = (counts: Record<string, number>): Pod[] =>
  Object.entries(counts).flatMap(([node, count]) =>
    Array.from({ length: count }, (_, i) => runningPod(node, `${node}-${i}`)),
  );

/** The cases of least_allocated_test.go and balanced_allocation_test.go, with other amounts. */
describe('scores by resources', () => {
  const busy = (nodeName: string, cpu: string, memory: string): Pod => ({
    ...testPod(`busy-${nodeName}`, { cpu, memory }, { nodeName }),
  });
  it.each<
    [rule: string, requests: Record<string, string>, nodes: Node[], present: Pod[], least: object, balanced: object]
  >([
    [
      'nothing asked for and nothing there: what a container is taken to use counts for the one, nothing for the other',
      {},
      [sized('a', '1', '1000Mi'), sized('b', '2', '1000Mi')],
      [],
      { a: 85, b: 87 },
      { a: 0, b: 0 },
    ],
    [
      'nodes of different sizes',
      { cpu: '2', memory: '2Gi' },
      [sized('a', '4', '8Gi'), sized('b', '8', '8Gi')],
      [],
      { a: 62, b: 75 },
      { a: 87, b: 100 },
    ],
    [
      'pods that are there already',
      { cpu: '1', memory: '1Gi' },
      [sized('a', '10', '10Gi'), sized('b', '10', '10Gi')],
      [busy('a', '3', '0'), busy('b', '3', '4Gi')],
      { a: 75, b: 55 },
      { a: 85, b: 95 },
    ],
    [
      'more than there is: no share below zero, and none above one',
      { cpu: '6', memory: '1Gi' },
      [sized('a', '4', '4Gi'), sized('b', '4', '4Gi')],
      [busy('b', '1', '1Gi')],
      { a: 37, b: 25 },
      { a: 62, b: 75 },
    ],
    [
      'nothing asked for, on nodes in use',
      { cpu: '0', memory: '0' },
      [sized('a', '10', '20Gi'), sized('b', '10', '20Gi')],
      [busy('a', '6', '0'), busy('b', '6', '5Gi')],
      { a: 70, b: 57 },
      { a: 0, b: 0 },
    ],
    [
      'up to what there is',
      { cpu: '3', memory: '0' },
      [sized('a', '6', '10Gi'), sized('b', '6', '10Gi')],
      [busy('a', '3', '0'), busy('b', '3', '5Gi')],
      { a: 50, b: 25 },
      { a: 50, b: 75 },
    ],
    [
      'a node that has nothing',
      { cpu: '1', memory: '1Gi' },
      [sized('a', '0', '0'), sized('b', '4', '0')],
      [],
      { a: 0, b: 75 },
      { a: 100, b: 100 },
    ],
  ])('%s', (_rule, requests, nodes, present, least, balanced) => {
    const cluster = testCluster(nodes, present);
    expect(scores(leastAllocated, testPod('p', requests), cluster)).toEqual(least);
    expect(scores(balancedAllocation, testPod('p', requests), cluster)).toEqual(balanced);
  });
});

/** The cases of podtopologyspread/scoring_test.go. */
describe('scores by spread', () => {
  type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];
  const soft = (topologyKey: string, over: Partial<Constraint> = {}): Constraint => ({
    ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'web' } } },
    ...over,
  });
  const asks = (...topologySpreadConstraints: Constraint[]) => testPod('p', {}, { topologySpreadConstraints });
  const four = ['a', 'b', 'c', 'd'].map((name) => named(name));
  const zoned = Object.entries({ a: '1', b: '1', x: '2', y: '2' }).map(([name, zone]) => named(name, { [ZONE]: zone }));
  it.each<[rule: string, pod: Pod, nodes: Node[], present: Pod[], feasible: string[], expected: object]>([
    ['nobody anywhere', asks(soft(HOST)), four, [], ['a', 'b', 'c', 'd'], { a: 100, b: 100, c: 100, d: 100 }],
    [
      'the same everywhere',
      asks(soft(HOST)),
      four,
      populated({ a: 1, b: 1, c: 1, d: 1 }),
      ['a', 'b', 'c', 'd'],
      { a: 100, b: 100, c: 100, d: 100 },
    ],
    [
      'by host',
      asks(soft(HOST)),
      four,
      populated({ a: 2, b: 1, d: 3 }),
      ['a', 'b', 'c', 'd'],
      // log(4 + 2) a pod: 3.58, 1.79, 0, 5.38, rounded to 4, 2, 0, 5.
      { a: 20, b: 60, c: 100, d: 0 },
    ],
    [
      'a larger skew tells them less apart',
      asks(soft(HOST, { maxSkew: 3 })),
      four,
      populated({ a: 2, b: 1, d: 3 }),
      ['a', 'b', 'c', 'd'],
      { a: 42, b: 71, c: 100, d: 28 },
    ],
    [
      'a node without the label comes last',
      asks(soft(HOST)),
      [...four.slice(0, 2), testNode('z')],
      populated({ a: 4, b: 1, z: 2 }),
      ['a', 'b', 'z'],
      { a: 16, b: 100, z: 0 },
    ],
    [
      'pods of a zone count also on nodes that cannot take the pod',
      asks(soft(ZONE)),
      zoned,
      populated({ a: 3, x: 1, y: 1 }),
      ['a', 'b', 'x'],
      // log(2 + 2) a pod: 3 in one zone, 2 in the other.
      { a: 75, b: 75, x: 100 },
    ],
    [
      'two constraints, of zone and host',
      asks(soft(ZONE), soft(HOST)),
      zoned,
      populated({ a: 1, b: 1, x: 1, y: 3 }),
      ['a', 'x'],
      { a: 100, x: 57 },
    ],
    [
      'two constraints with selectors of their own',
      asks(soft(ZONE), soft(HOST, { labelSelector: { matchLabels: { app: 'db' } } })),
      zoned,
      [runningPod('a', 'w'), runningPod('b', 'd', {}, { app: 'db' })],
      ['a', 'b', 'x', 'y'],
      { a: 66, b: 0, x: 100, y: 100 },
    ],
    ['one candidate', asks(soft(HOST)), four, populated({ a: 2, b: 1 }), ['a'], { a: 100 }],
    [
      'no selector',
      asks({ maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: 'ScheduleAnyway' }),
      four,
      populated({ a: 2, b: 1, d: 3 }),
      ['a', 'b', 'c', 'd'],
      { a: 100, b: 100, c: 100, d: 100 },
    ],
    [
      'a skew of 2',
      asks(soft(HOST, { maxSkew: 2 })),
      four,
      populated({ a: 2, b: 1, d: 3 }),
      ['a', 'b', 'c', 'd'],
      { a: 33, b: 66, c: 100, d: 16 },
    ],
    [
      'a skew of 3, all in use',
      asks(soft(HOST, { maxSkew: 3 })),
      four,
      populated({ a: 4, b: 3, c: 2, d: 1 }),
      ['a', 'b', 'c', 'd'],
      { a: 44, b: 66, c: 77, d: 100 },
    ],
    [
      'three of four nodes',
      asks(soft(HOST)),
      four,
      populated({ a: 4, b: 2, c: 1, d: 3 }),
      ['a', 'b', 'c'],
      { a: 33, b: 83, c: 100 },
    ],
    [
      'two of one key',
      asks(soft(ZONE), soft(ZONE, { labelSelector: { matchLabels: { tier: 'db' } } })),
      zoned,
      [
        runningPod('a', 'a1', {}, { app: 'web', tier: 'db' }),
        runningPod('a', 'a2'),
        runningPod('b', 'b1', {}, { app: 'web', tier: 'db' }),
        ...populated({ y: 2 }),
        runningPod('y', 'y3', {}, { app: 'web', tier: 'db' }),
      ],
      ['a', 'x'],
      { a: 85, x: 100 },
    ],
    [
      'two keys with selectors of their own, on all nodes',
      asks(soft(ZONE), soft(HOST, { labelSelector: { matchLabels: { tier: 'db' } } })),
      zoned,
      [
        runningPod('a', 'a1'),
        runningPod('b', 'b1', {}, { app: 'web', tier: 'db' }),
        runningPod('y', 'y1'),
        runningPod('y', 'y2', {}, { tier: 'db' }),
      ],
      ['a', 'b', 'x', 'y'],
      { a: 60, b: 20, x: 100, y: 60 },
    ],
    [
      'and on three of them',
      asks(soft(ZONE), soft(HOST, { labelSelector: { matchLabels: { tier: 'db' } } })),
      zoned,
      [
        runningPod('a', 'a1'),
        runningPod('b', 'b1', {}, { app: 'web', tier: 'db' }),
        runningPod('y', 'y1'),
        runningPod('y', 'y2', {}, { tier: 'db' }),
      ],
      ['a', 'b', 'x'],
      { a: 50, b: 25, x: 100 },
    ],
    [
      'and with none in one zone',
      asks(soft(ZONE), soft(HOST, { labelSelector: { matchLabels: { tier: 'db' } } })),
      zoned,
      [
        runningPod('b', 'b1', {}, { tier: 'db' }),
        runningPod('x', 'x1'),
        runningPod('y', 'y1', {}, { app: 'web', tier: 'db' }),
      ],
      ['a', 'b', 'x', 'y'],
      { a: 100, b: 60, x: 40, y: 0 },
    ],
    [
      'pods of another namespace do not count',
      asks(soft(HOST)),
      four.slice(0, 2),
      [
        ...populated({ b: 1 }),
        { ...runningPod('a', 'o'), metadata: { ...runningPod('a', 'o').metadata, namespace: 'other' } },
      ],
      ['a', 'b'],
      { a: 100, b: 0 },
    ],
    [
      'pods on their way out do not count',
      asks(soft(HOST)),
      four.slice(0, 2),
      [
        ...populated({ b: 1 }),
        {
          ...runningPod('a', 'o'),
          metadata: { ...runningPod('a', 'o').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        },
      ],
      ['a', 'b'],
      { a: 100, b: 0 },
    ],
    [
      'hard constraints are no preference',
      asks(soft(HOST, { whenUnsatisfiable: 'DoNotSchedule' })),
      four.slice(0, 2),
      populated({ b: 1 }),
      ['a', 'b'],
      { a: 0, b: 0 },
    ],
  ])('%s', (_rule, pod, nodes, present, feasible, expected) => {
    expect(scores(podTopologySpreadScore, pod, testCluster(nodes, present), feasible)).toEqual(expected);
  });
});

/** The cases of interpodaffinity/scoring_test.go. */
describe('scores by other pods', () => {
  const term = (app: string, topologyKey: string) => ({ topologyKey, labelSelector: { matchLabels: { app } } });
  const wants = (app: string, topologyKey: string, weight = 5) => ({ weight, podAffinityTerm: term(app, topologyKey) });
  const near = (...terms: ReturnType<typeof wants>[]): Partial<PodSpec> => ({
    affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } },
  });
  const away = (...terms: ReturnType<typeof wants>[]): Partial<PodSpec> => ({
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } },
  });
  const needs = (app: string): Partial<PodSpec> => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, ZONE)] } },
  });
  const nodes = [named('a', { [ZONE]: '1' }), named('b', { [ZONE]: '1' }), named('c', { [ZONE]: '2' }), named('d')];
  it.each<[rule: string, spec: Partial<PodSpec>, labels: Record<string, string>, present: Pod[], expected: object]>([
    ['nothing wanted', {}, {}, populated({ a: 1 }), { a: 0, b: 0, c: 0, d: 0 }],
    [
      'all nodes of the zone, not one that is in none',
      near(wants('web', ZONE)),
      {},
      populated({ a: 1, d: 1 }),
      { a: 100, b: 100, c: 0, d: 0 },
    ],
    [
      'the zone with more of them',
      near(wants('web', ZONE)),
      {},
      populated({ a: 2, b: 2, c: 1 }),
      { a: 100, b: 100, c: 25, d: 0 },
    ],
    ['away from a zone', away(wants('web', ZONE)), {}, populated({ a: 1 }), { a: 0, b: 0, c: 100, d: 100 }],
    [
      'near by zone and away by host',
      { affinity: { ...near(wants('web', ZONE, 8)).affinity, ...away(wants('web', HOST, 5)).affinity } },
      {},
      populated({ a: 1 }),
      { a: 37, b: 100, c: 0, d: 0 },
    ],
    [
      'what others prefer',
      {},
      { app: 'p' },
      [runningPod('a', 'w', near(wants('p', HOST))), runningPod('c', 'v', away(wants('p', ZONE, 10)))],
      { a: 100, b: 66, c: 0, d: 66 },
    ],
    ['what others need counts one', {}, { app: 'p' }, [runningPod('c', 'w', needs('p'))], { a: 0, b: 0, c: 100, d: 0 }],
    [
      'what others want of somebody else',
      {},
      { app: 'q' },
      [runningPod('c', 'w', needs('p'))],
      { a: 0, b: 0, c: 0, d: 0 },
    ],
  ])('%s', (_rule, spec, labels, present, expected) => {
    const pod = testPod('p', {}, spec);
    const labelled = { ...pod, metadata: { ...pod.metadata, labels } };
    expect(scores(interPodAffinityScore, labelled, testCluster(nodes, present))).toEqual(expected);
  });
});

/** The cases of image_locality_test.go, with other amounts. */
describe('scores by images', () => {
  const MIB = 1024 * 1024;
  const holding = (name: string, images: Record<string, number>): Node => {
    const node = testNode(name);
    const list = Object.entries(images).map(([image, size]) => ({ names: [image], sizeBytes: size * MIB }));
    return { ...node, status: { ...node.status, images: list } };
  };
  const running = (images: string[], init: string[] = []): Pod => {
    const containers = (all: string[]) => all.map((image, index) => ({ name: `c${index}`, image }));
    return testPod('p', {}, { containers: containers(images), initContainers: containers(init) });
  };
  const a = holding('a', { 'repo/app:latest': 500, 'repo/side:1': 100 });
  const b = holding('b', { 'repo/tool:latest': 40, 'repo/huge:latest': 6000 });
  const c = holding('c', {});
  it.each<[rule: string, pod: Pod, nodes: Node[], expected: object]>([
    // 100 × (500 ÷ 2 − 23) ÷ (1000 − 23)
    ['an image on one of two nodes counts half', running(['repo/app']), [a, b], { a: 23, b: 0 }],
    // 100 × (500 ÷ 2 + 100 ÷ 2 − 23) ÷ (2000 − 23)
    ['two images of one node', running(['repo/app', 'repo/side:1']), [a, b], { a: 14, b: 0 }],
    ['another tag is another image', running(['repo/app:1', 'repo/side']), [a, b], { a: 0, b: 0 }],
    ['what is smaller than 23 MB counts nothing', running(['repo/tool']), [a, b], { a: 0, b: 0 }],
    ['a huge image counts no more than the limit', running(['repo/huge']), [a, b], { a: 0, b: 100 }],
    // 100 × (6000 ÷ 3 − 23) ÷ (3000 − 23)
    ['on one of three nodes a third', running(['repo/huge', 'x', 'y']), [a, b, c], { a: 0, b: 66, c: 0 }],
    ['images of init containers', running(['x'], ['repo/app']), [a, b], { a: 11, b: 0 }],
    ['no node has it', running(['x']), [a, b], { a: 0, b: 0 }],
  ])('%s', (_rule, pod, nodes, expected) => {
    expect(scores(imageLocality, pod, testCluster(nodes))).toEqual(expected);
  });
});

/** The cases of node_affinity_test.go and taint_toleration_test.go. */
describe('scores by labels and taints', () => {
  const prefers = (weight: number, key: string, ...values: string[]) => ({
    weight,
    preference: { matchExpressions: values.length === 0 ? [] : [{ key, operator: 'In' as const, values }] },
  });
  it.each<[rule: string, terms: ReturnType<typeof prefers>[], expected: object]>([
    ['the sum of what matches', [prefers(2, 'disk', 'ssd'), prefers(6, ZONE, '1')], { a: 100, b: 75, c: 0 }],
    ['nothing matches', [prefers(2, 'disk', 'tape')], { a: 0, b: 0, c: 0 }],
    ['a term that says nothing', [prefers(9, ''), prefers(1, 'disk', 'ssd')], { a: 100, b: 0, c: 0 }],
  ])('%s', (_rule, terms, expected) => {
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } };
    const nodes = [named('a', { disk: 'ssd', [ZONE]: '1' }), named('b', { [ZONE]: '1' }), named('c')];
    expect(scores(nodeAffinityScore, testPod('p', {}, { affinity }), testCluster(nodes))).toEqual(expected);
  });

  const soft = (...keys: string[]) => ({ taints: keys.map((key) => ({ key, effect: 'PreferNoSchedule' as const })) });
  it.each<[rule: string, tolerations: NonNullable<PodSpec['tolerations']>, expected: object]>([
    ['the more taints, the worse', [], { a: 100, b: 50, c: 0 }],
    ['those that are tolerated do not count', [{ key: 'x', operator: 'Exists' }], { a: 100, b: 100, c: 0 }],
    ['all are tolerated', [{ operator: 'Exists' }], { a: 100, b: 100, c: 100 }],
    [
      'tolerated with another effect',
      [{ key: 'x', operator: 'Exists', effect: 'NoSchedule' }],
      { a: 100, b: 50, c: 0 },
    ],
  ])('%s', (_rule, tolerations, expected) => {
    const nodes = [named('a'), testNode('b', { spec: soft('x') }), testNode('c', { spec: soft('x', 'y') })];
    expect(scores(taintTolerationScore, testPod('p', {}, { tolerations }), testCluster(nodes))).toEqual(expected);
  });
});
