import { describe, expect, test } from 'vitest';
import { SimDisk } from '../../host/sim/sim-disk.ts';
import { backupStore, restoreStore } from './backup-store.ts';
import { checkStore } from './check-store.ts';
import { openStoreReadOnly } from './read-only-store.ts';
import { openWorld, put, putDurably, run, type StoreWorld, stateOf } from './testing/store-world.ts';

async function makeWorld(puts = 10): Promise<StoreWorld> {
  const world = await openWorld();
  for (let n = 0; n < puts; n++) await putDurably(world, `/k${n % 4}`, { n });
  return world;
}

describe('a backup', () => {
  test('of an open store holds what was committed before, though nothing of it was durable', async () => {
    const world = await makeWorld();
    put(world.store, '/last', {});
    const expected = stateOf(world.store);
    const to = new SimDisk();
    const backup = world.store.backup(to);
    put(world.store, '/later', {});
    expect(await run(world.clock, backup)).toMatchObject({ revision: 11, objects: 5 });
    const opened = await openWorld({ disk: to });
    expect([opened.store.revision, stateOf(opened.store)]).toEqual([11, expected]);
  });

  test('of a directory leaves the directory as it is', async () => {
    const world = await makeWorld();
    const before = world.disk.contentOf('log-0000000000000001.wal');
    const to = new SimDisk();
    expect(await backupStore({ from: world.disk, to })).toMatchObject({ revision: 10, objects: 4 });
    expect(world.disk.contentOf('log-0000000000000001.wal')).toEqual(before);
    expect(stateOf((await openWorld({ disk: to })).store)).toEqual(stateOf(world.store));
  });

  test('is not written over a store, and not made of nothing or of a damaged store', async () => {
    const { disk } = await makeWorld();
    const other = (await makeWorld()).disk;
    await expect(backupStore({ from: disk, to: other })).rejects.toMatchObject({ code: 'StoreExists' });
    await expect(backupStore({ from: new SimDisk(), to: new SimDisk() })).rejects.toMatchObject({
      code: 'ConfigInvalid',
    });
    const content = disk.contentOf('log-0000000000000001.wal');
    content[40] = 77;
    disk.place('log-0000000000000001.wal', content);
    const to = new SimDisk();
    await expect(backupStore({ from: disk, to })).rejects.toMatchObject({ code: 'StoreCorrupt' });
    expect(to.names).toEqual([]);
  });
});

describe('a restore', () => {
  test('brings the objects back, under revisions that nobody has seen', async () => {
    const world = await makeWorld();
    const backup = new SimDisk();
    await run(world.clock, world.store.backup(backup));
    await putDurably(world, '/lost', {});
    const to = new SimDisk();
    await restoreStore({ from: backup, to });
    const restored = await openWorld({ disk: to });
    expect(restored.store.revision).toBeGreaterThan(world.store.revision);
    expect(restored.store.list('').map((entry) => entry.value)).toEqual([{ n: 8 }, { n: 9 }, { n: 6 }, { n: 7 }]);
    await putDurably(restored, '/new', {});
    expect((await checkStore(to)).damage).toBeUndefined();
  });

  test('moves a store aside when told to, also a damaged one, and never overwrites one otherwise', async () => {
    const backup = new SimDisk();
    const world = await makeWorld();
    await run(world.clock, world.store.backup(backup));
    const target = await makeWorld(50);
    const old = target.disk.contentOf('log-0000000000000001.wal');
    old[40] = 77;
    target.disk.place('log-0000000000000001.wal', old);
    await expect(restoreStore({ from: backup, to: target.disk })).rejects.toMatchObject({ code: 'StoreExists' });
    expect(target.disk.contentOf('log-0000000000000001.wal')).toEqual(old);

    await run(target.clock, restoreStore({ from: backup, to: target.disk, replace: true }));
    expect(target.disk.contentOf('replaced-1-log-0000000000000001.wal')).toEqual(old);
    expect((await openWorld({ disk: target.disk })).store.count('')).toBe(4);
    await run(target.clock, restoreStore({ from: backup, to: target.disk, replace: true }));
    expect(target.disk.names.filter((name) => name.startsWith('replaced-2-'))).toHaveLength(2);
  });

  test('refuses a damaged backup before it touches anything', async () => {
    const backup = new SimDisk();
    const world = await makeWorld();
    await run(world.clock, world.store.backup(backup));
    const snapshot = backup.names.find((name) => name.startsWith('snapshot-')) ?? '';
    const content = backup.contentOf(snapshot);
    content[content.length - 3] = 9;
    backup.place(snapshot, content);
    const names = world.disk.names;
    await expect(restoreStore({ from: backup, to: world.disk, replace: true })).rejects.toMatchObject({
      code: 'StoreCorrupt',
    });
    expect(world.disk.names).toEqual(names);
  });
});

describe('a read-only opening', () => {
  test('sees what is on disk, and keeps what is written to it to itself', async () => {
    const world = await makeWorld();
    const { disk } = world;
    const torn = Buffer.concat([disk.contentOf('log-0000000000000001.wal'), Buffer.alloc(30)]);
    disk.place('log-0000000000000001.wal', torn);
    const store = await openStoreReadOnly({ disk, indexes: [] });
    expect(stateOf(store)).toEqual(stateOf(world.store));
    put(store, '/planned', {});
    await store.durable();
    await store.close();
    expect(disk.names).toEqual(['log-0000000000000001.wal']);
    expect(Buffer.from(disk.contentOf('log-0000000000000001.wal')).equals(torn)).toBe(true);
  });

  test('succeeds beside a store that compacts all the time', async () => {
    const world = await openWorld({
      onOperation: () => ({ delayMs: 1 }),
      store: { limits: { segmentBytes: 500, logBytes: 500 } },
    });
    for (let n = 0; n < 200; n++) {
      put(world.store, `/k${n % 5}`, { n, text: 'x'.repeat(100) });
      if (n % 10 !== 0) continue;
      const durable = world.store.durableRevision;
      const store = await run(world.clock, openStoreReadOnly({ disk: world.disk, indexes: [] }));
      expect(store.revision).toBeGreaterThanOrEqual(durable);
    }
  });

  test('takes a directory without a store for an empty one', async () => {
    expect((await openStoreReadOnly({ disk: new SimDisk(), indexes: [] })).revision).toBe(0);
  });
});
