import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { ClusterState } from '../cluster/cluster-state.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import { spreadSelectionOf } from '../cluster/pod-term.ts';
import { outcome, testCluster, testNode, testPod } from '../testing.ts';
import { interPodAffinityScore } from './inter-pod-affinity.ts';
import { podTopologySpreadScore } from './pod-topology-spread.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Term = NonNullable<
  NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];
type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];

const ZONE = 'zone';
const HOST = 'kubernetes.io/hostname';

/** Nodes `a1`, `a2` in zone a and `b1` in zone b; `x` is in none. */
const nodes = ['a1', 'a2', 'b1'].map((name) => testNode(name, { labels: { [HOST]: name, [ZONE]: name.slice(0, 1) } }));
const outside = testNode('x', { labels: { [HOST]: 'x' } });

function labelled(
  name: string,
  labels: Record<string, string>,
  over: Partial<PodSpec> = {},
  namespace = 'default',
): Pod {
  const pod = testPod(name, {}, over);
  return { ...pod, metadata: { ...pod.metadata, namespace, labels } };
}

const on = (nodeName: string, pod: Pod): Pod => ({ ...pod, spec: { containers: [], ...pod.spec, nodeName } });
const term = (app: string, topologyKey: string, over: Partial<Term> = {}): Term => ({
  topologyKey,
  labelSelector: { matchLabels: { app } },
  ...over,
});
const near = (...terms: Term[]): Partial<PodSpec> => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const apart = (...terms: Term[]): Partial<PodSpec> => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const prefers = (kind: 'podAffinity' | 'podAntiAffinity', podAffinityTerm: Term): Partial<PodSpec> => ({
  affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] } },
});
const spread = (over: Partial<Constraint> = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: ZONE,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
      ...over,
    },
  ],
});

/** Every node that the pod could be placed on. */
function feasible(pod: Pod, present: readonly Pod[], all = [...nodes, outside]): readonly string[] {
  return all
    .map(({ metadata }) => metadata.name)
    .filter((name) => {
      const selects = { nodeSelector: { [HOST]: name } };
      const rules = pod.spec?.topologySpreadConstraints?.map((rule) => ({
        ...rule,
        nodeAffinityPolicy: 'Ignore' as const,
      }));
      const only = {
        ...pod,
        spec: { containers: [], ...pod.spec, ...selects, ...(rules && { topologySpreadConstraints: rules }) },
      };
      return outcome(only, testCluster(all, present)) === name;
    });
}

const web = (name: string, node: string, over: Partial<PodSpec> = {}) => on(node, labelled(name, { app: 'web' }, over));

