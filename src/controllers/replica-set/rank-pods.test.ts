import { describe, expect, it } from 'vitest';
import { NOW_MS, type PodSketch, podOf } from '../testing/objects.ts';
import { rankPodsForDeletion } from './rank-pods.ts';

type Sketch = Omit<PodSketch, 'name'>;

/** Each row: a rule, the pod that goes first, the pod that stays longer. */
const rules: readonly [rule: string, first: Sketch, second: Sketch][] = [
  ['unassigned before assigned', { node: '' }, { ready: false, phase: 'Pending' }],
  ['Pending before Unknown', { phase: 'Pending' }, { phase: 'Unknown', ready: false }],
  ['Unknown before Running', { phase: 'Unknown' }, { phase: 'Running', ready: false }],
  ['not ready before ready', { ready: false, cost: '100' }, { cost: '-100' }],
  ['lower deletion cost before higher', { cost: '-1' }, { readyFor: 1 }],
  ['an unset deletion cost counts as 0', {}, { cost: '1', readyFor: 1 }],
  ['a deletion cost that is no number counts as 0', { cost: '01x' }, { cost: '5' }],
  ['a deletion cost with a plus counts as 0', { cost: '+10' }, { cost: '5' }],
  ['a deletion cost with leading zeros counts as 0', { cost: '008' }, { cost: '5' }],
  ['zeros after a minus are allowed', { cost: '-08' }, { cost: '-7', readyFor: 1 }],
  ['a deletion cost beyond 32 bits counts as 0', { cost: '4294967296' }, { cost: '5' }],
  ['more related pods on the node before fewer', { node: 'crowded', readyFor: 5000 }, { readyFor: 1 }],
  ['ready for less time before longer', { readyFor: 10, restarts: 0 }, { readyFor: 1000, restarts: 9 }],
  ['more restarts before fewer', { restarts: 3, age: 5000 }, { restarts: 2, age: 1 }],
  ['newer before older', { age: 10 }, { age: 1000 }],
];

function namesInOrder(a: Sketch, b: Sketch, minReadySeconds = 0): string {
  const pods = [podOf({ ...a, name: 'z-first' }), podOf({ ...b, name: 'a-second' })];
  const relatedPods = [podOf({ name: 'x', node: 'crowded' }), podOf({ name: 'y', node: 'crowded' }), ...pods];
  return rankPodsForDeletion(pods, { relatedPods, minReadySeconds, nowMs: NOW_MS })
    .map(({ metadata }) => metadata.name)
    .join(' ');
}

describe('the order of deletion', () => {
  it.each(rules)('%s', (_rule, first, second) => {
    expect(namesInOrder(first, second)).toBe('z-first a-second');
  });

  it('compares times on a log scale: within one power of two the uid decides', () => {
    expect(namesInOrder({ readyFor: 70 }, { readyFor: 130 })).toBe('a-second z-first');
    expect(namesInOrder({ readyFor: 60 }, { readyFor: 300 })).toBe('z-first a-second');
    expect(namesInOrder({ age: 70 }, { age: 130 })).toBe('a-second z-first');
  });

  // Seed 870052: an old set was told to shrink by what was not available, and deleted an available pod for its cost and
  // its crowded node.
  it.each<[rule: string, first: Sketch, second: Sketch]>([
    ['whatever they cost', { readyFor: 29, cost: '9' }, { readyFor: 30, cost: '-9' }],
    ['and wherever they are', { readyFor: 29 }, { readyFor: 30, node: 'crowded' }],
    ['but after those that are not ready', { ready: false }, { readyFor: 1 }],
  ])('takes pods that are not available yet before available ones, %s', (_rule, first, second) => {
    expect(namesInOrder(first, second, 30)).toBe('z-first a-second');
  });

  it('counts restarts of sidecars after those of ordinary containers', () => {
    const sidecar = { name: 'proxy', image: 'proxy', restartPolicy: 'Always' as const };
    const withSidecar = (name: string, restarts: number, sidecarRestarts: number) => {
      const pod = podOf({ name, restarts });
      const initContainerStatuses = [
        { name: 'proxy', image: 'proxy', imageID: '', ready: true, restartCount: sidecarRestarts },
      ];
      return {
        ...pod,
        spec: { containers: [], ...pod.spec, initContainers: [sidecar] },
        status: { ...pod.status, initContainerStatuses },
      };
    };
    const pods = [withSidecar('few', 1, 9), withSidecar('more', 2, 0), withSidecar('most', 2, 1)];
    const ranked = rankPodsForDeletion(pods, { relatedPods: [], minReadySeconds: 0, nowMs: NOW_MS });
    expect(ranked.map(({ metadata }) => metadata.name)).toEqual(['most', 'more', 'few']);
  });

  // TestSortingActivePods (controller_utils_test): one pod for each rule, in the order in which they go.
  it('sorts one pod for each rule, however they come', () => {
    const month = 30 * 24 * 3600;
    const sketches: readonly Sketch[] = [
      { node: '', phase: 'Pending', ready: false },
      { phase: 'Pending', ready: false },
      { phase: 'Unknown', ready: false },
      { phase: 'Running', ready: false },
      { cost: '-3' },
      { node: 'crowded' },
      { readyFor: 1, restarts: 3 },
      { readyFor: month, restarts: 3 },
      { readyFor: month, restarts: 2, age: 1 },
      { readyFor: month, restarts: 2, age: month },
    ];
    // The names tell the order that is wanted, the uids another one.
    const pods = sketches.map((sketch, index) => podOf({ age: month, ...sketch, name: `${index}` }));
    const relatedPods = [
      ...pods,
      podOf({ name: 'x', node: 'crowded' }),
      ...Array.from({ length: 9 }, (_, index) => podOf({ name: `y${index}`, node: 'crowded' })),
    ];
    for (let turn = 0; turn < pods.length; turn++) {
      const turned = [...pods.slice(turn), ...pods.slice(0, turn)];
      for (const given of [turned, turned.toReversed()]) {
        const ranked = rankPodsForDeletion(given, { relatedPods, minReadySeconds: 0, nowMs: NOW_MS });
        expect(ranked.map(({ metadata }) => metadata.name).join('')).toBe('0123456789');
      }
    }
  });

  // TestSortingActivePodsWithRanks.
  it('takes a ready pod that does not say since when before all that do', () => {
    const [timeless, ...pods] = [podOf({ name: 'a' }), podOf({ name: 'b', readyFor: 1 }), podOf({ name: 'c' })];
    if (timeless === undefined) throw new Error('no pod');
    const conditions = [{ type: 'Ready', status: 'True' as const }];
    const given = [...pods, { ...timeless, status: { ...timeless.status, conditions } }];
    const ranked = rankPodsForDeletion(given, { relatedPods: [], minReadySeconds: 0, nowMs: NOW_MS });
    expect(ranked[0]?.metadata.name).toBe('a');
  });

  it('does not depend on the order in which the pods are given', () => {
    const pods = ['c', 'a', 'b'].map((name) => podOf({ name }));
    const order = (list: typeof pods) =>
      rankPodsForDeletion(list, { relatedPods: [], minReadySeconds: 0, nowMs: NOW_MS }).map(
        ({ metadata }) => metadata.name,
      );
    expect(order(pods)).toEqual(order([...pods].reverse()));
  });
});
