import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import { refusalsOf, runningPod, testCluster, testNode, testPod } from '../testing.ts';
import { interPodAffinityScore } from './inter-pod-affinity.ts';

type PodSpec = NonNullable<Pod['spec']>;
type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
type Term = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type Wish = NonNullable<PodAffinity['preferredDuringSchedulingIgnoredDuringExecution']>[number];
type Requirement = NonNullable<NonNullable<Term['labelSelector']>['matchExpressions']>[number];

const REGION = 'region';
const ZONE = 'zone';

const to = (topologyKey: string, ...matchExpressions: Requirement[]): Term => ({
  topologyKey,
  labelSelector: { matchExpressions },
});
const has = (key: string): Requirement => ({ key, operator: 'Exists' });
const lacks = (key: string): Requirement => ({ key, operator: 'DoesNotExist' });
const oneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: 'In', values });
const noneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: 'NotIn', values });
const labelled = (spec: Partial<PodSpec>, labels: Record<string, string>, namespace = 'default'): Pod => {
  const pod = testPod('p', {}, spec);
  return { ...pod, metadata: { ...pod.metadata, namespace, labels } };
};

/** The cases of interpodaffinity/filtering_test.go (TestRequiredAffinitySingleNode, TestRequiredAffinityMultipleNodes) that are left. */
describe('pods that keep together and apart, node by node', () => {
  const NEAR = "node(s) didn't match pod affinity rules";
  const OWN = "node(s) didn't match pod anti-affinity rules";
  const THEIRS = "node(s) didn't satisfy existing pods anti-affinity rules";
  const rules = (near: readonly Term[], apart: readonly Term[] = []): Partial<PodSpec> => ({
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [...near] },
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [...apart] },
    },
  });
  const apart = (...terms: Term[]) => rules([], terms);
  const other = (
    nodeName: string,
    labels: Record<string, string>,
    spec: Partial<PodSpec> = {},
    namespace = 'default',
  ) => {
    const pod = runningPod(nodeName, `${nodeName}-${Object.keys(labels).join('-')}`, spec, labels);
    return { ...pod, metadata: { ...pod.metadata, namespace } };
  };
  const at = (name: string, region: string, zone?: string): Node =>
    testNode(name, { labels: { [REGION]: region, ...(zone === undefined ? {} : { [ZONE]: zone }) } });
  const one = [at('a', 'r1', 'z1')];
  /** In one region. */
  const two = [at('a', 'r1', 'z1'), at('b', 'r1', 'z2')];
  const countries = [at('a', 'china'), at('b', 'china', 'az1'), at('c', 'india')];
  const scan = { service: 'scan' };
  const s1 = { security: 's1' };

  it.each<[rule: string, pod: Pod, nodes: Node[], present: Pod[], refusals: string[]]>([
    [
      'near one of some values',
      labelled(rules([to(REGION, oneOf('service', 'scan', 'v2'))]), s1),
      one,
      [other('a', scan)],
      [''],
    ],
    [
      'near none of some values',
      labelled(rules([to(REGION, noneOf('service', 'v3'))]), s1),
      one,
      [other('a', scan)],
      [''],
    ],
    [
      'near, in a namespace where nobody is',
      labelled(rules([{ ...to(REGION, oneOf('service', 'scan')), namespaces: ['elsewhere'] }]), s1),
      one,
      [other('a', scan, {}, 'ns')],
      [NEAR],
    ],
    [
      'near somebody else',
      labelled(rules([to(REGION, oneOf('service', 'virus', 'v2'))]), scan),
      one,
      [other('a', scan)],
      [NEAR],
    ],
    [
      'near by two terms, each of several requirements',
      labelled(
        rules([
          to(REGION, has('service'), lacks('wrong')),
          to(REGION, oneOf('service', 'scan'), noneOf('service', 'other')),
        ]),
        s1,
      ),
      one,
      [other('a', scan)],
      [''],
    ],
    [
      'one requirement of one term is not met',
      labelled(
        rules([
          to(REGION, has('service'), lacks('wrong')),
          to(REGION, oneOf('service', 'scan2'), noneOf('service', 'other')),
        ]),
        s1,
      ),
      one,
      [other('a', scan)],
      [NEAR],
    ],
    [
      'near, and apart from nobody who is there',
      labelled(rules([to(REGION, oneOf('service', 'scan'))], [to(ZONE, oneOf('service', 'virus'))]), s1),
      one,
      [other('a', scan, apart(to(ZONE, oneOf('service', 'virus'))))],
      [''],
    ],
    [
      'near, and apart from the same',
      labelled(rules([to(REGION, oneOf('service', 'scan'))], [to(ZONE, oneOf('service', 'scan'))]), s1),
      one,
      [other('a', scan)],
      [OWN],
    ],
    [
      'near one who keeps apart from it',
      labelled(rules([to(REGION, oneOf('service', 'scan'))], [to(ZONE, oneOf('service', 'virus'))]), scan),
      one,
      [other('a', scan, apart(to(ZONE, oneOf('service', 'scan'))))],
      [THEIRS],
    ],
    [
      'near all but its own kind, of whom one runs',
      labelled(rules([to(REGION, noneOf('service', 'scan'))]), scan),
      one,
      [other('a', scan)],
      [NEAR],
    ],
    [
      'the other keeps apart',
      labelled({}, scan),
      one,
      [other('a', scan, apart(to(ZONE, oneOf('service', 'scan'))))],
      [THEIRS],
    ],
    [
      'the other keeps apart from others',
      labelled({}, scan),
      one,
      [other('a', scan, apart(to(ZONE, noneOf('service', 'scan'))))],
      [''],
    ],
    [
      'one term of two, the other keeps apart from its own kind',
      labelled(apart(to(ZONE, has('service')), to(ZONE, has('security'))), scan),
      one,
      [other('a', s1, apart(to(ZONE, has('security'))))],
      [OWN],
    ],
    [
      'the same the other way about',
      labelled(apart(to(ZONE, has('security'))), s1),
      one,
      [other('a', scan, apart(to(ZONE, has('service')), to(ZONE, has('security'))))],
      [THEIRS],
    ],
    [
      'both keep apart from both, each has one label',
      labelled(apart(to(ZONE, has('abc')), to(ZONE, has('def'))), { abc: '', xyz: '' }),
      one,
      [other('a', { def: '', xyz: '' }, apart(to(ZONE, has('abc')), to(ZONE, has('def'))))],
      [OWN],
    ],
    [
      'all nodes of the region',
      labelled(rules([to(REGION, oneOf('foo', 'bar'))]), {}),
      countries,
      [other('a', { foo: 'bar' })],
      ['', '', NEAR],
    ],
    [
      'the first of those that match all terms goes anywhere, whoever matches one',
      labelled(rules([to(ZONE, oneOf('foo', 'bar')), to(ZONE, oneOf('service', 'scan'))]), { foo: 'bar', ...scan }),
      two,
      [other('a', { foo: 'bar' })],
      ['', ''],
    ],
    [
      'apart by region',
      labelled(apart(to(REGION, oneOf('foo', 'abc'))), {}),
      countries,
      [other('a', { foo: 'abc' })],
      [OWN, OWN, ''],
    ],
    [
      'apart by any of two terms',
      labelled(apart(to(REGION, oneOf('foo', 'abc')), to(ZONE, oneOf('service', 'scan'))), {}),
      two,
      [other('a', { foo: 'abc', ...scan })],
      [OWN, OWN],
    ],
    [
      'apart from one of its namespace, and another of another namespace from it',
      labelled(apart(to(REGION, oneOf('foo', 'bar'))), { foo: '123' }, 'ns1'),
      countries,
      [other('a', { foo: 'bar' }, {}, 'ns1'), other('c', {}, apart(to(REGION, oneOf('foo', '123'))), 'ns2')],
      [OWN, OWN, ''],
    ],
    [
      'the others keep apart by a label that no node has',
      labelled({}, { foo: '' }),
      two,
      [other('a', {}, apart(to('none', has('foo'))))],
      ['', ''],
    ],
    [
      'apart by a label that no node has',
      labelled(apart(to('none', has('foo'))), {}),
      two,
      [other('a', { foo: '' })],
      ['', ''],
    ],
    [
      'two others keep apart from it, one by zone and one by region',
      labelled({}, { foo: '', bar: '' }),
      two,
      [other('a', { x: '' }, apart(to(ZONE, has('foo')))), other('a', { y: '' }, apart(to(REGION, has('bar'))))],
      [THEIRS, THEIRS],
    ],
    [
      'apart from two, from one by zone and from one by region',
      labelled(apart(to(ZONE, has('foo')), to(REGION, has('bar'))), {}),
      two,
      [other('a', { foo: '' }), other('b', { bar: '' })],
      [OWN, OWN],
    ],
    [
      'the other keeps apart by a label that no node has, and by zone',
      labelled({}, { foo: '', bar: '' }),
      two,
      [other('a', {}, apart(to('none', has('foo')), to(ZONE, has('bar'))))],
      [THEIRS, ''],
    ],
    [
      'apart by a label that no node has, and by zone',
      labelled(apart(to('none', has('foo')), to(ZONE, has('bar'))), {}),
      two,
      [other('a', { foo: '', bar: '' })],
      [OWN, ''],
    ],
    [
      'the other keeps apart by region and by zone',
      labelled({}, { foo: '', bar: '' }),
      two,
      [other('a', {}, apart(to(REGION, has('foo')), to(ZONE, has('bar'))))],
      [THEIRS, THEIRS],
    ],
    [
      'apart by region and by zone',
      labelled(apart(to(REGION, has('foo')), to(ZONE, has('bar'))), {}),
      two,
      [other('a', { foo: '', bar: '' })],
      [OWN, OWN],
    ],
    [
      'one term of each of two others',
      labelled({}, { foo: '', bar: '' }),
      [...two, at('c', 'r1', 'z3')],
      [
        other('a', {}, apart(to(ZONE, has('foo')), to(ZONE, has('labelA')))),
        other('b', {}, apart(to(ZONE, has('bar')), to(ZONE, has('labelB')))),
      ],
      [THEIRS, THEIRS, ''],
    ],
    [
      'near one pod by two terms, by region and by zone',
      labelled(rules([to(REGION, has('foo')), to(ZONE, has('bar'))]), {}),
      [at('a', 'r1', 'z1'), at('b', 'r1', 'z1'), at('c', 'r1', 'z2')],
      [other('a', { foo: '', bar: '' })],
      ['', '', NEAR],
    ],
    [
      'two terms that two pods meet',
      labelled(rules([to(REGION, has('foo')), to(ZONE, has('bar'))]), {}),
      two,
      [other('a', { foo: '' }), other('b', { bar: '' })],
      [NEAR, NEAR],
    ],
  ])('%s', (_rule, pod, nodes, present, refusals) => {
    expect(refusalsOf(pod, nodes, present, 'InterPodAffinity')).toEqual(refusals);
  });
});

