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

  const having = (node: string, name: string, ...keys: string[]): Pod =>
    runningPod(node, name, {}, Object.fromEntries(keys.map((key) => [key, ''])));
  const by = (topologyKey: string, key: string, over: Partial<Constraint> = {}): Constraint =>
    rule(topologyKey, { labelSelector: { matchExpressions: [{ key, operator: 'Exists' }] }, ...over });
  const own = (name: string, zone: string, labels: Record<string, string> = {}, spec?: Node['spec']): Node =>
    testNode(name, { labels: { [HOST]: name, [ZONE]: zone, ...labels }, ...(spec === undefined ? {} : { spec }) });
  const marked = (name: string, zone: string, spec?: Node['spec']) => own(name, zone, { pool: 'own' }, spec);
  const UNSELECTIVE: Constraint = { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule' };
  const SELECTING: Partial<PodSpec> = { nodeSelector: { pool: 'own' } };

  // The rest of that table; pods are given by where they are and which labels they have, `2:foo` for two.
  it.each<
    [
      what: string,
      rules: Constraint[],
      labels: readonly string[],
      nodes: Node[],
      present: Readonly<Record<string, string>>,
      expected: string,
      spec?: Partial<PodSpec>,
    ]
  >([
    ['nobody is there', [by(ZONE, 'foo')], ['foo'], four, {}, 'a b x y'],
    ['it does not count itself, and nobody is there', [by(ZONE, 'bar')], ['foo'], four, {}, 'a b x y'],
    ['no selector', [UNSELECTIVE], ['foo'], four, { x: 'foo', y: 'foo' }, 'a b x y'],
    [
      'no selector, whatever else is to be the same',
      [{ ...UNSELECTIVE, matchLabelKeys: ['foo'] }],
      ['foo'],
      four,
      { a: '2:foo', b: 'foo', y: 'foo' },
      'a b x y',
    ],
    [
      'an empty selector with what is to be the same',
      [rule(ZONE, { labelSelector: {}, matchLabelKeys: ['foo'] })],
      ['foo'],
      four,
      { a: '2:foo', b: 'foo', y: '2:foo' },
      'x y',
    ],
    [
      'a key that it does not have asks for nothing',
      [by(ZONE, 'foo', { matchLabelKeys: ['bar'] })],
      ['foo'],
      four,
      { a: '2:foo', b: 'foo', y: '2:foo,bar' },
      'x y',
    ],
    ['3/3', [by(ZONE, 'foo')], ['foo'], four, { a: '2:foo', b: 'foo', y: '3:foo' }, 'a b x y'],
    [
      'a node whose label is misspelt',
      [by(ZONE, 'foo')],
      ['foo'],
      [own('a', '1'), testNode('b', { labels: { zon: '1' } }), own('x', '2'), own('y', '2')],
      { a: 'foo', b: 'foo', x: 'foo', y: 'foo' },
      'a',
    ],
    ['a key that no node has', [by('rack', 'foo')], ['foo'], four, {}, ''],
    [
      'fewer zones than there have to be, 2/1',
      [by(ZONE, 'foo', { maxSkew: 2, minDomains: 3 })],
      ['foo'],
      four,
      { a: 'foo', b: 'foo', y: 'foo' },
      'x y',
    ],
    [
      'more than there have to be',
      [by(ZONE, 'foo', { maxSkew: 2, minDomains: 1 })],
      ['foo'],
      four,
      { a: 'foo', b: 'foo', y: 'foo' },
      'a b x y',
    ],
    [
      'nodes that it selects, 1/1/0/~1~',
      [by(HOST, 'foo')],
      ['foo'],
      [marked('a', '1'), marked('b', '1'), marked('x', '2'), own('y', '2')],
      { a: 'foo', b: 'foo', y: 'foo' },
      'x y',
      SELECTING,
    ],
    [
      'also others, 1/1/0/1',
      [by(HOST, 'foo', { nodeAffinityPolicy: 'Ignore' })],
      ['foo'],
      [marked('a', '1'), marked('b', '1'), marked('x', '2'), own('y', '2')],
      { a: 'foo', b: 'foo', y: 'foo' },
      'x',
      SELECTING,
    ],
    ['[3/3, 2/1/0/3]', [by(ZONE, 'foo'), by(HOST, 'foo')], ['foo'], four, { a: '2:foo', b: 'foo', y: '3:foo' }, 'x'],
    ['[3/4, 2/1/0/4]', [by(ZONE, 'foo'), by(HOST, 'foo')], ['foo'], four, { a: '2:foo', b: 'foo', y: '4:foo' }, ''],
    ['[1/0, 1/0/0/1]', [by(ZONE, 'foo'), by(HOST, 'bar')], ['foo', 'bar'], four, { a: 'foo', y: 'bar' }, 'x'],
    ['[1/0, 0/0/1/1]', [by(ZONE, 'foo'), by(HOST, 'bar')], ['foo', 'bar'], four, { a: 'foo', x: 'bar', y: 'bar' }, ''],
    [
      '[2/3, 1/0/0/1]',
      [by(ZONE, 'foo'), by(HOST, 'bar')],
      ['foo', 'bar'],
      four,
      { a: 'foo 1:foo,bar', y: '2:foo 1:foo,bar' },
      'b',
    ],
    [
      'it does not count itself for one of two',
      [by(ZONE, 'foo'), by(HOST, 'bar')],
      ['bar'],
      four,
      { a: 'foo', x: 'bar', y: 'bar' },
      'a b',
    ],
    [
      'a node without the label of the second',
      [by(ZONE, 'foo'), by(HOST, 'foo')],
      ['foo'],
      [own('a', '1'), own('b', '1'), testNode('x', { labels: { [ZONE]: '2' } }), own('y', '2')],
      { a: 'foo', y: 'foo' },
      'b',
    ],
    [
      'zones of nodes that it selects, all hosts',
      [by(ZONE, 'foo'), by(HOST, 'foo', { nodeAffinityPolicy: 'Ignore' })],
      ['foo'],
      [marked('a', '1'), marked('b', '1'), marked('x', '2'), own('y', '2')],
      { a: 'foo', b: 'foo', y: 'foo' },
      'x',
      SELECTING,
    ],
    [
      'zones of nodes without taints, all hosts',
      [by(ZONE, 'foo', { nodeTaintsPolicy: 'Honor' }), by(HOST, 'foo')],
      ['foo'],
      [...four.slice(0, 3), own('y', '2', {}, tainted)],
      { a: 'foo', b: 'foo', y: 'foo' },
      'x',
    ],
    [
      'zones and hosts of nodes that it selects, tainted or not',
      [by(ZONE, 'foo'), by(HOST, 'foo')],
      ['foo'],
      [marked('a', '1'), own('b', '1'), marked('x', '2'), marked('y', '2', tainted)],
      { a: 'foo', b: 'foo', y: 'foo' },
      'b x',
      SELECTING,
    ],
    [
      'zones of selected nodes without taints, all hosts',
      [by(ZONE, 'foo', { nodeTaintsPolicy: 'Honor' }), by(HOST, 'foo', { nodeAffinityPolicy: 'Ignore' })],
      ['foo'],
      [marked('a', '1'), own('b', '1'), marked('x', '2'), marked('y', '2', tainted)],
      { a: 'foo', b: 'foo', y: 'foo' },
      'x',
      SELECTING,
    ],
    [
      'two of one key, [2/1, 3/3]',
      [by(ZONE, 'bar'), by(ZONE, 'foo')],
      ['foo', 'bar'],
      four,
      { a: 'foo 1:foo,bar', b: '1:foo,bar', y: '2:foo 1:foo,bar' },
      'x y',
    ],
    [
      'two of one key, [2/1, 3/4]',
      [by(ZONE, 'bar'), by(ZONE, 'foo')],
      ['foo', 'bar'],
      four,
      { a: 'foo 1:foo,bar', b: '1:foo,bar', y: '3:foo 1:foo,bar' },
      '',
    ],
  ])('of labels: %s', (_what, topologySpreadConstraints, keys, nodes, present, expected, spec) => {
    const pod = testPod('p', {}, { topologySpreadConstraints, ...spec });
    const labels = Object.fromEntries(keys.map((key) => [key, '']));
    const others = Object.entries(present).flatMap(([node, groups]) =>
      groups.split(' ').flatMap((group, at) => {
        const [count, names = count] = group.includes(':') ? group.split(':') : ['1', group];
        return Array.from({ length: Number(count) }, (_, i) =>
          having(node, `${node}${at}${i}`, ...(names ?? '').split(',')),
        );
      }),
    );
    const refusals = refusalsOf({ ...pod, metadata: { ...pod.metadata, labels } }, nodes, others, 'PodTopologySpread');
    const names = nodes.map(({ metadata }) => metadata.name);
    expect(names.filter((_, at) => refusals[at] === '').join(' ')).toBe(expected);
  });
});