describe('pod affinity', () => {
  it.each<[rule: string, pod: Pod, present: readonly Pod[], feasible: readonly string[]]>([
    ['near: the same zone', labelled('p', {}, near(term('web', ZONE))), [web('w', 'a1')], ['a1', 'a2']],
    ['near: the same host', labelled('p', {}, near(term('web', HOST))), [web('w', 'a1')], ['a1']],
    ['near: nobody there', labelled('p', {}, near(term('web', ZONE))), [], []],
    [
      'near: the first of its own group',
      labelled('p', { app: 'web' }, near(term('web', ZONE))),
      [],
      ['a1', 'a2', 'b1'],
    ],
    [
      'near: the first of its own group in the topology, as the other is in no zone',
      labelled('p', { app: 'web' }, near(term('web', ZONE))),
      [web('w', 'x')],
      ['a1', 'a2', 'b1'],
    ],
    [
      'near: all terms by the same pods',
      labelled('p', {}, near(term('web', ZONE), term('db', ZONE))),
      [web('w', 'a1'), on('a1', labelled('d', { app: 'db' }))],
      [],
    ],
    ['apart: another zone', labelled('p', {}, apart(term('web', ZONE))), [web('w', 'a1')], ['b1', 'x']],
    ['apart: another host', labelled('p', {}, apart(term('web', HOST))), [web('w', 'a1')], ['a2', 'b1', 'x']],
    ['apart: the others want it', labelled('p', { app: 'p' }), [web('w', 'a1', apart(term('p', ZONE)))], ['b1', 'x']],
    [
      'only in its own namespace',
      labelled('p', {}, apart(term('web', ZONE)), 'other'),
      [web('w', 'a1')],
      ['a1', 'a2', 'b1', 'x'],
    ],
    [
      'in the namespaces that it names',
      labelled('p', {}, apart(term('web', ZONE, { namespaces: ['default'] })), 'other'),
      [web('w', 'a1')],
      ['b1', 'x'],
    ],
    [
      'in all namespaces',
      labelled('p', {}, apart(term('web', ZONE, { namespaceSelector: {} })), 'other'),
      [web('w', 'a1')],
      ['b1', 'x'],
    ],
    [
      'with the values of its own labels',
      labelled('p', { app: 'web', hash: '2' }, apart(term('web', ZONE, { matchLabelKeys: ['hash'] }))),
      [on('a1', labelled('old', { app: 'web', hash: '1' })), on('b1', labelled('new', { app: 'web', hash: '2' }))],
      ['a1', 'a2', 'x'],
    ],
  ])('%s', (_rule, pod, present, expected) => {
    expect(feasible(pod, present)).toEqual(expected);
  });

  it('follows the labels of namespaces', () => {
    const cluster = testCluster(nodes, [web('w', 'a1')]);
    const pod = labelled(
      'p',
      {},
      near(term('web', HOST, { namespaceSelector: { matchLabels: { team: 'a' } } })),
      'other',
    );
    expect(outcome(pod, cluster)).toContain("3 node(s) didn't match pod affinity rules");
    cluster.setNamespace('default', { team: 'a' });
    expect(outcome(pod, cluster)).toBe('a1');
  });

  it.each<[rule: string, pod: Pod, present: readonly Pod[], best: string]>([
    ['prefers to be near', labelled('p', {}, prefers('podAffinity', term('web', HOST))), [web('w', 'b1')], 'b1'],
    ['prefers to be apart', labelled('p', {}, prefers('podAntiAffinity', term('web', ZONE))), [web('w', 'a1')], 'b1'],
    ['is preferred', labelled('p', { app: 'p' }), [web('w', 'a2', prefers('podAffinity', term('p', HOST)))], 'a2'],
    ['is needed', labelled('p', { app: 'p' }), [web('w', 'a2', near(term('p', HOST)))], 'a2'],
  ])('%s', (_rule, pod, present, best) => {
    expect(outcome(pod, testCluster(nodes, present))).toBe(best);
  });

  it('rounds as the original does: 100 × 0.29 is a little less than 29', () => {
    const cluster = testCluster(nodes, []);
    const weights = { a1: 29, a2: 100 };
    const preferred = Object.entries(weights).map(([name, weight]) => ({
      weight,
      podAffinityTerm: term(name, HOST),
    }));
    for (const name of Object.keys(weights)) cluster.setPod(on(name, labelled(name, { app: name })));
    const affinity = { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
    const scorer = interPodAffinityScore.prepare(podInfoOf(labelled('p', {}, { affinity })), cluster, cluster.nodes);
    const scores = cluster.nodes.map((node) => scorer?.score(node) ?? Number.NaN);
    expect(scores).toEqual([29, 100, 0]);
    scorer?.normalize?.(scores);
    expect(scores).toEqual([28, 100, 0]);
  });

  it('says what kept it from the nodes', () => {
    const refused = outcome(
      labelled('p', {}, apart(term('web', ZONE))),
      testCluster(nodes, [web('w', 'a1'), web('v', 'b1')]),
    );
    expect(refused).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. " +
        'preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
    );
  });
});

