import { expect, test } from 'vitest';
import { limitReplicas } from './limit-replicas.ts';
import { behaviorOf } from './scaling-behavior.ts';
import { NO_MEMORY, rememberChange, type ScalingMemory } from './scaling-memory.ts';

type Behavior = Parameters<typeof behaviorOf>[0];

const NOW_MS = 10_000_000;
const recommended = (...pairs: readonly [agoS: number, replicas: number][]): ScalingMemory => ({
  ...NO_MEMORY,
  recommendations: pairs.map(([agoS, replicas]) => ({ atMs: NOW_MS - agoS * 1000, replicas })),
});
const scaledUp = (agoS: number, count: number): ScalingMemory => ({
  ...NO_MEMORY,
  scaleUps: [{ atMs: NOW_MS - agoS * 1000, count }],
});
const scaledDown = (agoS: number, count: number): ScalingMemory => ({
  ...NO_MEMORY,
  scaleDowns: [{ atMs: NOW_MS - agoS * 1000, count }],
});

function limit(from: number, to: number, behavior: Behavior | undefined, memory = NO_MEMORY) {
  return limitReplicas({
    currentReplicas: from,
    desiredReplicas: to,
    minReplicas: 2,
    maxReplicas: 100,
    behavior: behavior && behaviorOf(behavior),
    memory: Object.freeze(memory),
    monotonicMs: NOW_MS,
  });
}

const AT_ONCE = { stabilizationWindowSeconds: 0 };
const podsPer = (value: number, periodSeconds: number) => ({ type: 'Pods', value, periodSeconds });
const percentPer = (value: number, periodSeconds: number) => ({ type: 'Percent', value, periodSeconds });

test.each<
  [
    rule: string,
    from: number,
    to: number,
    behavior: Behavior | undefined,
    memory: ScalingMemory,
    replicas: number,
    able: string,
    limited: string,
  ]