/** The cases of interpodaffinity/scoring_test.go that those of `score-tables.test.ts` leave out. */
describe('scores by other pods, node by node', () => {
  const TEAMS = { 'sub1.team1': 'team1', 'sub2.team1': 'team1', 'sub1.team2': 'team2', 'sub2.team2': 'team2' };
  const wish = (weight: number, podAffinityTerm: Term): Wish => ({ weight, podAffinityTerm });
  const near = (...wishes: Wish[]): Partial<PodSpec> => ({
    affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: wishes } },
  });
  const away = (...wishes: Wish[]): Partial<PodSpec> => ({
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: wishes } },
  });
  const needs = (...terms: Term[]): Partial<PodSpec> => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  });
  const inTeam1 = {
    namespaces: ['sub2.team2'],
    namespaceSelector: { matchExpressions: [oneOf('team', 'team1')] },
  };
  const s1 = { security: 's1' };
  const s2 = { security: 's2' };
  const toS1 = to(REGION, oneOf('security', 's1'));
  const nearS1 = near(wish(5, toS1));
  const nearS2 = near(wish(6, to(REGION, oneOf('security', 's2'))));
  const awayFromS1 = away(wish(5, to('az', oneOf('security', 's1'))));
  const awayFromS2 = away(wish(5, to('az', oneOf('security', 's2'))));
  const both = { affinity: { ...near(wish(8, toS1)).affinity, ...awayFromS2.affinity } };
  const nearTeam1 = near(wish(5, { ...toS1, ...inTeam1 }));
  const awayFromTeam1 = away(wish(5, { ...toS1, ...inTeam1 }));
  const chosen = needs(to(REGION, oneOf('security', 's1', 'v2')), to(REGION, has('security'), lacks('wrong')));
  const service = needs({
    ...to(REGION, oneOf('service', 's1')),
    ...{ namespaces: ['default', 'sub2.team2'], namespaceSelector: inTeam1.namespaceSelector },
  });
  let count = 0;
  const on = (nodeName: string, labels: Record<string, string>, spec: Partial<PodSpec> = {}, namespace = 'default') => {
    const pod = runningPod(nodeName, `w${count++}`, spec, labels);
    return { ...pod, metadata: { ...pod.metadata, namespace } };
  };
  const node = (name: string, labels: Record<string, string>) => testNode(name, { labels });
  const china = { [REGION]: 'china' };
  const india = { [REGION]: 'india' };
  const az1 = { az: 'az1' };
  const az2 = { az: 'az2' };
  const three = [node('a', china), node('b', india), node('c', az1)];
  const two = [node('a', china), node('b', india)];

  it.each<[rule: string, pod: Pod, nodes: Node[], present: Pod[], expected: number[]]>([
    ['nothing is wanted', labelled({}, s1), three, [], [0, 0, 0]],
    [
      'near, by a label that one of two nodes with such a pod does not have',
      labelled(nearS1, s1),
      three,
      [on('a', s1), on('b', s2), on('c', s1)],
      [100, 0, 0],
    ],
    [
      'the region with more of them',
      labelled(nearS2, s1),
      [node('a', china), node('b', india), node('c', china), node('d', china), node('e', india)],
      ['a', 'a', 'b', 'c', 'd', 'e'].map((name) => on(name, s2)),
      [100, 0, 100, 100, 0],
    ],
    [
      'two wishes of several requirements',
      labelled(
        near(
          wish(8, to(REGION, noneOf('security', 's1'), oneOf('security', 's2'))),
          wish(2, to(REGION, has('security'), lacks('wrong'))),
        ),
        s1,
      ),
      three,
      [on('a', s1), on('b', s2), on('c', s1)],
      [20, 100, 0],
    ],
    ['one of two others wants it', labelled({}, s2), three, [on('a', s1, nearS1), on('b', s2, nearS2)], [0, 100, 0]],
    [
      'another wants those of some namespaces',
      labelled({}, s1, 'sub1.team1'),
      three,
      [on('a', s1, nearTeam1), on('b', s2, nearS2)],
      [100, 0, 0],
    ],
    [
      'another keeps away from those of some namespaces',
      labelled({}, s1, 'sub1.team1'),
      three,
      [on('a', s1, awayFromTeam1), on('b', s2, nearS2)],
      [0, 100, 100],
    ],
    ['others need it', labelled({}, s1), three, [on('a', s1, chosen), on('b', s2, chosen)], [100, 100, 0]],
    [
      'away from one, and not from another',
      labelled(awayFromS1, s1),
      [node('a', az1), node('b', china)],
      [on('a', s1), on('b', s2)],
      [0, 100],
    ],
    [
      'away, by a label that one of two nodes with such a pod does not have',
      labelled(awayFromS1, s1),
      [node('a', az1), node('b', china)],
      [on('a', s1), on('b', s1)],
      [0, 100],
    ],
    [
      'one other keeps away from it',
      labelled({}, s2),
      [node('a', az1), node('b', az2)],
      [on('a', s1, awayFromS2), on('b', s2, awayFromS1)],
      [0, 100],
    ],
    [
      'near by region and away by zone, its own kind',
      labelled(both, s1),
      [node('a', { ...china, ...az1 }), node('b', india), node('c', china), node('d', china), node('e', india)],
      ['a', 'a', 'b', 'c', 'c', 'd', 'e'].map((name) => on(name, s1)),
      [100, 0, 100, 100, 0],
    ],
    [
      'near and away, both ways',
      labelled(both, s1),
      [node('a', china), node('b', az1), node('c', india), node('d', az2)],
      [on('a', s1), on('b', s2), on('c', {}, both), on('d', {}, awayFromS1)],
      [100, 0, 100, 0],
    ],
    [
      'all are worth the same',
      labelled({}, s1),
      [node('a', china), node('b', china)],
      [on('a', s1), on('b', {}, both)],
      [0, 0],
    ],
    [
      'near those of the selected namespaces',
      labelled(nearTeam1, s1, 'sub1.team1'),
      two,
      [
        on('a', s1, {}, 'sub1.team1'),
        on('a', s1, {}, 'sub1.team1'),
        on('a', s1, {}, 'sub1.team2'),
        on('b', s1, {}, 'sub2.team1'),
      ],
      [100, 0],
    ],
    [
      'near those of the named namespaces, too: two more here, one more there',
      labelled(nearTeam1, s1, 'sub1.team1'),
      [...two, node('c', { [REGION]: 'peru' })],
      [
        on('a', s1, {}, 'sub1.team1'),
        on('a', s1, {}, 'sub2.team2'),
        on('a', s1, {}, 'sub1.team2'),
        on('b', s1, {}, 'sub2.team1'),
      ],
      [100, 50, 0],
    ],
    [
      'away from those of the selected namespaces',
      labelled(awayFromTeam1, s1, 'sub1.team1'),
      two,
      [
        on('a', s1, {}, 'sub1.team1'),
        on('a', s1, {}, 'sub1.team1'),
        on('a', s1, {}, 'sub1.team2'),
        on('b', s1, {}, 'sub2.team1'),
      ],
      [0, 100],
    ],
    [
      'one other wants it, one keeps away from it',
      labelled({}, s2),
      two,
      [on('a', s1, both), on('b', s2, nearS2)],
      [0, 100],
    ],
    [
      'others need those of a namespace that is named',
      labelled({}, { service: 's1' }),
      three,
      [on('a', {}, service), on('b', {}, service)],
      [100, 100, 0],
    ],
    [
      'others need those of other namespaces',
      labelled({}, { service: 's1' }, 'sub1.team2'),
      three,
      [on('a', {}, service), on('b', {}, service)],
      [0, 0, 0],
    ],
    [
      'others need those of a selected namespace',
      labelled({}, { service: 's1' }, 'sub1.team1'),
      three,
      [on('a', {}, service), on('b', {}, service)],
      [100, 100, 0],
    ],
    [
      'others need those of another named namespace',
      labelled({}, { service: 's1' }, 'sub2.team2'),
      three,
      [on('a', {}, service), on('b', {}, service)],
      [100, 100, 0],
    ],
  ])('%s', (_rule, pod, nodes, present, expected) => {
    const cluster = testCluster(nodes);
    for (const [name, team] of Object.entries(TEAMS)) cluster.setNamespace(name, { team });
    for (const other of present) cluster.setPod(other);
    const scorer = interPodAffinityScore.prepare(podInfoOf(pod), cluster, cluster.nodes);
    const values = cluster.nodes.map((info) => scorer?.score(info) ?? 0);
    scorer?.normalize?.(values);
    expect(values).toEqual(expected);
  });
});
