import { expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod } from '../../objects/types.ts';
import { computeEviction, computeOnDisk, type MeasuredPod, rankForEviction } from './compute-eviction.ts';
import type { EvictionResource, MetThreshold } from './compute-pressure.ts';

const MEBIBYTE = 1024 * 1024;

interface Measure {
  readonly resource?: EvictionResource;
  readonly priority?: number;
  readonly volumes?: number;
}

function measured(name: string, usedMebibytes: number, request?: string, measure: Measure = {}): MeasuredPod {
  const { resource = 'memory', priority = 0, volumes = 0 } = measure;
  const resources = request === undefined ? {} : { resources: { requests: { [resource]: request } } };
  const pod: Pod = deepFreeze({
    apiVersion: 'v1' as const,
    kind: 'Pod' as const,
    metadata: { name, uid: name, namespace: 'default', resourceVersion: '1', creationTimestamp: '' },
    spec: { priority, containers: [{ name: 'app', ...resources }] },
  });
  return { pod, used: new Map([['app', usedMebibytes * MEBIBYTE]]), usedByVolumes: volumes * MEBIBYTE };
}

const disk = { resource: 'ephemeral-storage' } as const;

test.each<readonly [string, EvictionResource, readonly MeasuredPod[], string]>([
  [
    'who uses more than it requests',
    'memory',
    [measured('modest', 900, '1Gi'), measured('greedy', 20, '10Mi')],
    'greedy modest',
  ],
  [
    'of those the less important one',
    'memory',
    [measured('important', 900, '10Mi', { priority: 1_000 }), measured('lowly', 20, '10Mi')],
    'lowly important',
  ],
  ['of those who uses most beyond its request', 'memory', [measured('a', 300, '250Mi'), measured('b', 100)], 'b a'],
  [
    'also where nobody uses more',
    'memory',
    [measured('a', 10, '1Gi', { priority: 5 }), measured('b', 500, '1Gi', { priority: 7 })],
    'a b',
  ],
  [
    'and nobody who is critical',
    'memory',
    [measured('core', 900, undefined, { priority: 2_000_000_000 }), measured('a', 1)],
    'a',
  ],
  [
    'of the disk, volumes count with what containers have written',
    'ephemeral-storage',
    [measured('a', 300, '200Mi', disk), measured('b', 10, '200Mi', { ...disk, volumes: 400 })],
    'b a',
  ],
  [
    'a request of memory says nothing about the disk',
    'ephemeral-storage',
    [measured('a', 300, '1Gi'), measured('b', 200, '250Mi', disk)],
    'a b',
  ],
  ['of inodes nobody requests any', 'inodes', [measured('a', 0), { ...measured('b', 0), usedByVolumes: 12 }], 'b a'],
])('%s goes first', (_what, resource, pods, order) => {
  const namesOf = (of: readonly MeasuredPod[]) => rankForEviction(of, resource).map(({ pod }) => pod.metadata.name);
  expect(namesOf(pods).join(' ')).toBe(order);
  expect(namesOf([...pods].reverse()).join(' ')).toBe(order);
});

// TestOrderedByPriorityMemory and TestOrderedByPriorityDisk.
test.each<readonly [EvictionResource, readonly (readonly [number, string | undefined, number])[]]>([
  [
    'memory',
    [
      [500, undefined, 1],
      [50, undefined, 1],
      [600, '100Mi', 9],
      [150, '100Mi', 9],
      [800, '1Gi', 1],
      [200, '1Gi', 1],
      [800, '1Gi', 9],
      [200, '1Gi', 9],
    ],
  ],
  [
    'ephemeral-storage',
    [
      [500, undefined, 1],
      [50, undefined, 1],
      [600, '100Mi', 9],
      [150, '100Mi', 9],
      [800, '1Gi', 1],
      [200, '1Gi', 1],
      [800, '1Gi', 9],
      [200, '1Gi', 9],
    ],
  ],
])('of %s: above requests, then priority, then usage', (resource, rows) => {
  const pods = rows.map(([used, request, priority], index) =>
    measured(`p${index}`, used, request, { resource, priority }),
  );
  expect(rankForEviction([...pods].reverse(), resource)).toEqual(pods);
});

const withSidecar = (): MeasuredPod => {
  const { pod } = measured('a', 0);
  const initContainers = [{ name: 'proxy', restartPolicy: 'Always' as const }];
  const used = new Map([
    ['app', 10 * MEBIBYTE],
    ['proxy', 30 * MEBIBYTE],
  ]);
  return { pod: { ...pod, spec: { containers: [], ...pod.spec, initContainers } }, used, usedByVolumes: 0 };
};

test.each<readonly [MetThreshold, MeasuredPod, string]>([
  [
    { signal: 'memory.available', resource: 'memory', threshold: 100 * MEBIBYTE, available: 52 * MEBIBYTE },
    withSidecar(),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. Container app was using 10Mi, request is 0, has larger consumption of memory. Container proxy was using 30Mi, request is 0, has larger consumption of memory. ',
  ],
  [
    { signal: 'memory.available', resource: 'memory', threshold: 100 * MEBIBYTE, available: 52 * MEBIBYTE },
    measured('a', 300, '100Mi'),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. Container app was using 300Mi, request is 100Mi, has larger consumption of memory. ',
  ],
  [
    { signal: 'nodefs.available', resource: 'ephemeral-storage', threshold: 5 * MEBIBYTE, available: MEBIBYTE },
    measured('a', 3, undefined, disk),
    'The node was low on resource: ephemeral-storage. Threshold quantity: 5Mi, available: 1Mi. Container app was using 3Mi, request is 0, has larger consumption of ephemeral-storage. ',
  ],
  [
    { signal: 'nodefs.inodesFree', resource: 'inodes', threshold: 500, available: 3 },
    { ...measured('a', 0), usedByVolumes: 900 },
    'The node was low on resource: inodes. Threshold quantity: 500, available: 3. ',
  ],
])('one pod is evicted, with the kubelet’s words: $signal', (threshold, pod, message) => {
  expect(computeEviction(threshold, [pod, measured('z', 0, '1Gi')])).toEqual({ pod: pod.pod, message });
  expect(computeEviction(threshold, [])).toBeUndefined();
});

// "with an imagefs, nodefs pressure should just delete logs", "imagefs pressure should delete unused images"
// (eviction/helpers.go).
test.each<readonly [MetThreshold['signal'], boolean, string]>([
  ['nodefs.available', false, 'containers volumes'],
  ['imagefs.available', false, 'containers volumes'],
  ['nodefs.available', true, 'volumes'],
  ['nodefs.inodesFree', true, 'volumes'],
  ['imagefs.available', true, 'containers'],
  ['imagefs.inodesFree', true, 'containers'],
])('where %s is short (a disk for the engine: %s) that disk holds %s', (signal, hasImageDisk, held) => {
  const found = Object.entries(computeOnDisk(signal, hasImageDisk)).filter(([, is]) => is);
  expect(found.map(([what]) => what).join(' ')).toBe(held);
});
