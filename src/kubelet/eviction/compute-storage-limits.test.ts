import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { computeStorageLimitEviction, hasStorageLimit } from './compute-storage-limits.ts';

const KIBIBYTE = 1024;

type Limits = Readonly<Record<string, string>>;

function podOf(containers: Limits, volumes: Limits = {}, medium?: string): Pod {
  const limited = (limit: string) => (limit === '' ? {} : { resources: { limits: { 'ephemeral-storage': limit } } });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', uid: 'a', namespace: 'default', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      containers: Object.entries(containers).map(([name, limit]) => ({ name, ...limited(limit) })),
      volumes: Object.entries(volumes).map(([name, sizeLimit]) => ({
        name,
        emptyDir: { ...(medium === undefined ? {} : { medium }), ...(sizeLimit === '' ? {} : { sizeLimit }) },
      })),
    },
  };
}

function withSidecar(limit: string, ofSidecar: string): Pod {
  const pod = podOf({ a: limit });
  const resources = { limits: { 'ephemeral-storage': ofSidecar } };
  const initContainers = [{ name: 'proxy', restartPolicy: 'Always' as const, resources }];
  return { ...pod, spec: { containers: [], ...pod.spec, initContainers } };
}

type Used = Readonly<Record<string, number>>;

test.each<readonly [string, Pod, Used, Used, string | undefined]>([
  [
    'a volume over its size',
    podOf({ a: '' }, { v: '10Ki' }),
    {},
    { v: 11 },
    'Usage of EmptyDir volume "v" exceeds the limit "10Ki". ',
  ],
  ['a volume that is as large as it may be', podOf({ a: '' }, { v: '10Ki' }), {}, { v: 10 }, undefined],
  ['a volume in memory, which the kernel limits', podOf({ a: '' }, { v: '10Ki' }, 'Memory'), {}, { v: 99 }, undefined],
  ['a volume without a limit', podOf({ a: '' }, { v: '' }), {}, { v: 99 }, undefined],
  [
    'all of a pod over the limits of its containers',
    podOf({ a: '10Ki' }, { v: '' }),
    { a: 5 },
    { v: 6 },
    'Pod ephemeral local storage usage exceeds the total limit of containers 10Ki. ',
  ],
  [
    'over the sum of them',
    podOf({ a: '10Ki', b: '10Ki' }),
    { a: 15, b: 6 },
    {},
    'Pod ephemeral local storage usage exceeds the total limit of containers 20Ki. ',
  ],
  [
    'one container over its own',
    podOf({ a: '10Ki', b: '10Ki' }),
    { a: 11, b: 1 },
    {},
    'Container a exceeded its local ephemeral storage limit "10Ki". ',
  ],
  ['a volume whose limit is 0, which is none', podOf({ a: '' }, { v: '0' }), {}, { v: 99 }, undefined],
  [
    'a container beside a sidecar with a limit of its own',
    withSidecar('10Ki', '20Ki'),
    { a: 9, proxy: 15 },
    {},
    undefined,
  ],
  [
    'both over what both may have',
    withSidecar('10Ki', '20Ki'),
    { a: 9, proxy: 22 },
    {},
    'Pod ephemeral local storage usage exceeds the total limit of containers 30Ki. ',
  ],
  ['within all of them', podOf({ a: '10Ki', b: '' }), { a: 4, b: 5 }, {}, undefined],
])('%s', (_what, pod, containers, emptyDirs, message) => {
  const sized = (used: Used) => new Map(Object.entries(used).map(([name, kibibytes]) => [name, kibibytes * KIBIBYTE]));
  const stored = { containers: sized(containers), emptyDirs: sized(emptyDirs) };
  expect(computeStorageLimitEviction(pod, stored)).toBe(message);
});

test.each<readonly [string, Pod, boolean]>([
  ['of a container', podOf({ a: '1Ki' }), true],
  ['of a volume', podOf({ a: '' }, { v: '1Ki' }), true],
  ['of memory', podOf({ a: '' }, { v: '1Ki' }, 'Memory'), false],
  ['of nothing', podOf({ a: '' }, { v: '' }), false],
  ['that is 0', podOf({ a: '' }, { v: '0' }), false],
])('a pod with a limit %s is measured: %#', (_what, pod, isMeasured) => {
  expect(hasStorageLimit(pod)).toBe(isMeasured);
});
