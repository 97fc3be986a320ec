import { expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod } from '../../objects/types.ts';
import { computeEviction, type MeasuredPod, rankForEviction } from './compute-eviction.ts';

const MEBIBYTE = 1024 * 1024;

function measured(name: string, usedMebibytes: number, request?: string, priority = 0): MeasuredPod {
  const resources = request === undefined ? {} : { resources: { requests: { memory: request } } };
  const pod: Pod = deepFreeze({
    apiVersion: 'v1' as const,
    kind: 'Pod' as const,
    metadata: { name, uid: name, namespace: 'default', resourceVersion: '1', creationTimestamp: '' },
    spec: { priority, containers: [{ name: 'app', ...resources }] },
  });
  return { pod, memoryBytes: new Map([['app', usedMebibytes * MEBIBYTE]]) };
}

const namesOf = (pods: readonly MeasuredPod[]) => rankForEviction(pods).map(({ pod }) => pod.metadata.name);

test.each([
  ['who uses more than it requests', [measured('modest', 900, '1Gi'), measured('greedy', 20, '10Mi')], 'greedy modest'],
  [
    'of those the less important one',
    [measured('important', 900, '10Mi', 1_000), measured('lowly', 20, '10Mi')],
    'lowly important',
  ],
  ['of those who uses most beyond its request', [measured('a', 300, '250Mi'), measured('b', 100)], 'b a'],
  ['also where nobody uses more', [measured('a', 10, '1Gi', 5), measured('b', 500, '1Gi', 7)], 'a b'],
  ['and nobody who is critical', [measured('core', 900, undefined, 2_000_000_000), measured('a', 1)], 'a'],
])('%s goes first', (_what, pods, order) => {
  expect(namesOf(pods).join(' ')).toBe(order);
  expect(namesOf([...pods].reverse()).join(' ')).toBe(order);
});

const at = (availableMebibytes: number, monotonicMs: number, metAtMs?: number, pods: readonly MeasuredPod[] = []) =>
  computeEviction({ availableBytes: availableMebibytes * MEBIBYTE, monotonicMs, metAtMs, pods });

test('pressure lasts for five minutes after the threshold was met last', () => {
  expect(at(100, 1_000)).toEqual({ metAtMs: undefined, isUnderPressure: false, eviction: undefined });
  expect(at(99, 1_000)).toEqual({ metAtMs: 1_000, isUnderPressure: true, eviction: undefined });
  expect(at(500, 300_999, 1_000)).toMatchObject({ metAtMs: 1_000, isUnderPressure: true });
  expect(at(500, 301_000, 1_000)).toMatchObject({ metAtMs: undefined, isUnderPressure: false });
});

test('one pod is evicted, with the kubelet’s words, and none above the threshold', () => {
  const pods = [measured('a', 300, '100Mi'), measured('b', 10)];
  expect(at(52, 0, undefined, pods).eviction).toMatchObject({
    pod: { metadata: { name: 'a' } },
    message:
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. Container app was using 300Mi, request is 100Mi, has larger consumption of memory. ',
  });
  expect(at(152, 0, undefined, pods).eviction).toBeUndefined();
});
