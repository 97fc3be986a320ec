import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import { runningPod, testCluster, testNode } from '../testing.ts';
import { interPodAffinityScore } from './inter-pod-affinity.ts';
import { has, labelled, lacks, noneOf, oneOf, REGION, type Term, to, type Wish } from './testing.ts';

type PodSpec = NonNullable<Pod['spec']>;

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
