import { describe, expect, test } from 'vitest';
import type { DiskOperation, SimDisk } from '../../host/sim/sim-disk.ts';
import type { JsonObject } from '../../lib/json.ts';
import { SeededRandom } from '../../lib/random.ts';
import { decodeChanges } from './changes-codec.ts';
import { encodeFileHeader, FORMAT_VERSION } from './store-files.ts';
import {
  copyDisk,
  openWorld,
  put,
  putDurably,
  run,
  type StoreWorldOptions,
  settle,
  stateOf,
  turn,
} from './testing/store-world.ts';

const random = new SeededRandom(1);
const SMALL_LIMITS = { segmentBytes: 2_000, logBytes: 4_000 };

describe('group commit', () => {
  test('puts what 64 writers wait for behind one sync, and never has two under way', async () => {
    const operations: DiskOperation['kind'][] = [];
    const { clock, store } = await openWorld({
      onOperation: ({ kind }) => {
        operations.push(kind);
        return { delayMs: 5 };
      },
    });
    operations.length = 0;
    async function write(writer: number): Promise<void> {
      for (let n = 0; n < 10; n++) {
        put(store, `/w${writer}`, { n });
        await store.durable();
      }
    }
    await run(clock, Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer))));
    expect(store.durableRevision).toBe(640);
    expect(operations).toEqual(Array.from({ length: 10 }, () => ['append', 'sync']).flat());
  });

  test('takes what is committed during a sync into the next one', async () => {
    const { clock, store } = await openWorld({
      onOperation: ({ kind }) => (kind === 'sync' ? { delayMs: 5 } : undefined),
    });
    put(store, '/a', {});
    clock.setTimer(2, () => put(store, '/b', {}));
    await run(clock, store.durable(1));
    expect([store.revision, store.durableRevision]).toEqual([2, 1]);
    await run(clock, store.durable(2));
    expect(store.durableRevision).toBe(2);
  });

  test('refuses a value that is no JSON, and keeps the log whole', async () => {
    const world = await openWorld();
    await putDurably(world, '/a', { n: 1 });
    const loop: Record<string, JsonObject> = {};
    loop['self'] = loop;
    expect(() => put(world.store, '/b', loop)).toThrow('circular');
    await putDurably(world, '/c', {});
    expect(stateOf((await openWorld({ disk: world.disk })).store)).toEqual(stateOf(world.store));
  });
});

describe('opening again', () => {
  test('finds the same state, and goes on with the next revision', async () => {
    const world = await openWorld();
    put(world.store, '/a', { text: 'héllo ☃ 𝄞 \u0000 \ud800' });
    put(world.store, '/ключ', { deep: [{ n: 1.5, nothing: null, yes: true }] });
    put(world.store, '/gone', {});
    world.store.transact((transaction) => transaction.delete('/gone'));
    await run(world.clock, world.store.close());
    const again = await openWorld({ disk: world.disk });
    expect(stateOf(again.store)).toEqual(stateOf(world.store));
    expect([again.store.revision, again.store.durableRevision, again.store.compactedRevision]).toEqual([4, 4, 4]);
    expect(Object.isFrozen(again.store.get('/ключ')?.value['deep'])).toBe(true);
    await putDurably(again, '/a', { n: 2 });
    expect((await openWorld({ disk: again.disk })).store.get('/a')).toMatchObject({
      createRevision: 1,
      modRevision: 5,
    });
  });

  test('writes nothing when nothing has changed', async () => {
    const world = await openWorld();
    await putDurably(world, '/a', {});
    await run(world.clock, world.store.close());
    const again = await openWorld({ disk: world.disk });
    await settle(again.clock);
    await run(again.clock, again.store.close());
    expect(filesOf(again.disk)).toEqual(filesOf(world.disk));
  });

  test('syncs what a killed process may have left unsynced, before anybody relies on it', async () => {
    const world = await openWorld();
    put(world.store, '/a', {});
    await turn();
    world.clock.fireNext();
    const operations: string[] = [];
    const onOperation = ({ kind }: DiskOperation) => {
      operations.push(kind);
      return undefined;
    };
    const again = await openWorld({ disk: world.disk.crash('kill', random), onOperation });
    expect(operations.indexOf('sync')).toBeGreaterThan(operations.indexOf('openAppender'));
    expect(again.store.durableRevision).toBe(again.store.revision);
  });
});

