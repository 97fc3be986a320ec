import { expect, test } from 'vitest';
import type { StoredImage } from '../../runtime/runtime.ts';
import { bytesToFree, computeImageCollection, type OwnImage } from './compute-image-collection.ts';

const GIBIBYTE = 1024 ** 3;
const NOW_MS = 1_000_000;

const stored = (id: string, names: readonly string[] = [`${id}:1`]): StoredImage => ({ id, names, sizeBytes: 10 });
const own = (id: string, more: Partial<OwnImage> = {}): OwnImage => ({
  id,
  names: [`${id}:1`],
  detectedAtMs: 0,
  lastUsedAtMs: undefined,
  ...more,
});

interface Case {
  readonly images: readonly StoredImage[];
  readonly own: readonly OwnImage[];
  readonly inUse?: readonly string[];
}

test.each<readonly [string, Case, string]>([
  ['what Berth pulled and nobody uses', { images: [stored('a')], own: [own('a')] }, 'a'],
  ['not what Berth did not pull', { images: [stored('a')], own: [] }, ''],
  ['not what somebody gave another name', { images: [stored('a', ['a:1', 'mine:2'])], own: [own('a')] }, ''],
  [
    'what has two names of Berth',
    { images: [stored('a', ['a:1', 'b:1'])], own: [own('a', { names: ['a:1', 'b:1'] })] },
    'a',
  ],
  ['what lost its name to a newer one', { images: [stored('a', [])], own: [own('a')] }, 'a'],
  ['not what a container was made from', { images: [stored('a')], own: [own('a')], inUse: ['a'] }, ''],
  ['not what a pod is about to start from', { images: [stored('a')], own: [own('a')], inUse: ['a:1'] }, ''],
  ['not what has only just come', { images: [stored('a')], own: [own('a', { detectedAtMs: NOW_MS - 119_999 })] }, ''],
  [
    'but what has been there for two minutes',
    { images: [stored('a')], own: [own('a', { detectedAtMs: NOW_MS - 120_000 })] },
    'a',
  ],
  [
    'the one that was not used for longest first, and before it those that were not used at all',
    {
      images: ['a', 'b', 'c', 'd'].map((id) => stored(id)),
      own: [
        own('a', { lastUsedAtMs: 500 }),
        own('b', { lastUsedAtMs: 400 }),
        own('c', { detectedAtMs: 20 }),
        own('d', { detectedAtMs: 10 }),
      ],
    },
    'd c b a',
  ],
])('%s may go', (_what, { images, own: known, inUse = [] }, order) => {
  const snapshot = { images, own: known, inUse: new Set(inUse), monotonicMs: NOW_MS };
  expect(
    computeImageCollection(snapshot)
      .map(({ id }) => id)
      .join(' '),
  ).toBe(order);
});

test.each([
  [100, 16, 0],
  [100, 15, 5],
  [100, 0, 20],
  [10, 1, 1],
  // Of a large disk as much is kept free as of one of 100 GiB.
  [1000, 16, 0],
  [1000, 14, 6],
])('of a disk of %i GiB with %i left, %i are to be freed', (capacity, available, freed) => {
  const disk = { device: 'a', inodes: 0, freeInodes: 0 };
  const bytes = bytesToFree({ ...disk, capacityBytes: capacity * GIBIBYTE, availableBytes: available * GIBIBYTE });
  expect(bytes).toBe(freed * GIBIBYTE);
});
