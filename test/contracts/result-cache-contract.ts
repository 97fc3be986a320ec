import { describe, expect, test } from 'vitest';
import type { ResultCache } from '../../src/host/result-cache.ts';

export interface ResultCacheWorld {
  /** A cache over what the world holds; opened again, as after a restart, where it outlives its object. */
  open(maxBytes: number): ResultCache;
  remove(): void;
}

const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value);

/** What every cache of results has in common. */
export function resultCacheContract(name: string, create: () => ResultCacheWorld): void {
  describe(name, () => {
    const inWorld = async (work: (world: ResultCacheWorld) => Promise<void>) => {
      const world = create();
      try {
        await work(world);
      } finally {
        world.remove();
      }
    };

    test('gives back what was set last for a key, and nothing for others', () =>
      inWorld(async (world) => {
        const cache = world.open(1000);
        await cache.set('a/b', bytes(10, 1));
        await cache.set('a/b', bytes(20, 2));
        await cache.set('', bytes(1, 3));
        expect(await cache.get('a/b')).toEqual(bytes(20, 2));
        expect(await cache.get('')).toEqual(bytes(1, 3));
        expect(await cache.get('a')).toBeUndefined();
      }));

    test('stays within its size by forgetting', () =>
      inWorld(async (world) => {
        const cache = world.open(1000);
        for (let index = 0; index < 30; index++) await cache.set(`k${index}`, bytes(100, index));
        let kept = 0;
        for (let index = 0; index < 30; index++) kept += (await cache.get(`k${index}`))?.length ?? 0;
        expect(kept).toBeLessThanOrEqual(1000);
        expect(kept).toBeGreaterThanOrEqual(500);
        expect(await cache.get('k29')).toEqual(bytes(100, 29));
      }));

    test('does not take what is larger than all of it, and forgets what that would have replaced', () =>
      inWorld(async (world) => {
        const cache = world.open(1000);
        await cache.set('a', bytes(10));
        await cache.set('a', bytes(1001));
        expect(await cache.get('a')).toBeUndefined();
      }));

    test('keeps its own copy', () =>
      inWorld(async (world) => {
        const cache = world.open(1000);
        const mine = bytes(3);
        await cache.set('a', mine);
        mine.fill(9);
        expect(await cache.get('a')).toEqual(bytes(3));
      }));
  });
}
