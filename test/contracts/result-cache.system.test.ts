import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LinuxResultCache } from '../../src/host/linux/linux-result-cache.ts';
import { resultCacheContract } from './result-cache-contract.ts';

function createFolder() {
  const parent = mkdtempSync(join(tmpdir(), 'berth-results-'));
  const folder = join(parent, 'cache');
  return {
    folder,
    open: (maxBytes: number) => new LinuxResultCache({ folder, maxBytes }),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

resultCacheContract('on disk', createFolder);

test('outlives the process, is closed to others, and counts what was there before', async () => {
  const world = createFolder();
  const bytes = new Uint8Array(100);
  for (const key of ['a', 'b', 'c']) await world.open(1000).set(key, bytes);
  expect(await world.open(1000).get('a')).toEqual(bytes);
  expect(statSync(world.folder).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(world.folder)) {
    expect(statSync(join(world.folder, name)).mode & 0o777).toBe(0o600);
    expect(name).toMatch(/^[0-9a-f]{64}$/);
  }
  await world.open(250).set('d', bytes);
  expect(readdirSync(world.folder).length).toBeLessThanOrEqual(2);
  world.remove();
});

test('what was not used for longest goes first', async () => {
  const world = createFolder();
  const cache = world.open(390);
  await cache.set('a', new Uint8Array(100));
  await cache.set('b', new Uint8Array(100));
  for (const name of readdirSync(world.folder)) utimesSync(join(world.folder, name), 1, 1);
  await cache.get('a');
  await cache.set('c', new Uint8Array(100));
  await cache.set('d', new Uint8Array(100));
  expect(await cache.get('b')).toBeUndefined();
  expect(await cache.get('a')).toBeDefined();
  world.remove();
});

test('a folder that cannot be used is as if nothing had ever been there', async () => {
  const world = createFolder();
  writeFileSync(world.folder, 'a file');
  const cache = world.open(1000);
  await cache.set('a', new Uint8Array(1));
  expect(await cache.get('a')).toBeUndefined();
  world.remove();
});