describe('topology spread', () => {
  const pod = (over: Partial<Constraint> = {}) => labelled('p', { app: 'web' }, spread(over));
  it.each<[rule: string, pod: Pod, present: readonly Pod[], feasible: readonly string[]]>([
    ['anywhere at first, where there is the label', pod(), [], ['a1', 'a2', 'b1']],
    ['not where there are more already', pod(), [web('w', 'a1')], ['b1']],
    ['as many more as maxSkew allows', pod({ maxSkew: 2 }), [web('w', 'a1')], ['a1', 'a2', 'b1']],
    ['pods that it does not select do not count', pod(), [on('a1', labelled('d', { app: 'db' }))], ['a1', 'a2', 'b1']],
    [
      'an empty selector counts nobody',
      pod({ labelSelector: {} }),
      [web('w', 'a1'), web('v', 'a1')],
      ['a1', 'a2', 'b1'],
    ],
    ['too few domains: nothing is the least', pod({ minDomains: 3 }), [web('w', 'a1'), web('v', 'b1')], []],
    [
      'pods that are being deleted do not count',
      pod(),
      [{ ...web('w', 'a1'), metadata: { ...web('w', 'a1').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      ['a1', 'a2', 'b1'],
    ],
  ])('%s', (_rule, spreadPod, present, expected) => {
    expect(feasible(spreadPod, present)).toEqual(expected);
  });

  it('counts only nodes that the pod may use', () => {
    const only = { ...spread(), nodeSelector: { [ZONE]: 'a' } };
    expect(outcome(labelled('p', { app: 'web' }, only), testCluster(nodes, [web('w', 'a1'), web('v', 'a2')]))).toMatch(
      /^a/,
    );
  });

  it('that nobody asked for counts the zones of the nodes that the pod selects', () => {
    const labels = { [HOST]: 'c1', 'topology.kubernetes.io/zone': 'a', pool: 'other' };
    const zoned = nodes.map((node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: { ...node.metadata.labels, 'topology.kubernetes.io/zone': node.metadata.name.slice(0, 1), pool: 'own' },
      },
    }));
    const siblings = spreadSelectionOf('default', { matchLabels: { app: 'web' } });
    const cluster = new ClusterState({ siblingsOf: () => siblings });
    for (const node of [...zoned, testNode('c1', { labels })]) cluster.setNode(node);
    for (const each of [web('w', 'c1'), web('v', 'c1'), web('u', 'b1')]) cluster.setPod(each);
    const selecting = { ...labelled('p', { app: 'web' }, { nodeSelector: { pool: 'own' } }) };
    const prepared = podTopologySpreadScore.prepare(podInfoOf(selecting), cluster, cluster.nodes);
    const scores = cluster.nodes.slice(0, 3).map((node) => prepared?.score(node));
    // By host name maxSkew 3 gives 2 points, by zone maxSkew 5 gives 4; one pod counts log(size + 2) for each.
    expect(scores).toEqual([6, 6, Math.round(6 + Math.log(6) + Math.log(4))]);
  });

  it('that nobody asked for counts nodes without a zone as one', () => {
    const siblings = spreadSelectionOf('default', { matchLabels: { app: 'web' } });
    const cluster = new ClusterState({ siblingsOf: () => siblings });
    for (const name of ['m', 'n']) {
      const zone = name === 'm' ? { 'topology.kubernetes.io/zone': 'a' } : {};
      cluster.setNode(testNode(name, { labels: { [HOST]: name, ...zone } }));
    }
    for (const name of ['u', 'v', 'w']) cluster.setPod(web(name, 'm'));
    const prepared = podTopologySpreadScore.prepare(podInfoOf(labelled('p', {})), cluster, cluster.nodes);
    const scores = cluster.nodes.map((node) => prepared?.score(node));
    expect(scores).toEqual([Math.round(6 + 3 * Math.log(4) + 3 * Math.log(4)), 2]);
  });

  it('prefers the emptier zone', () => {
    const soft = labelled('p', { app: 'web' }, spread({ whenUnsatisfiable: 'ScheduleAnyway' }));
    expect(outcome(soft, testCluster([...nodes, outside], [web('w', 'a1'), web('v', 'a2')]))).toBe('b1');
  });
});

it('prefers the node that has the image', () => {
  const images = [{ names: ['app:latest'], sizeBytes: 900 * 1024 * 1024 }];
  const [first, second] = [testNode('n1'), testNode('n2')];
  const cluster = testCluster([first, { ...second, status: { ...second.status, images } }]);
  expect(outcome(testPod('p'), cluster)).toBe('n2');
});

describe('counting as pods come and go', () => {
  const app = fc.constantFrom('a', 'b');
  const change = fc.record({
    id: fc.nat(6),
    node: fc.nat(3),
    app,
    other: app,
    kind: fc.constantFrom('plain', 'apart', 'gone'),
  });

  it('finds what a look at all pods finds', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), app, (changes, wanted) => {
        const cluster = testCluster([...nodes, outside]);
        const present = new Map<string, Pod>();
        const probe = labelled('probe', { app: wanted }, apart(term('a', ZONE)));
        const same = labelled('same', { app: wanted }, near(term('b', ZONE)));
        const even = labelled('even', { app: wanted }, spread({ labelSelector: { matchLabels: { app: 'a' } } }));
        for (const { id, node, app: own, other, kind } of changes) {
          const name = `p${id}`;
          const before = present.get(name);
          if (before !== undefined) cluster.removePod(before.metadata.uid);
          present.delete(name);
          if (kind === 'gone') continue;
          const nodeName = [...nodes, outside][node]?.metadata.name ?? '';
          const pod = on(nodeName, labelled(name, { app: own }, kind === 'apart' ? apart(term(other, ZONE)) : {}));
          present.set(name, pod);
          cluster.setPod(pod);
          for (const asked of [probe, same, even]) {
            expect(outcome(asked, cluster)).toBe(
              outcome(asked, testCluster([...nodes, outside], [...present.values()])),
            );
          }
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('is undone by taking away', () => {
    const cluster = testCluster(nodes);
    const pod = labelled('w', { app: 'web' }, apart(term('web', ZONE)));
    const before = outcome(pod, cluster);
    cluster.addPodInfo(podInfoOf(pod), 'a1');
    cluster.removePod(pod.metadata.uid);
    expect(outcome(pod, cluster)).toBe(before);
  });
});
