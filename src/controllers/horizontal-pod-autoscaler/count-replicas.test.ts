import { describe, expect, it, test } from 'vitest';
import type { MetricSample } from '../../api/metrics.ts';
import { formatTime } from '../../lib/clock.ts';
import type { Pod } from '../../objects/types.ts';
import { countByAverage, countByUtilization, countByValue, countByValuePerPod } from './count-replicas.ts';
import { DEFAULT_TOLERANCES, tolerancesOf } from './scaling-behavior.ts';

const NOW_MS = 1_800_000_000_000;

interface PodSketch {
  readonly phase?: 'Pending' | 'Running' | 'Failed';
  readonly ready?: boolean;
  readonly deleted?: boolean;
  /** How long ago the pod was started, and its readiness changed. */
  readonly startedAgoMs?: number;
  readonly changedAgoMs?: number;
  /** In thousandths; left out: no metrics. */
  readonly value?: number;
  /** Its request, `''` for none. */
  readonly cpu?: string;
}

function podOf(sketch: PodSketch, index: number): Pod {
  const {
    phase = 'Running',
    ready = true,
    deleted = false,
    startedAgoMs = 3_600_000,
    changedAgoMs = 3_500_000,
  } = sketch;
  const lastTransitionTime = formatTime(NOW_MS - changedAgoMs);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${index}`,
      namespace: 'shop',
      uid: `uid-${index}`,
      resourceVersion: '1',
      creationTimestamp: formatTime(NOW_MS - startedAgoMs),
      ...(deleted ? { deletionTimestamp: formatTime(NOW_MS) } : {}),
    },
    spec: {
      containers: [
        { name: 'app', image: 'app', resources: sketch.cpu === '' ? {} : { requests: { cpu: sketch.cpu ?? '1' } } },
      ],
    },
    status: {
      phase,
      startTime: formatTime(NOW_MS - startedAgoMs),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
    },
  };
}

function worldOf(sketches: readonly PodSketch[], currentReplicas = sketches.length) {
  const samples = new Map<string, MetricSample>();
  for (const [index, { value }] of sketches.entries()) {
    if (value !== undefined) samples.set(`web-${index}`, { milliValue: value, timestampMs: NOW_MS, windowMs: 15_000 });
  }
  return { pods: sketches.map(podOf), samples, currentReplicas, tolerances: DEFAULT_TOLERANCES, nowMs: NOW_MS };
}

const used = (...values: readonly number[]): readonly PodSketch[] => values.map((value) => ({ value }));
const MISSING: PodSketch = {};
const PENDING: PodSketch = { phase: 'Pending' };
/** Started two minutes ago and has never been ready. */
const STARTING: PodSketch = { ready: false, startedAgoMs: 120_000, changedAgoMs: 119_000, value: 1000 };

describe('utilization of requests, target 50 %', () => {
  test.each<[rule: string, pods: readonly PodSketch[], replicas: number, utilization: number]>([
    ['twice the target doubles', used(1000, 1000, 1000), 6, 100],
    ['half of the target halves, rounded up', used(250, 250, 250), 2, 25],
    ['within the tolerance of 0.1 nothing changes', used(540, 540, 540), 3, 54],
    ['nor at its very edges', used(550, 550, 550), 3, 55],
    ['on the way down as well', used(450, 450, 450), 3, 45],
    ['just beyond the tolerance it does', used(560, 560, 560), 4, 56],
    ['a pod without metrics counts as unused on the way up', [...used(1000, 1000), MISSING], 4, 100],
    ['which must not turn the direction', [...used(600), MISSING, MISSING], 3, 60],
    ['a pod without metrics counts as fully used on the way down', [...used(100, 100, 100), MISSING], 3, 10],
    ['which must not turn the direction either', [...used(200), MISSING, MISSING, MISSING], 4, 20],
    ['pending pods are set aside on the way down', [...used(250, 250), PENDING], 1, 25],
    ['and count as unused on the way up', [...used(1000, 1000), PENDING, PENDING], 4, 100],
    ['pods that have not been ready yet are set aside', [...used(250, 250), STARTING], 1, 25],
    ['deleted and failed pods are not counted at all', [...used(1000), { deleted: true }, { phase: 'Failed' }], 2, 100],
  ])('%s', (_rule, pods, replicas, utilization) => {
    const count = countByUtilization({ ...worldOf(pods), resource: 'cpu', targetPercent: 50 });
    expect(count).toMatchObject({ replicas, utilization });
  });

  test.each<[rule: string, pod: PodSketch, isSetAside: boolean]>([
    ['ready for long', { value: 1000 }, false],
    ['unready after it had been ready', { ready: false, changedAgoMs: 60_000, value: 1000 }, false],
    ['never ready, long after its start', { ready: false, changedAgoMs: 3_599_000, value: 1000 }, true],
    [
      'unready in its first five minutes',
      { ready: false, startedAgoMs: 299_000, changedAgoMs: 1_000, value: 1000 },
      true,
    ],
    ['ready for less than one window, new', { startedAgoMs: 60_000, changedAgoMs: 10_000, value: 1000 }, true],
    ['ready for a whole window, new', { startedAgoMs: 60_000, changedAgoMs: 20_000, value: 1000 }, false],
    // TestGroupPods
    ['ready for less than one window, not new', { startedAgoMs: 301_000, changedAgoMs: 10_000, value: 1000 }, false],
    [
      'unready from 29 seconds after its start on',
      { ready: false, startedAgoMs: 600_000, changedAgoMs: 571_000, value: 1000 },
      true,
    ],
    [
      'unready from 30 seconds after its start on',
      { ready: false, startedAgoMs: 600_000, changedAgoMs: 570_000, value: 1000 },
      false,
    ],
  ])('cpu of a pod that is %s', (_rule, pod, isSetAside) => {
    const count = countByUtilization({ ...worldOf([pod, { value: 1000 }]), resource: 'cpu', targetPercent: 50 });
    // Two that count at twice the target make four; one of them set aside counts as unused then, which keeps two.
    expect(count).toMatchObject({ replicas: isSetAside ? 2 : 4 });
  });

  it('does not set pods aside for memory', () => {
    const world = worldOf([{ ...STARTING, value: 100 }, { value: 100 }]);
    const count = countByAverage({ ...world, resource: 'memory', targetMilli: 50 });
    expect(count).toMatchObject({ replicas: 4, milliAverage: 100 });
  });

  test.each<[failure: string, pods: readonly PodSketch[]]>([
    ['no pods returned by selector while calculating replica count', []],
    ['did not receive metrics for targeted pods (pods might be unready)', [PENDING, MISSING]],
    ['did not receive metrics for targeted pods (pods might be unready)', [{ ...MISSING, cpu: '' }]],
  ])('fails: %s', (failure, pods) => {
    expect(countByUtilization({ ...worldOf(pods), resource: 'cpu', targetPercent: 50 })).toEqual({ failure });
  });

  it('needs a request of every container', () => {
    const world = worldOf(used(100));
    const failure = 'missing request for memory in container app of Pod web-0';
    expect(countByUtilization({ ...world, resource: 'memory', targetPercent: 50 })).toEqual({ failure });
  });
});

test.each<[rule: string, milliValue: number, currentReplicas: number, replicas: number]>([
  ['grows by the pods that are ready', 3000, 2, 6],
  ['keeps within the tolerance', 1050, 2, 2],
  ['starts from nothing', 2500, 0, 3],
])('a value for all pods, target 1: %s', (_rule, milliValue, currentReplicas, replicas) => {
  const { pods, tolerances } = worldOf(used(0, 0));
  expect(countByValue({ pods, currentReplicas, tolerances, milliValue, targetMilli: 1000 })).toMatchObject({
    replicas,
  });
});

test.each<[rule: string, milliValue: number, replicas: number, milliAverage: number]>([
  ['as many as share it', 9000, 9, 2250],
  ['keeps within the tolerance', 4300, 4, 1075],
  ['down to none', 0, 0, 0],
])('a value to be shared, target 1 for each of 4: %s', (_rule, milliValue, replicas, milliAverage) => {
  const question = { statusReplicas: 4, tolerances: DEFAULT_TOLERANCES, milliValue, targetMilli: 1000 };
  expect(countByValuePerPod(question)).toEqual({ replicas, milliAverage });
});

test.each<[behavior: Parameters<typeof tolerancesOf>[0], value: number, replicas: number]>([
  [undefined, 1090, 4],
  [{ scaleUp: { tolerance: '50m' } }, 1090, 5],
  [{ scaleUp: { tolerance: '0.05' } }, 950, 4],
  [{ scaleUp: { tolerance: '0' } }, 1001, 5],
  [{ scaleUp: { tolerance: '1' } }, 2000, 4],
  [{ scaleDown: { tolerance: '0.3' } }, 700, 4],
  [{ scaleDown: { tolerance: '0.3' } }, 690, 3],
  [{ scaleDown: { tolerance: '0.3' }, scaleUp: {} }, 1200, 5],
])('4 replicas with tolerances of %j, each at %d of 1000: %d', (behavior, value, replicas) => {
  const tolerances = tolerancesOf(behavior);
  const world = { ...worldOf(used(value, value, value, value)), tolerances };
  const counts = [
    countByAverage({ ...world, resource: undefined, targetMilli: 1000 }),
    countByValue({ ...world, milliValue: value, targetMilli: 1000 }),
    countByValuePerPod({ statusReplicas: 4, tolerances, milliValue: value * 4, targetMilli: 1000 }),
  ];
  expect(counts.map((count) => 'replicas' in count && count.replicas)).toEqual([replicas, replicas, replicas]);
});

// replica_calculator_test: the cases that the tables above lack, first of the utilization of cpu.
const HOT = { startedAgoMs: 0, changedAgoMs: 0 };
const UNREADY = { ...HOT, ready: false };
const UNEVEN = [400, 200, 310, 290, 302, 298, 301, 299, 300, 300].map((milli) => ({ value: 150, cpu: `${milli}m` }));
test.each<
  [rule: string, target: number, current: number, pods: readonly PodSketch[], replicas: number, percent: number]
>([
  ['grows by the average', 30, 3, used(300, 500, 700), 5, 50],
  ['grows less by what is not ready', 30, 3, [{ ...UNREADY, value: 300 }, ...used(500, 700)], 4, 60],
  ['grows less by what has just started', 30, 3, [{ ...HOT, value: 300 }, ...used(500, 700)], 4, 60],
  [
    'keeps when the others are not ready',
    30,
    3,
    [...used(400), { ...UNREADY, value: 500 }, { ...UNREADY, value: 700 }],
    3,
    40,
  ],
  ['passes over failed pods', 30, 2, [...used(500, 700), { phase: 'Failed' }, { phase: 'Failed' }], 4, 60],
  ['passes over deleted pods', 30, 2, [...used(500, 700), { deleted: true }, { deleted: true }], 4, 60],
  ['shrinks by the average', 50, 5, used(100, 300, 500, 250, 250), 3, 28],
  [
    'shrinks without what is not ready',
    50,
    5,
    [...used(100, 300, 500), { ...UNREADY, value: 250 }, { ...UNREADY, value: 250 }],
    2,
    30,
  ],
  ['shrinks without what waits for a node', 50, 5, [...used(100), PENDING, PENDING, PENDING, PENDING], 1, 10],
  ['passes over failed pods when it shrinks', 50, 5, [...used(100, 300, 500, 250, 250), { phase: 'Failed' }], 3, 28],
  [
    'keeps within the tolerance over all requests',
    100,
    3,
    [
      { value: 1010, cpu: '0.9' },
      { value: 1030, cpu: '1' },
      { value: 1020, cpu: '1.1' },
    ],
    3,
    102,
  ],
  ['takes missing ones for full when it shrinks', 100, 4, [...used(400, 95), MISSING, MISSING], 3, 24],
  ['keeps with one missing at the target', 100, 2, [...used(1000), MISSING], 2, 100],
  ['above it', 100, 2, [...used(1900), MISSING], 2, 190],
  ['and below it', 100, 2, [...used(600), MISSING], 2, 60],
  ['keeps with one unready and one missing', 50, 3, [{ ...UNREADY, value: 100 }, ...used(450), MISSING], 3, 45],
  ['grows with one unready and one missing', 50, 3, [{ ...UNREADY, value: 100 }, ...used(2000), MISSING], 4, 200],
  ['shrinks with one unready and one missing', 50, 4, [{ ...UNREADY, value: 100 }, ...used(100, 100), MISSING], 3, 10],
  ['keeps what is wanted while a surge runs', 50, 2, [...used(100, 100), MISSING], 2, 10],
  ['shrinks just beyond the tolerance, with uneven requests', 56, 10, UNEVEN, 9, 50],
  ['keeps just within it', 55, 10, UNEVEN, 10, 50],
])('utilization: %s', (_rule, targetPercent, current, pods, replicas, utilization) => {
  const count = countByUtilization({ ...worldOf(pods, current), resource: 'cpu', targetPercent });
  expect(count).toMatchObject({ replicas, utilization });
});

// replica_calculator_test, metrics that are none of resources: readiness counts only for a value of all pods together.
test.each<[rule: string, target: number, pods: readonly PodSketch[], replicas: number, milliAverage: number]>([
  ['grows by the average', 15_000, used(20_000, 10_000, 30_000), 4, 20_000],
  ['counts what is not ready', 15_000, [...used(50_000, 10_000), { ...UNREADY, value: 30_000 }], 6, 30_000],
  ['rounds its average down', 15_000, [...used(50_000, 15_000), { ...UNREADY, value: 30_000 }], 7, 31_666],
  ['shrinks by the average', 20_000, used(12_000, 12_000, 12_000, 12_000, 12_000), 3, 12_000],
  ['keeps within the tolerance', 20_000, used(20_000, 21_000, 21_000), 3, 20_666],
])('a metric of pods: %s', (_rule, targetMilli, pods, replicas, milliAverage) => {
  const count = countByAverage({ ...worldOf(pods), resource: undefined, targetMilli });
  expect(count).toEqual({ replicas, milliAverage });
});

test.each<[value: number, target: number, ready: number, unready: number, replicas: number]>([
  [20_000, 15_000, 3, 0, 4],
  [50_000, 10_000, 1, 2, 5],
  [8_600, 4_400, 1, 0, 2],
  [8_600, 4_400, 1, 2, 2],
  [12_000, 20_000, 5, 0, 3],
  [8_600, 14_334, 5, 0, 3],
  [20_666, 20_000, 3, 0, 3],
  [8_600, 8_888, 3, 0, 3],
])(
  'a value of %i against %i with %i ready and %i other pods: %i',
  (milliValue, targetMilli, ready, unready, replicas) => {
    const { pods, currentReplicas, tolerances } = worldOf([...Array(ready).fill({}), ...Array(unready).fill(UNREADY)]);
    const count = countByValue({ pods, currentReplicas, tolerances, milliValue, targetMilli });
    expect(count).toEqual({ replicas, milliAverage: milliValue });
  },
);

test.each<[value: number, target: number, statusReplicas: number, replicas: number, milliAverage: number]>([
  [20_000, 5_000, 3, 4, 6_667],
  [8_600, 2_150, 3, 4, 2_867],
  [6_000, 2_000, 5, 3, 1_200],
  [8_600, 2_867, 5, 3, 1_720],
  [20_166, 5_000, 4, 4, 5_042],
  [8_600, 2_900, 3, 3, 2_867],
])('a value of %i at %i for each of %i pods: %i', (milliValue, targetMilli, statusReplicas, replicas, milliAverage) => {
  const question = { statusReplicas, tolerances: DEFAULT_TOLERANCES, milliValue, targetMilli };
  expect(countByValuePerPod(question)).toEqual({ replicas, milliAverage });
});
