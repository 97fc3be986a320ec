import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import { outcome, testCluster, testNode, testPod } from '../testing.ts';
import { type DisruptionBudget, preempt } from './preempt.ts';

const small = (name: string) => testNode(name, { allocatable: { cpu: '2' } });

function runs(name: string, nodeName: string, priority: number, cpu = '1', started = '2026-01-01T00:00:00Z'): Pod {
  const pod = testPod(name, { cpu }, { nodeName, priority });
  return { ...pod, metadata: { ...pod.metadata, labels: { app: name } }, status: { startTime: started } };
}

const budget = (app: string, disruptionsAllowed = 0): DisruptionBudget => ({
  namespace: 'default',
  selector: { matchLabels: { app } },
  disruptionsAllowed,
});

function victims(pod: Pod, present: readonly Pod[], budgets: readonly DisruptionBudget[] = []): string {
  const cluster = testCluster([small('n1'), small('n2')], present);
  const found = preempt(podInfoOf(pod), cluster, { nodes: ['n1', 'n2'], budgets: () => budgets });
  expect(cluster.nodes.flatMap(({ pods }) => [...pods.keys()]).sort()).toEqual(
    present.map(({ metadata }) => metadata.uid).sort(),
  );
  return found.type === 'none'
    ? 'nobody'
    : `${found.nodeName}: ${found.victims.map(({ metadata }) => metadata.name).join(' ')}`;
}

const important = (cpu = '1') => testPod('p', { cpu }, { priority: 100 });