>([
  ['twice at most', 10, 50, undefined, NO_MEMORY, 20, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['or four', 1, 50, undefined, NO_MEMORY, 4, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['the maximum', 90, 150, undefined, NO_MEMORY, 100, 'ReadyForNewScale', 'TooManyReplicas'],
  ['the minimum', 10, 1, undefined, NO_MEMORY, 2, 'ReadyForNewScale', 'TooFewReplicas'],
  [
    'the highest of five minutes on the way down',
    10,
    3,
    undefined,
    recommended([299, 8], [301, 10]),
    8,
    'ScaleDownStabilized',
    'DesiredWithinRange',
  ],
  ['no window on the way up', 3, 6, undefined, recommended([10, 3]), 6, 'ReadyForNewScale', 'DesiredWithinRange'],

  ['by default four more', 3, 50, {}, NO_MEMORY, 7, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['or twice as many', 10, 50, {}, NO_MEMORY, 20, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['once in 15 seconds', 20, 50, {}, scaledUp(10, 10), 20, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['and again after them', 20, 50, {}, scaledUp(15, 10), 40, 'ReadyForNewScale', 'ScaleUpLimit'],
  ['a default window down', 10, 3, {}, recommended([299, 9]), 9, 'ScaleDownStabilized', 'DesiredWithinRange'],
  [
    'a window up takes the lowest',
    3,
    9,
    { scaleUp: { stabilizationWindowSeconds: 60 } },
    recommended([59, 4], [61, 3]),
    4,
    'ScaleUpStabilized',
    'DesiredWithinRange',
  ],
  [
    'disabled upwards',
    5,
    9,
    { scaleUp: { selectPolicy: 'Disabled' } },
    NO_MEMORY,
    5,
    'ReadyForNewScale',
    'ScaleUpLimit',
  ],
  [
    'disabled downwards',
    5,
    3,
    { scaleDown: { ...AT_ONCE, selectPolicy: 'Disabled' } },
    NO_MEMORY,
    5,
    'ReadyForNewScale',
    'ScaleDownLimit',
  ],
  [
    'the smaller change upwards',
    10,
    50,
    { scaleUp: { selectPolicy: 'Min', policies: [podsPer(4, 60), percentPer(100, 60)] } },
    NO_MEMORY,
    14,
    'ReadyForNewScale',
    'ScaleUpLimit',
  ],
  [
    'the larger change downwards',
    20,
    2,
    { scaleDown: { ...AT_ONCE, policies: [podsPer(4, 60), percentPer(10, 60)] } },
    NO_MEMORY,
    16,
    'ReadyForNewScale',
    'ScaleDownLimit',
  ],
  [
    'the smaller change downwards',
    20,
    2,
    { scaleDown: { ...AT_ONCE, selectPolicy: 'Min', policies: [podsPer(4, 60), percentPer(10, 60)] } },
    NO_MEMORY,
    18,
    'ReadyForNewScale',
    'ScaleDownLimit',
  ],
  [
    'no more pods away in the period',
    16,
    2,
    { scaleDown: { ...AT_ONCE, policies: [podsPer(4, 60)] } },
    scaledDown(59, 4),
    16,
    'ReadyForNewScale',
    'ScaleDownLimit',
  ],
  [
    'percent upwards are rounded up',
    1,
    5,
    { scaleUp: { policies: [percentPer(10, 60)] } },
    NO_MEMORY,
    2,
    'ReadyForNewScale',
    'ScaleUpLimit',
  ],
  ['all at once down', 50, 2, { scaleDown: AT_ONCE }, NO_MEMORY, 2, 'ReadyForNewScale', 'DesiredWithinRange'],
])('%s: %i → %i', (_rule, from, to, behavior, memory, replicas, able, limited) => {
  const result = limit(from, to, behavior, memory);
  expect([result.replicas, result.able.reason, result.limited.reason]).toEqual([replicas, able, limited]);
  expect(result.limited.isLimited).toBe(limited !== 'DesiredWithinRange');
  expect(result.memory.recommendations.at(-1)).toEqual({ atMs: NOW_MS, replicas: to });
});

test('what no window reaches any more is forgotten', () => {
  const { memory } = limit(
    5,
    5,
    { scaleDown: { stabilizationWindowSeconds: 60 } },
    recommended([61, 9], [60, 8], [5, 7]),
  );
  expect(memory.recommendations.map(({ replicas }) => replicas)).toEqual([8, 7, 5]);
});

interface Scaling {
  /** Minimum, maximum, present and desired number. */
  readonly counts: readonly [min: number, max: number, from: number, to: number];
  readonly policies?: readonly ReturnType<typeof podsPer>[];
  readonly rules?: NonNullable<Behavior['scaleUp']>;
  /** Over the last two minutes. */
  readonly ups?: readonly number[];
  readonly downs?: readonly number[];
}

/** As generateEventsUniformDistribution spreads them. */
const spread = (counts: readonly number[] = []) =>
  counts.map((count, index) => ({ count, atMs: NOW_MS - (120_000 / counts.length) * (counts.length - index - 0.5) }));

const [WITHIN, UP, DOWN, MANY, FEW] = [
  'DesiredWithinRange',
  'ScaleUpLimit',
  'ScaleDownLimit',
  'TooManyReplicas',
  'TooFewReplicas',
];

// The rows of TestScalingWithRules (horizontal_test.go).
test.each<[direction: 'scaleUp' | 'scaleDown', rule: string, scaling: Scaling, replicas: number, reason: string]>([
  ['scaleUp', 'as usual', { counts: [1, 1000, 10, 50] }, 20, UP],
  [
    'scaleUp',
    'pods and percent',
    { counts: [1, 1000, 10, 500], policies: [podsPer(100, 60), percentPer(100, 60)] },
    110,
    UP,
  ],
  [
    'scaleUp',
    'more percent than pods',
    { counts: [1, 1000, 10, 500], policies: [podsPer(2, 60), percentPer(100, 60)] },
    20,
    UP,
  ],
  [
    'scaleUp',
    'the smaller of two',
    { counts: [1, 1000, 1, 5], policies: [podsPer(2, 60), percentPer(50, 60)], rules: { selectPolicy: 'Min' } },
    2,
    UP,
  ],
  ['scaleUp', 'pods', { counts: [1, 1000, 10, 50], policies: [podsPer(30, 60)] }, 40, UP],
  ['scaleUp', 'percent', { counts: [1, 1000, 10, 50], policies: [percentPer(200, 60)] }, 30, UP],
  ['scaleUp', 'percent, rounded up', { counts: [1, 1000, 3, 1000], policies: [percentPer(1, 60)] }, 4, UP],
  ['scaleUp', 'the maximum', { counts: [100, 150, 100, 1000], policies: [podsPer(300, 60)] }, 150, MANY],
  [
    'scaleUp',
    'the maximum of pods',
    { counts: [1, 200, 100, 500], policies: [podsPer(300, 60)], ups: [1, 5, 9] },
    200,
    MANY,
  ],
  [
    'scaleUp',
    'the maximum of percent',
    { counts: [1, 200, 100, 500], policies: [percentPer(10_000, 60)], ups: [1, 5, 9] },
    200,
    MANY,
  ],
  ['scaleUp', 'what is used up', { counts: [1, 1000, 100, 500], policies: [podsPer(5, 120)], ups: [1, 5, 9] }, 100, UP],
  [
    'scaleUp',
    'pods less the last ones',
    { counts: [1, 1000, 100, 500], policies: [podsPer(150, 120)], ups: [1, 5, 9] },
    235,
    UP,
  ],
  [
    'scaleUp',
    'percent before the last ones',
    { counts: [1, 1000, 100, 500], policies: [percentPer(200, 120)], ups: [1, 5, 9] },
    255,
    UP,
  ],
  [
    'scaleUp',
    'both directions',
    { counts: [1, 1000, 6, 24], policies: [percentPer(300, 300)], ups: [4], downs: [2] },
    16,
    UP,
  ],
  ['scaleDown', 'as usual', { counts: [1, 1000, 10, 5] }, 5, WITHIN],
  [
    'scaleDown',
    'pods and percent',
    { counts: [1, 1000, 100, 2], policies: [podsPer(20, 60), percentPer(1, 60)] },
    80,
    DOWN,
  ],
  [
    'scaleDown',
    'few pods and percent',
    { counts: [1, 1000, 100, 2], policies: [podsPer(2, 60), percentPer(1, 60)] },
    98,
    DOWN,
  ],
  ['scaleDown', 'the minimum of pods', { counts: [1, 1000, 10, 0], policies: [podsPer(100, 60)] }, 1, FEW],
  ['scaleDown', 'the minimum of percent', { counts: [5, 1000, 10, 2], policies: [percentPer(100, 60)] }, 5, FEW],
  ['scaleDown', 'pods', { counts: [1, 1000, 10, 2], policies: [podsPer(5, 60)] }, 5, DOWN],
  ['scaleDown', 'percent', { counts: [1, 1000, 10, 5], policies: [percentPer(50, 60)] }, 5, WITHIN],
  [
    'scaleDown',
    'more than it may, by much',
    { counts: [1, 1000, 10, 5], policies: [percentPer(1000, 120)], downs: [10, 10, 10] },
    5,
    WITHIN,
  ],
  ['scaleDown', 'to nothing', { counts: [1, 1000, 100, 0], policies: [podsPer(115, 120)], downs: [1, 5, 9] }, 1, FEW],
  [
    'scaleDown',
    'below the minimum',
    { counts: [5, 1000, 100, 0], policies: [podsPer(130, 120)], downs: [1, 5, 9] },
    5,
    FEW,
  ],
  [
    'scaleDown',
    'what is used up',
    { counts: [1, 1000, 100, 2], policies: [podsPer(5, 120)], downs: [1, 5, 9] },
    100,
    DOWN,
  ],
  [
    'scaleDown',
    'percent before the last ones',
    { counts: [1, 1000, 100, 0], policies: [percentPer(50, 120)], downs: [2, 4, 6] },
    56,
    DOWN,
  ],
  [
    'scaleDown',
    'percent used up',
    { counts: [1, 1000, 100, 0], policies: [percentPer(10, 120)], downs: [10, 10, 10] },
    100,
    DOWN,
  ],
  [
    'scaleDown',
    'both directions',
    { counts: [1, 1000, 10, 1], policies: [percentPer(50, 180)], ups: [2], downs: [4] },
    6,
    DOWN,
  ],
])('%s: %s', (direction, _rule, { counts, policies, rules, ups, downs }, replicas, reason) => {
  const [minReplicas, maxReplicas, currentReplicas, desiredReplicas] = counts;
  const window = direction === 'scaleDown' ? AT_ONCE : {};
  const result = limitReplicas({
    currentReplicas,
    desiredReplicas,
    minReplicas,
    maxReplicas,
    behavior: behaviorOf({ [direction]: { ...window, ...(policies && { policies: [...policies] }), ...rules } }),
    memory: { recommendations: [], scaleUps: spread(ups), scaleDowns: spread(downs) },
    monotonicMs: NOW_MS,
  });
  expect([result.replicas, result.limited.reason]).toEqual([replicas, reason]);
});

// TestNormalizeDesiredReplicasWithBehavior (horizontal_test.go). Windows in seconds, recommendations as above.
test.each<
  [
    what: string,
    from: number,
    to: number,
    windows: readonly [up: number, down: number],
    memory: ScalingMemory,
    replicas: number,
  ]
>([
  ['nothing is known', 100, 5, [0, 0], recommended(), 5],
  ['the highest on the way down', 100, 3, [0, 180], recommended([120, 4], [60, 5]), 5],
  ['the lowest on the way up', 1, 7, [300, 0], recommended([120, 4], [60, 5]), 4],
  ['a window up does not hold it down', 100, 3, [300, 0], recommended([120, 1], [60, 2]), 3],
  ['nor one down up', 1, 3, [0, 300], recommended([120, 4], [60, 5]), 3],
  ['what is too old counts nothing', 100, 3, [0, 0], recommended([600, 10], [540, 9]), 3],
  ['in either direction', 1, 100, [0, 0], recommended([600, 10], [540, 9]), 100],
  ['nor among others', 100, 3, [0, 180], recommended([600, 10], [60, 4], [120, 5], [540, 9]), 5],
  ['the lowest of those within its window', 1, 100, [300, 0], recommended([6000, 10], [60, 6], [120, 5], [180, 9]), 5],
  ['it does not rise where fewer are asked for now', 2, 1, [300, 300], recommended([6000, 2], [180, 3]), 2],
  ['nor fall where more are', 2, 3, [300, 300], recommended([6000, 2], [180, 1]), 2],
])('stabilized: %s', (_what, currentReplicas, desiredReplicas, [up, down], memory, replicas) => {
  const rules = { policies: [podsPer(1000, 15)] };
  const behavior = behaviorOf({
    scaleUp: { ...rules, stabilizationWindowSeconds: up },
    scaleDown: { ...rules, stabilizationWindowSeconds: down },
  });
  const counts = { currentReplicas, desiredReplicas, minReplicas: 1, maxReplicas: 1000 };
  expect(limitReplicas({ ...counts, behavior, memory, monotonicMs: NOW_MS }).replicas).toBe(replicas);
});

// TestNormalizeDesiredReplicas and TestConvertDesiredReplicasWithRules: without a behavior.
test.each<[what: string, counts: readonly [number, number, number, number], memory: ScalingMemory, result: string]>([
  ['nothing is known', [1, 100, 10, 5], recommended(), '5 DesiredWithinRange'],
  ['the highest of five minutes', [1, 100, 10, 3], recommended([120, 4], [60, 5]), '5 DesiredWithinRange'],
  ['lower ones do not count', [1, 100, 10, 3], recommended([120, 1], [60, 2]), '3 DesiredWithinRange'],
  ['nor old ones', [1, 100, 10, 3], recommended([600, 10], [540, 9]), '3 DesiredWithinRange'],
  ['nor among others', [1, 100, 10, 3], recommended([600, 10], [60, 4], [120, 5], [540, 9]), '5 DesiredWithinRange'],
  ['within its bounds', [3, 8, 5, 7], NO_MEMORY, '7 DesiredWithinRange'],
  ['at least the minimum', [2, 8, 3, 1], NO_MEMORY, '2 TooFewReplicas'],
  ['which may be none', [0, 10, 1, 0], NO_MEMORY, '0 DesiredWithinRange'],
  ['at most the maximum', [1, 10, 20, 1000], NO_MEMORY, '10 TooManyReplicas'],
  ['at most twice as many', [1, 2000, 3, 1000], NO_MEMORY, '6 ScaleUpLimit'],
])('without a behavior: %s', (_what, [minReplicas, maxReplicas, currentReplicas, desiredReplicas], memory, result) => {
  const counts = { minReplicas, maxReplicas, currentReplicas, desiredReplicas };
  const { replicas, limited } = limitReplicas({ ...counts, behavior: undefined, memory, monotonicMs: NOW_MS });
  expect(`${replicas} ${limited.reason}`).toBe(result);
});

// TestStoreScaleEvents: which changes of the scale are still known, and which are counted.
test.each<[what: string, agoS: readonly [number, number][], kept: readonly number[]]>([
  ['nothing is known', [], [5]],
  ['what no period reaches any more is forgotten', [[61, 7]], [5]],
  ['what one reaches is kept', [[58, 7]], [7, 5]],
  [
    'one of two',
    [
      [61, 7],
      [59, 6],
    ],
    [6, 5],
  ],
  [
    'what only the longer period reaches',
    [
      [61, 7],
      [59, 6],
      [29, 8],
    ],
    [6, 8, 5],
  ],
])('changes of the scale: %s', (_what, agoS, kept) => {
  const changes = agoS.map(([ago, count]) => ({ count, atMs: NOW_MS - ago * 1000 }));
  const memory = { recommendations: [], scaleUps: changes, scaleDowns: changes };
  const up = rememberChange(memory, { from: 10, to: 15, atMs: NOW_MS }, 60_000);
  const down = rememberChange(memory, { from: 10, to: 5, atMs: NOW_MS }, 60_000);
  expect(up.scaleUps.map(({ count }) => count)).toEqual(kept);
  expect(down.scaleDowns.map(({ count }) => count)).toEqual(kept);
  // Within a minute, without the new one.
  const rules = { scaleUp: { policies: [podsPer(100, 60)] } };
  const counts = { currentReplicas: 50, desiredReplicas: 1000, minReplicas: 1, maxReplicas: 1000 };
  const known = { ...memory, scaleDowns: [] };
  const { replicas } = limitReplicas({ ...counts, behavior: behaviorOf(rules), memory: known, monotonicMs: NOW_MS });
  expect(150 - replicas).toBe(kept.slice(0, -1).reduce((sum, count) => sum + count, 0));
});