describe('compaction', () => {
  test('keeps the log short while everything goes on, and loses nothing', async () => {
    const world = await openWorld({ store: { limits: SMALL_LIMITS } });
    let mostBytes = 0;
    for (let n = 0; n < 300; n++) {
      await putDurably(world, `/k${n % 7}`, { n, text: 'x'.repeat(100) });
      mostBytes = Math.max(mostBytes, sizeOf(world.disk));
    }
    expect(mostBytes).toBeLessThan(12_000);
    await settle(world.clock);
    expect(world.disk.names.filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);
    const again = await openWorld({ disk: world.disk.crash('powerLoss', random) });
    expect([again.store.revision, stateOf(again.store)]).toEqual([300, stateOf(world.store)]);
  });

  test('writes a snapshot piece by piece, and commits go on meanwhile', async () => {
    const pieces: number[] = [];
    const world = await openWorld({
      onOperation: ({ kind, name, sizeBytes }) => {
        if (kind !== 'write' || !name.startsWith('snapshot')) return undefined;
        pieces.push(sizeBytes);
        return { delayMs: 100 };
      },
      store: { limits: { segmentBytes: 500_000, logBytes: 0 } },
    });
    world.store.transact((transaction) => {
      for (let n = 0; n < 2_000; n++) transaction.put(`/k${n}`, { text: 'x'.repeat(1_000) });
    });
    await run(world.clock, world.store.durable());
    for (let n = 0; n < 20; n++) await putDurably(world, '/during', { n });
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.length).toBeLessThan(10);
    await settle(world.clock);
    expect(pieces.length).toBeGreaterThan(15);
    expect(Math.max(...pieces)).toBeLessThan(200_000);
    expect(stateOf((await openWorld({ disk: world.disk })).store)).toEqual(stateOf(world.store));
  });

  test('writes no snapshot that is ahead of the log', async () => {
    let segments = 0;
    const world = await openWorld({
      onOperation: ({ kind, name }) => {
        if (kind === 'rename' && name.startsWith('log-')) segments++;
        return segments > 1 && kind === 'append' ? { delayMs: 1_000 } : undefined;
      },
      store: { limits: { segmentBytes: 1_000, logBytes: 1_000 } },
    });
    const onEvents = () => world.store.revision === 1 && put(world.store, '/b', {});
    world.store.watch({ prefix: '', when: 'durable', onEvents });
    put(world.store, '/a', { text: 'x'.repeat(1_000) });
    for (let n = 0; n < 10; n++) {
      await turn();
      if ((world.clock.nextDueMs() ?? 1_000) < 1_000) world.clock.fireNext();
    }
    expect([segments, world.store.durableRevision, world.store.revision]).toEqual([2, 1, 2]);
    expect((await openWorld({ disk: world.disk.crash('kill', random, {}) })).store.revision).toBeLessThanOrEqual(2);
  });

  test('goes on without a snapshot that cannot be written, and tries again later', async () => {
    let isFull = true;
    const world = await openWorld({
      onOperation: ({ kind, name }) =>
        isFull && kind === 'write' && name.startsWith('snapshot') ? { error: 'ENOSPC' } : undefined,
      store: { limits: SMALL_LIMITS },
    });
    for (let n = 0; n < 60; n++) await putDurably(world, '/k', { n, text: 'x'.repeat(100) });
    expect(world.warnings.join()).toContain('not compacted');
    isFull = false;
    for (let n = 0; n < 60; n++) await putDurably(world, '/k', { n, text: 'x'.repeat(100) });
    await settle(world.clock);
    expect(sizeOf(world.disk)).toBeLessThan(12_000);
    expect((await openWorld({ disk: world.disk })).store.revision).toBe(120);
  });

  test.each([
    ['longer than is worth reading again', {}],
    ['longer than it may be', { limits: { segmentBytes: 50_000_000, logBytes: 100_000 } }],
  ])('ends with one snapshot when the log is %s', async (_, options) => {
    const renamed: string[] = [];
    const onOperation = ({ kind, name }: DiskOperation) => void (kind === 'rename' && renamed.push(name));
    const world = await openWorld({ store: options, onOperation });
    for (let n = 0; n < 20; n++) put(world.store, '/k', { text: String(n).repeat(60_000) });
    await run(world.clock, world.store.close());
    expect(renamed.filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);
    expect(world.disk.names).toEqual(['log-0000000000000021.wal', 'snapshot-0000000000000020.snap']);
    expect(stateOf((await openWorld({ disk: world.disk })).store)).toEqual(stateOf(world.store));
  });
});