describe('preempt', () => {
  it.each<[rule: string, pod: Pod, present: readonly Pod[], budgets: readonly DisruptionBudget[], outcome: string]>([
    [
      'takes no more than it needs',
      important(),
      [runs('a', 'n1', 1), runs('b', 'n1', 2), runs('c', 'n2', 100, '2')],
      [],
      'n1: a',
    ],
    ['never takes an equal', important(), [runs('a', 'n1', 100, '2'), runs('b', 'n2', 200, '2')], [], 'nobody'],
    ['does nothing where it would not help', important('3'), [runs('a', 'n1', 1), runs('b', 'n2', 1)], [], 'nobody'],
    [
      'spares budgets above all',
      important(),
      [runs('a', 'n1', 1, '2'), runs('b', 'n2', 50, '2')],
      [budget('a')],
      'n2: b',
    ],
    [
      'a budget that allows it is no hindrance',
      important(),
      [runs('a', 'n1', 1, '2'), runs('b', 'n2', 50, '2')],
      [budget('a', 1)],
      'n1: a',
    ],
    [
      'breaks a budget when nothing else helps',
      important(),
      [runs('a', 'n1', 1, '2'), runs('b', 'n2', 200, '2')],
      [budget('a')],
      'n1: a',
    ],
    [
      'keeps the guarded one of two',
      important(),
      [runs('a', 'n1', 1), runs('b', 'n1', 2), runs('c', 'n2', 200, '2')],
      [budget('a')],
      'n1: b',
    ],
    [
      'counts a budget once for each pod that it guards',
      important('2'),
      [
        runs('a', 'n1', 1),
        { ...runs('a2', 'n1', 1), metadata: { ...runs('a2', 'n1', 1).metadata, labels: { app: 'a' } } },
        runs('b', 'n2', 50, '2'),
      ],
      [budget('a', 1)],
      'n2: b',
    ],
    [
      'gives back what is small enough, whatever its importance',
      important('1500m'),
      [runs('low', 'n1', 1, '500m'), runs('mid', 'n1', 50, '1500m'), runs('c', 'n2', 200, '2')],
      [],
      'n1: mid',
    ],
    [
      'takes two of different importance',
      important('1500m'),
      [
        runs('low', 'n1', 1, '500m'),
        runs('mid', 'n1', 50, '1'),
        runs('top', 'n1', 100, '500m'),
        runs('c', 'n2', 200, '2'),
      ],
      [],
      'n1: mid low',
    ],
    [
      'counts priorities below zero so that fewer victims are better',
      important('2'),
      [runs('a', 'n1', -5), runs('b', 'n1', -5), runs('c', 'n2', -5, '2')],
      [],
      'n2: c',
    ],
    [
      'takes the smaller sum, where the most important are equal',
      important('2'),
      [runs('a', 'n1', 9), runs('b', 'n1', 8), runs('c', 'n2', 9), runs('d', 'n2', 1)],
      [],
      'n2: c d',
    ],
    ['takes the least important', important(), [runs('a', 'n1', 10, '2'), runs('b', 'n2', 5, '2')], [], 'n2: b'],
    ['takes fewer', important('2'), [runs('a', 'n1', 5), runs('b', 'n1', 5), runs('c', 'n2', 5, '2')], [], 'n2: c'],
    [
      'takes the one of two equals that began last',
      important(),
      [
        runs('a', 'n1', 5, '1', '2026-01-01T00:00:00Z'),
        runs('b', 'n1', 5, '1', '2026-01-02T00:00:00Z'),
        runs('c', 'n2', 100, '2'),
      ],
      [],
      'n1: b',
    ],
    [
      'goes by the oldest of those that are most important',
      important('2'),
      [
        runs('a', 'n1', 5, '1', '2026-01-04T00:00:00Z'),
        runs('b', 'n1', 5, '1', '2026-01-02T00:00:00Z'),
        runs('c', 'n2', 5, '1', '2026-01-03T00:00:00Z'),
        runs('d', 'n2', 5, '1', '2026-01-06T00:00:00Z'),
      ],
      [],
      'n2: c d',
    ],
    [
      'and not by that of a less important one',
      important('2'),
      [
        runs('a', 'n1', 2, '1', '2026-01-04T00:00:00Z'),
        runs('b', 'n1', 5, '1', '2026-01-02T00:00:00Z'),
        runs('c', 'n2', 5, '1', '2026-01-06T00:00:00Z'),
        runs('d', 'n2', 2, '1', '2026-01-01T00:00:00Z'),
      ],
      [],
      'n2: c d',
    ],
    [
      'counts every victim that breaks a budget',
      important('2'),
      [
        runs('a', 'n1', 1),
        { ...runs('a2', 'n1', 1), metadata: { ...runs('a2', 'n1', 1).metadata, labels: { app: 'a' } } },
        runs('b', 'n2', 50),
        runs('c', 'n2', 50),
      ],
      [budget('a'), budget('b')],
      'n2: b c',
    ],
    [
      'takes what has run for less time',
      important(),
      [runs('a', 'n1', 5, '2', '2026-01-01T00:00:00Z'), runs('b', 'n2', 5, '2', '2026-01-02T00:00:00Z')],
      [],
      'n2: b',
    ],
  ])('%s', (_rule, pod, present, budgets, expected) => {
    expect(victims(pod, present, budgets)).toBe(expected);
  });

  it('makes room for a pod that another keeps away', () => {
    const labelSelector = { matchLabels: { app: 'a' } };
    const terms = [{ topologyKey: 'kubernetes.io/hostname', labelSelector }];
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const cluster = testCluster([testNode('n1', { labels: { 'kubernetes.io/hostname': 'n1' } })], [runs('a', 'n1', 1)]);
    const pod = testPod('p', {}, { priority: 100, affinity });
    expect(preempt(podInfoOf(pod), cluster, { nodes: ['n1'], budgets: () => [] })).toMatchObject({
      victims: [{ metadata: { name: 'a' } }],
    });
  });

  it('makes room where one that goes keeps away from it, and leaves the others', () => {
    const host = 'kubernetes.io/hostname';
    const terms = [{ topologyKey: host, labelSelector: { matchLabels: { app: 'p' } } }];
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const away = runs('away', 'n1', 1, '0');
    const present = [
      { ...away, spec: { containers: [], ...away.spec, affinity } },
      runs('mid', 'n1', 50, '0'),
      runs('top', 'n1', 200, '0'),
    ];
    const cluster = testCluster([testNode('n1', { labels: { [host]: 'n1' } })], present);
    const pod = important('0');
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { app: 'p' } } };
    expect(preempt(podInfoOf(labelled), cluster, { nodes: ['n1'], budgets: () => [] })).toMatchObject({
      victims: [{ metadata: { name: 'away' } }],
    });
  });

  it('makes a spread even', () => {
    const rule = (topologyKey: string) => ({
      ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule' as const },
      labelSelector: { matchLabels: { tier: 'web' } },
    });
    const zones = { a: '1', b: '1', x: '2' };
    const nodes = Object.entries(zones).map(([name, zone]) => testNode(name, { labels: { host: name, zone } }));
    const web = (name: string, node: string, priority: number): Pod => {
      const pod = runs(name, node, priority, '0');
      return { ...pod, metadata: { ...pod.metadata, labels: { tier: 'web' } } };
    };
    const present = [
      web('a1', 'a', 200),
      web('a2', 'a', 200),
      web('b1', 'b', 1),
      web('x1', 'x', 200),
      web('x2', 'x', 200),
    ];
    const pod = testPod('p', {}, { priority: 100, topologySpreadConstraints: [rule('zone'), rule('host')] });
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { tier: 'web' } } };
    const found = preempt(podInfoOf(labelled), testCluster(nodes, present), {
      nodes: ['a', 'b', 'x'],
      budgets: () => [],
    });
    expect(found).toMatchObject({ nodeName: 'b', victims: [{ metadata: { name: 'b1' } }] });
  });

  it('leaves a pod alone that has no labels, whatever a budget of its namespace selects', () => {
    const plain = (name: string, nodeName: string, priority: number): Pod => {
      const { metadata, ...pod } = runs(name, nodeName, priority, '2');
      return { ...pod, metadata: { ...metadata, labels: {} } };
    };
    const selector = { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] };
    const present = [plain('a', 'n1', 1), plain('b', 'n2', 50)];
    expect(victims(important(), present, [{ ...budget('a'), selector }])).toBe('n1: a');
  });

  it('makes no room that is kept for a more important pod', () => {
    const cluster = testCluster([small('n1')], [runs('a', 'n1', 1)]);
    cluster.nominations.set(podInfoOf(testPod('first', { cpu: '2' }, { priority: 200 })), 'n1');
    expect(preempt(podInfoOf(important()), cluster, { nodes: ['n1'], budgets: () => [] })).toEqual({
      type: 'none',
      message: 'preemption: 0/1 nodes are available: 1 Insufficient cpu.',
      plugins: ['NodeResourcesFit'],
      endsNomination: true,
    });
  });

  it('says of each node why nobody gives way there', () => {
    const cluster = testCluster(
      [small('n1'), small('n2'), small('n3')],
      [runs('a', 'n1', 1), runs('b', 'n1', 200, '1500m'), runs('c', 'n2', 100, '2')],
    );
    expect(preempt(podInfoOf(important()), cluster, { nodes: ['n1', 'n2'], budgets: () => [] })).toMatchObject({
      message:
        'preemption: 0/3 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod, ' +
        '1 Preemption is not helpful for scheduling.',
    });
  });

  it('looks on, past the number of nodes that is enough, until one breaks no budget', () => {
    const names = Array.from({ length: 103 }, (_, index) => `n${String(index).padStart(3, '0')}`);
    const present = names.map((name, index) => runs(index < 101 ? 'guarded' : 'free', name, index < 101 ? 1 : 50, '2'));
    const own = present.map((pod, index) => ({ ...pod, metadata: { ...pod.metadata, uid: `uid-${index}` } }));
    const cluster = testCluster(names.map(small), own);
    const budgets = () => [budget('guarded')];
    const found = preempt(podInfoOf(important()), cluster, { nodes: names, budgets });
    expect(found).toMatchObject({ type: 'preemption', nodeName: 'n101' });
  });

  it.each<[rule: string, victim: Pod['status'], isGoing: boolean, nodes: string[], outcome: object]>([
    [
      'does not look for more while those end that gave way',
      { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] },
      true,
      ['n1', 'n2'],
      {
        type: 'none',
        message: 'preemption: not eligible due to a terminating pod on the nominated node.',
        endsNomination: false,
      },
    ],
    ['looks again where a pod ends for another reason', {}, true, ['n1', 'n2'], { nodeName: 'n2' }],
    [
      'looks again when its node cannot take it any more',
      { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] },
      true,
      ['n2'],
      { nodeName: 'n2' },
    ],
  ])('%s', (_rule, status, isGoing, nodes, expected) => {
    const ending = runs('a', 'n1', 90, '2');
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const metadata = { ...ending.metadata, ...(isGoing ? { deletionTimestamp } : {}) };
    const cluster = testCluster(
      [small('n1'), small('n2')],
      [{ ...ending, metadata, status: { ...ending.status, ...status } }, runs('b', 'n2', 1, '2')],
    );
    cluster.nominations.set(podInfoOf(important()), 'n1');
    expect(preempt(podInfoOf(important()), cluster, { nodes, budgets: () => [] })).toMatchObject(expected);
  });

  it('keeps a node for whom it was made free', () => {
    const cluster = testCluster([small('n1')]);
    cluster.nominations.set(podInfoOf(testPod('first', { cpu: '2' }, { priority: 100 })), 'n1');
    expect(outcome(testPod('lower', { cpu: '1' }, { priority: 1 }), cluster)).toContain('Insufficient cpu');
    expect(outcome(testPod('higher', { cpu: '1' }, { priority: 200 }), cluster)).toBe('n1');
    expect(cluster.nodeNamed('n1')?.pods.size).toBe(0);
  });

  it('whoever goes, the pod fits afterwards, and giving any victim back would not do', () => {
    const present = fc.array(fc.record({ priority: fc.nat(120), cpu: fc.integer({ min: 1, max: 20 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(present, fc.integer({ min: 1, max: 25 }), (sketches, cpu) => {
        const pods: Pod[] = [];
        const free = [20, 20];
        for (const [index, sketch] of sketches.entries()) {
          const node = index % 2;
          if ((free[node] ?? 0) < sketch.cpu) continue;
          free[node] = (free[node] ?? 0) - sketch.cpu;
          pods.push(runs(`r${index}`, `n${node + 1}`, sketch.priority, `${sketch.cpu * 100}m`));
        }
        const pod = testPod('p', { cpu: `${cpu * 100}m` }, { priority: 60 });
        const nodes = [small('n1'), small('n2')];
        const options = { nodes: ['n1', 'n2'], budgets: () => [] };
        const found = preempt(podInfoOf(pod), testCluster(nodes, pods), options);
        if (found.type === 'none') return;
        const without = (gone: readonly Pod[]) =>
          outcome(
            { ...pod, spec: { containers: [], ...pod.spec, nodeSelector: {} } },
            testCluster(
              nodes.filter(({ metadata }) => metadata.name === found.nodeName),
              pods.filter((each) => !gone.includes(each)),
            ),
          );
        expect(without(found.victims)).toBe(found.nodeName);
        expect(found.victims.every(({ spec }) => (spec?.priority ?? 0) < 60)).toBe(true);
        for (const kept of found.victims)
          expect(without(found.victims.filter((each) => each !== kept))).not.toBe(found.nodeName);
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});
