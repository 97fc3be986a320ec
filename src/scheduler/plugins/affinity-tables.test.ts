import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { refusalsOf, runningPod, testNode } from '../testing.ts';
import { has, labelled, lacks, noneOf, oneOf, REGION, type Term, to, ZONE } from './testing.ts';

type PodSpec = NonNullable<Pod['spec']>;

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
