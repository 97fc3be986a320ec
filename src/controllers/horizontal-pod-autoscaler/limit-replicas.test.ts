import { expect, test } from 'vitest';
import { limitReplicas } from './limit-replicas.ts';
import { behaviorOf } from './scaling-behavior.ts';
import { NO_MEMORY, type ScalingMemory } from './scaling-memory.ts';

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
