import { expect, it } from 'vitest';
import { ago, NOW_MS, podOf } from '../testing/objects.ts';
import { computePodGarbage, excessTerminatedPods } from './compute-pod-garbage.ts';

const node = {
  apiVersion: 'v1' as const,
  kind: 'Node' as const,
  metadata: { name: 'box', uid: 'box', resourceVersion: '1', creationTimestamp: ago(60) },
};

it.each([
  ['a pod on its node stays', podOf({ name: 'a' }), node, undefined, { type: 'keep' }],
  ['one that waits for a node stays', podOf({ name: 'a', node: '' }), undefined, undefined, { type: 'keep' }],
  [
    'one that is deleted before it had a node goes',
    podOf({ name: 'a', node: '', deleted: true }),
    undefined,
    undefined,
    { type: 'delete', reason: 'NeverScheduled' },
  ],
  [
    'a node may come back',
    podOf({ name: 'a' }),
    undefined,
    NOW_MS - 10_000,
    { type: 'wait', untilMs: NOW_MS + 30_000 },
  ],
  ['or not', podOf({ name: 'a' }), undefined, NOW_MS - 40_000, { type: 'delete', reason: 'NodeGone' }],
])('%s', (_rule, pod, ofPod, nodeGoneSinceMs, verdict) => {
  expect(computePodGarbage({ pod, node: ofPod, nodeGoneSinceMs, nowMs: NOW_MS })).toEqual(verdict);
});

it('removes the oldest of too many ended pods', () => {
  const pods = [
    podOf({ name: 'new', phase: 'Succeeded', age: 10 }),
    podOf({ name: 'old', phase: 'Failed', age: 30 }),
    podOf({ name: 'middle', phase: 'Succeeded', age: 20 }),
    podOf({ name: 'running', age: 90 }),
  ];
  expect(excessTerminatedPods(pods, 1).map(({ metadata }) => metadata.name)).toEqual(['old', 'middle']);
  expect(excessTerminatedPods(pods, 3)).toEqual([]);
});