describe('a failing disk', () => {
  const failures: readonly { name: string; options: StoreWorldOptions; detail: string }[] = [
    { name: 'a full disk', options: { capacityBytes: 3_000 }, detail: 'ENOSPC' },
    { name: 'an append that is half done', options: { onOperation: failAfter('append', 8, 70) }, detail: 'EIO' },
    { name: 'a failing sync', options: { onOperation: failAfter('sync', 10) }, detail: 'EIO' },
    {
      name: 'a new segment that cannot be made',
      options: { onOperation: failAfter('rename', 1), store: { limits: { segmentBytes: 1_000 } } },
      detail: 'EIO',
    },
  ];

  test.each(failures)(
    'stops the store for good and loses nothing that was durable: $name',
    async ({ options, detail }) => {
      const world = await openWorld(options);
      const { clock, store } = world;
      const failed: Error[] = [];
      const told: number[] = [];
      store.onFailure((error) => failed.push(error));
      store.watch({ prefix: '', when: 'durable', onEvents: ([event]) => told.push(event?.revision ?? 0) });
      const results: string[] = [];
      for (let n = 0; n < 40 && failed.length === 0; n++) {
        put(store, `/k${n}`, { text: 'x'.repeat(100) });
        const outcome = store.durable().then(() => 'durable');
        results.push(
          await run(
            clock,
            outcome.catch((error) => error.code),
          ),
        );
      }
      const durable = results.filter((result) => result === 'durable').length;
      expect(results).toEqual([
        ...Array(durable).fill('durable'),
        ...Array(results.length - durable).fill('DiskFailed'),
      ]);
      expect(durable).toBe(store.durableRevision);
      expect(told).toEqual(Array.from({ length: durable }, (_, n) => n + 1));
      expect(failed.map(String)).toEqual([expect.stringContaining(detail)]);
      expect(() => put(store, '/more', {})).toThrow('DiskFailed');
      await expect(store.durable(store.revision + 1)).rejects.toMatchObject({ code: 'DiskFailed' });
      await run(clock, store.close());

      const capacity = options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes };
      const again = await openWorld({ disk: world.disk, ...capacity });
      expect(again.store.revision).toBeGreaterThanOrEqual(durable);
      for (let n = 0; n < durable; n++) expect(again.store.get(`/k${n}`)).toBeDefined();
    },
  );

  test('says so when the store cannot even be begun', async () => {
    await expect(openWorld({ capacityBytes: 10 })).rejects.toMatchObject({ code: 'DiskFailed' });
  });
});

describe('format versions', () => {
  test('refuses a file of a newer version', async () => {
    const { disk, store, clock } = await openWorld();
    await run(clock, store.close());
    disk.place('log-0000000000000001.wal', encodeFileHeader('segment', 1, FORMAT_VERSION + 1));
    await expect(openWorld({ disk })).rejects.toMatchObject({
      code: 'StoreVersion',
      object: 'log-0000000000000001.wal',
    });
  });

  test.each([
    ['with a log', 3],
    ['with an empty log', 0],
  ])('migrates a store of an older version at once, %s', async (_, puts) => {
    const old = await openWorld();
    for (let n = 0; n < puts; n++) await putDurably(old, `/old${n}`, { n });
    old.disk.place('log-0000000000000001.wal', withVersion(old.disk.contentOf('log-0000000000000001.wal'), 0));
    const formats = new Map([
      [FORMAT_VERSION, { decodeChanges }],
      // In this imagined version 0 the keys had another prefix.
      [0, { decodeChanges: renamed }],
    ]);
    const migrated = await openWorld({ disk: old.disk, store: { formats } });
    await putDurably(migrated, '/more', {});
    const again = await openWorld({ disk: migrated.disk });
    const keys = again.store.list('').map((entry) => entry.key);
    expect(keys).toEqual(['/more', ...Array.from({ length: puts }, (_, n) => `/new${n}`)]);
    expect(again.store.revision).toBe(puts + 1);
    expect(again.disk.names).toHaveLength(2);
  });

  function renamed(payload: Buffer) {
    return decodeChanges(payload).map((change) => ({ ...change, key: change.key.replace('old', 'new') }));
  }

  function withVersion(content: Uint8Array, version: number): Uint8Array {
    return Buffer.concat([encodeFileHeader('segment', 1, version), content.subarray(32)]);
  }
});

test('leaves other files alone, and removes what an interrupted write left', async () => {
  const { disk, store, clock } = await openWorld();
  await run(clock, store.close());
  const other = copyDisk(disk);
  other.place('notes.txt', new Uint8Array(3));
  other.place('snapshot-0000000000000009.snap.tmp', new Uint8Array(3));
  const again = await openWorld({ disk: other });
  expect(again.disk.names).toEqual(['log-0000000000000001.wal', 'notes.txt']);
});

function failAfter(kind: DiskOperation['kind'], calls: number, writtenBytes = 0) {
  let seen = 0;
  return (operation: DiskOperation) =>
    operation.kind === kind && ++seen > calls ? { error: 'EIO', writtenBytes } : undefined;
}

function sizeOf(disk: SimDisk): number {
  return disk.names.reduce((sum, name) => sum + disk.contentOf(name).length, 0);
}

function filesOf(disk: SimDisk): Record<string, string> {
  return Object.fromEntries(disk.names.map((name) => [name, Buffer.from(disk.contentOf(name)).toString('base64')]));
}
