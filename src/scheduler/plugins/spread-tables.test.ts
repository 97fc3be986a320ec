import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { refusalsOf, runningPod, testNode, testPod } from '../testing.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];

const HOST = 'kubernetes.io/hostname';
const ZONE = 'zone';

/** The cases of podtopologyspread/filtering_test.go (TestSingleConstraint, TestMultipleConstraints). */
describe('an even spread', () => {
  const UNEVEN = "node(s) didn't match pod topology spread constraints";
  const NO_LABEL = `${UNEVEN} (missing required label)`;
  const rule = (topologyKey: string, over: Partial<Constraint> = {}): Constraint => ({
    ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
    ...over,
  });
  const four = Object.entries({ a: '1', b: '1', x: '2', y: '2' }).map(([name, zone]) =>
    testNode(name, { labels: { [HOST]: name, [ZONE]: zone } }),
  );
  const tainted = { taints: [{ key: 'team', effect: 'NoSchedule' as const }] };
  const populated = (counts: Record<string, number>, app = 'web'): Pod[] =>
    Object.entries(counts).flatMap(([node, count]) =>
      Array.from({ length: count }, (_, i) => runningPod(node, `${app}-${node}-${i}`, {}, { app })),
    );
  const selects = (...names: string[]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: HOST, operator: 'In', values: names }] }],
        },
      },
    },
  });
  it.each<
    [
      rule: string,
      rules: Constraint[],
      over: { labels?: Record<string, string>; spec?: Partial<PodSpec> },
      nodes: Node[],
      present: Pod[],
      expected: string[],
    ]
  >([
    ['by host, 2/1/0/3', [rule(HOST)], {}, four, populated({ a: 2, b: 1, y: 3 }), [UNEVEN, UNEVEN, '', UNEVEN]],
    [
      'by host, 2/1/0/3, with more skew',
      [rule(HOST, { maxSkew: 2 })],
      {},
      four,
      populated({ a: 2, b: 1, y: 3 }),
      [UNEVEN, '', '', UNEVEN],
    ],
    [
      'a pod that does not count itself',
      [rule(HOST)],
      { labels: { app: 'db' } },
      four,
      populated({ a: 2, b: 1, y: 3 }),
      [UNEVEN, '', '', UNEVEN],
    ],
    ['by zone, 2/1', [rule(ZONE)], {}, four, populated({ a: 1, b: 1, y: 1 }), [UNEVEN, UNEVEN, '', '']],
    [
      'nodes that it does not select count nowhere: 2/~1~/~0~/3',
      [rule(HOST)],
      { spec: selects('a', 'y') },
      four,
      populated({ a: 2, b: 1, y: 3 }),
      ['', '', '', UNEVEN],
    ],
    [
      'unless they are to count',
      [rule(HOST, { nodeAffinityPolicy: 'Ignore' })],
      { spec: selects('a', 'y') },
      four,
      populated({ a: 2, b: 1, y: 3 }),
      [UNEVEN, UNEVEN, '', UNEVEN],
    ],
    [
      'a tainted node counts: 1/1/1/0',
      [rule(HOST)],
      {},
      [...four.slice(0, 3), testNode('y', { labels: { [HOST]: 'y', [ZONE]: '2' }, spec: tainted })],
      populated({ a: 1, b: 1, x: 1 }),
      [UNEVEN, UNEVEN, UNEVEN, ''],
    ],
    [
      'unless taints are honoured: 1/1/1/~0~',
      [rule(HOST, { nodeTaintsPolicy: 'Honor' })],
      {},
      [...four.slice(0, 3), testNode('y', { labels: { [HOST]: 'y', [ZONE]: '2' }, spec: tainted })],
      populated({ a: 1, b: 1, x: 1 }),
      ['', '', '', ''],
    ],
    [
      'a taint that is honoured and tolerated',
      [rule(HOST, { nodeTaintsPolicy: 'Honor' })],
      { spec: { tolerations: [{ operator: 'Exists' }] } },
      [...four.slice(0, 3), testNode('y', { labels: { [HOST]: 'y', [ZONE]: '2' }, spec: tainted })],
      populated({ a: 1, b: 1, x: 1 }),
      [UNEVEN, UNEVEN, UNEVEN, ''],
    ],
    [
      'fewer domains than there have to be, 2/2/1/2',
      [rule(HOST, { maxSkew: 2, minDomains: 5 })],
      {},
      four,
      populated({ a: 2, b: 2, x: 1, y: 2 }),
      [UNEVEN, UNEVEN, '', UNEVEN],
    ],
    [
      'as many domains as there have to be',
      [rule(HOST, { maxSkew: 2, minDomains: 4 })],
      {},
      four,
      populated({ a: 2, b: 2, x: 1, y: 2 }),
      ['', '', '', ''],
    ],
    [
      'both zone and host, 2/1/0/3',
      [rule(ZONE), rule(HOST)],
      {},
      four,
      populated({ a: 2, b: 1, y: 3 }),
      [UNEVEN, UNEVEN, '', UNEVEN],
    ],
    [
      'zone and host contradict each other, 1/1/0/2',
      [rule(ZONE), rule(HOST)],
      {},
      four,
      populated({ a: 1, b: 1, y: 1, x: 0 }),
      [UNEVEN, UNEVEN, '', UNEVEN],
    ],
    [
      'each with its own selector',
      [rule(ZONE), rule(HOST, { labelSelector: { matchLabels: { app: 'db' } } })],
      {},
      four,
      [...populated({ a: 1 }), ...populated({ x: 2, y: 1 }, 'db')],
      [UNEVEN, UNEVEN, UNEVEN, ''],
    ],
    [
      'a node without one of the labels counts nowhere',
      [rule(ZONE), rule(HOST)],
      {},
      [...four.slice(0, 3), testNode('y', { labels: { [ZONE]: '3' } })],
      populated({ a: 1, x: 1 }),
      [UNEVEN, '', UNEVEN, NO_LABEL],
    ],
    [
      'pods of the same label value only',
      [rule(HOST, { matchLabelKeys: ['hash'] })],
      { labels: { app: 'web', hash: '2' } },
      four.slice(0, 2),
      [runningPod('a', 'o', {}, { app: 'web', hash: '1' }), runningPod('b', 'n', {}, { app: 'web', hash: '2' })],
      ['', UNEVEN],
    ],
  ])('%s', (_rule, topologySpreadConstraints, { labels = { app: 'web' }, spec }, nodes, present, expected) => {
    const pod = testPod('p', {}, { topologySpreadConstraints, ...spec });
    const labelled = { ...pod, metadata: { ...pod.metadata, labels } };
    expect(refusalsOf(labelled, nodes, present, 'PodTopologySpread')).toEqual(expected);
  });
});
