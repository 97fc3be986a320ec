import { describe, expect, test } from 'vitest';
import { SimDisk } from '../../host/sim/sim-disk.ts';
import { BerthError } from '../../lib/errors.ts';
import { checkStore } from './check-store.ts';
import { writeSnapshot } from './snapshot.ts';
import { copyDisk, openWorld, put, putDurably, run, settle, stateOf } from './testing/store-world.ts';

const LOG = 'log-0000000000000001.wal';
const HEADER_BYTES = 32;

interface SmallLog {
  readonly disk: SimDisk;
  readonly bytes: Uint8Array;
  /** Where each record ends; the first number is where the first record begins. */
  readonly ends: readonly number[];
  /** The state after each revision. */
  readonly states: readonly (readonly string[])[];
}

/** Five transactions, each on disk before the next; `isSealed`: and then enough idle time. */
async function makeLog({ isSealed }: { readonly isSealed: boolean }): Promise<SmallLog> {
  const world = await openWorld();
  const ends = [HEADER_BYTES];
  const states = [stateOf(world.store)];
  for (let n = 1; n <= 5; n++) {
    await putDurably(world, `/k${n % 3}`, { n, text: 'some text' });
    ends.push(world.disk.contentOf(LOG).length);
    states.push(stateOf(world.store));
  }
  if (isSealed) await settle(world.clock);
  const disk = copyDisk(world.disk);
  return { disk, bytes: disk.contentOf(LOG), ends, states };
}

/** Opens the log with this content: the state, or the code and the place of the damage. */
async function openWith(log: SmallLog, content: Uint8Array) {
  const disk = copyDisk(log.disk);
  disk.place(LOG, content);
  try {
    const { store, warnings } = await openWorld({ disk });
    return { state: stateOf(store), revision: store.revision, warnings };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const { damage } = await checkStore(disk);
    return { code: error.code, object: error.object, offset: damage?.offset ?? Number.NaN };
  }
}

function flipped(bytes: Uint8Array, offset: number, mask: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ mask;
  return copy;
}

describe('a flipped bit in the log', () => {
  test.each([1, 0x80])('is damage wherever a later record vouches for it (mask %i)', async (mask) => {
    const log = await makeLog({ isSealed: false });
    const lastRecord = log.ends[4] ?? 0;
    for (let offset = 0; offset < lastRecord; offset++) {
      const found = await openWith(log, flipped(log.bytes, offset, mask));
      expect(found).toMatchObject({ code: 'StoreCorrupt', object: LOG });
      expect(found.offset, `the damage at byte ${offset}`).toBe(log.ends.findLast((end) => end <= offset) ?? 0);
    }
  });

  test.each([1, 0x80])('is damage in the last record, too, once the log was idle (mask %i)', async (mask) => {
    const log = await makeLog({ isSealed: true });
    const sealStart = log.ends[5] ?? 0;
    expect(log.bytes.length).toBeGreaterThan(sealStart);
    for (let offset = 0; offset < log.bytes.length; offset++) {
      const found = await openWith(log, flipped(log.bytes, offset, mask));
      if (offset < sealStart) expect(found).toMatchObject({ code: 'StoreCorrupt', object: LOG });
      else expect(found).toMatchObject({ revision: 5, state: log.states[5] });
    }
  });

  test('cannot be told from a torn end in a last record that nothing vouches for yet', async () => {
    const log = await makeLog({ isSealed: false });
    for (let offset = log.ends[4] ?? 0; offset < log.bytes.length; offset++) {
      const found = await openWith(log, flipped(log.bytes, offset, 1));
      expect(found).toMatchObject({ revision: 4, state: log.states[4] });
      expect(found.warnings?.join()).toContain('torn end of the log was cut');
    }
  });
});

describe('a torn end of the log', () => {
  test('is cut at every length, and the store goes on from there', async () => {
    const log = await makeLog({ isSealed: false });
    for (let length = HEADER_BYTES; length <= log.bytes.length; length++) {
      const revision = log.ends.filter((end) => end <= length).length - 1;
      const torn = copyDisk(log.disk);
      torn.place(LOG, log.bytes.subarray(0, length));
      const world = await openWorld({ disk: torn });
      expect([world.store.revision, stateOf(world.store)]).toEqual([revision, log.states[revision]]);
      expect(world.warnings).toHaveLength(log.ends.includes(length) ? 0 : 1);
      await putDurably(world, '/after', {});
      expect((await openWorld({ disk: world.disk })).store.revision).toBe(revision + 1);
    }
  });

  test('may be zeros, noise, or a batch of which only later sectors were written', async () => {
    const log = await makeLog({ isSealed: false });
    const zeros = Buffer.concat([log.bytes, Buffer.alloc(5_000)]);
    const noise = Buffer.concat([
      log.bytes,
      Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 167 + 13) % 256)),
    ]);
    for (const content of [zeros, noise]) {
      expect(await openWith(log, content)).toMatchObject({ revision: 5, state: log.states[5] });
    }
    const world = await openWorld({ disk: log.disk });
    for (let n = 0; n < 20; n++) put(world.store, `/batch${n}`, { text: 'x'.repeat(100) });
    await run(world.clock, world.store.durable());
    const batch = world.disk.contentOf(LOG);
    batch.fill(0, log.bytes.length, log.bytes.length + 512);
    expect(await openWith(log, batch)).toMatchObject({ revision: 5, state: log.states[5] });
  });

  test('may begin with a seal that never reached the disk', async () => {
    const log = await makeLog({ isSealed: true });
    const alive = await openWorld();
    await putDurably(alive, '/k', { n: 1 });
    const sealStart = alive.disk.contentOf(LOG).length;
    await settle(alive.clock);
    const sealEnd = alive.disk.contentOf(LOG).length;
    await putDurably(alive, '/k', { n: 2 });
    const batch = alive.disk.contentOf(LOG);
    // The seal is synced with the batch behind it, so that a crash may leave the one without the other.
    batch.fill(0, sealStart, sealEnd);
    expect(await openWith(log, batch)).toMatchObject({ revision: 1 });
  });

  test('is no torn end when it took what a header or a snapshot vouches for', async () => {
    const log = await makeLog({ isSealed: false });
    for (let length = 0; length < HEADER_BYTES; length++) {
      expect(await openWith(log, log.bytes.subarray(0, length))).toMatchObject({ code: 'StoreCorrupt', offset: 0 });
    }
    await writeSnapshot(log.disk, { revision: 5, entries: [] });
    const found = await openWith(log, log.bytes.subarray(0, -1));
    expect(found).toMatchObject({ code: 'StoreCorrupt', object: LOG, offset: log.ends[4] });
  });
});

describe('space that was reserved behind the end of the log', () => {
  const RESERVED = Buffer.alloc(4_096);

  test.each([false, true])('is cut without a word, and changes nothing (sealed: %s)', async (isSealed) => {
    const log = await makeLog({ isSealed });
    const disk = copyDisk(log.disk);
    disk.place(LOG, Buffer.concat([log.bytes, RESERVED]));
    const report = await checkStore(disk);
    expect(report.files.at(-1)).toMatchObject({ sizeBytes: log.bytes.length, tornBytes: 0, isSealed });
    const world = await openWorld({ disk });
    expect([world.store.revision, stateOf(world.store), world.warnings]).toEqual([5, log.states[5], []]);
    await putDurably(world, '/after', {});
    expect((await openWorld({ disk: world.disk })).store.revision).toBe(6);
  });

  test('hides no damage before it, and no torn end', async () => {
    const log = await makeLog({ isSealed: true });
    const sealStart = log.ends[5] ?? 0;
    for (let offset = 0; offset < sealStart; offset++) {
      const found = await openWith(log, Buffer.concat([flipped(log.bytes, offset, 1), RESERVED]));
      expect(found).toMatchObject({ code: 'StoreCorrupt', object: LOG });
    }
    for (let length = HEADER_BYTES; length < sealStart; length++) {
      const revision = log.ends.filter((end) => end <= length).length - 1;
      const found = await openWith(log, Buffer.concat([log.bytes.subarray(0, length), RESERVED]));
      expect(found).toMatchObject({ revision, state: log.states[revision] });
    }
  });

  test('has no place in a segment that is followed by another', async () => {
    const world = await openWorld({ store: { limits: { segmentBytes: 400, logBytes: 100_000 } } });
    for (let n = 0; n < 10; n++) await putDurably(world, `/k${n}`, { n, text: 'x'.repeat(100) });
    const disk = copyDisk(world.disk);
    disk.place(LOG, Buffer.concat([disk.contentOf(LOG), RESERVED]));
    await expect(openWorld({ disk })).rejects.toMatchObject({ code: 'StoreCorrupt', object: LOG });
  });
});

describe('damage to a store of many files', () => {
  async function makeFiles(): Promise<SimDisk> {
    const world = await openWorld({ store: { limits: { segmentBytes: 400, logBytes: 900 } } });
    for (let n = 0; n < 23; n++) await putDurably(world, `/k${n % 4}`, { n, text: 'x'.repeat(100) });
    const disk = world.disk;
    expect(disk.names.filter((name) => name.startsWith('log-')).length).toBeGreaterThan(1);
    expect(disk.names.filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);
    return copyDisk(disk);
  }

  test('is found in every byte of the snapshot, and of each segment but the last', async () => {
    const disk = await makeFiles();
    for (const name of disk.names.filter((one) => one !== disk.names.findLast((other) => other.startsWith('log-')))) {
      const content = disk.contentOf(name);
      for (let offset = 0; offset < content.length; offset++) {
        const damaged = copyDisk(disk);
        damaged.place(name, flipped(content, offset, 4));
        await expect(openWorld({ disk: damaged }), `${name} ${offset}`).rejects.toMatchObject({
          code: 'StoreCorrupt',
          object: name,
        });
      }
      for (const length of [0, 20, 40, content.length - 1]) {
        const cut = copyDisk(disk);
        cut.place(name, content.subarray(0, length));
        await expect(openWorld({ disk: cut })).rejects.toMatchObject({ code: 'StoreCorrupt', object: name });
      }
    }
  });

  test('is found when a file is missing', async () => {
    const disk = await makeFiles();
    const logs = disk.names.filter((name) => name.startsWith('log-'));
    for (const gone of [[logs[0] ?? ''], logs, disk.names.filter((name) => name.startsWith('snapshot-'))]) {
      const damaged = copyDisk(disk);
      for (const name of gone) await damaged.remove(name);
      await expect(openWorld({ disk: damaged }), gone.join()).rejects.toThrow(/missing/);
    }
  });

  test('is reported by a check with file and offset, and nothing is changed', async () => {
    const disk = await makeFiles();
    const whole = await checkStore(disk);
    expect(whole).toMatchObject({ revision: 23, objects: 4, damage: undefined });
    expect(whole.files.at(-1)).toMatchObject({ kind: 'snapshot', formatVersion: 1, records: 4, tornBytes: 0 });
    expect(whole.sizeBytes).toBe(disk.names.reduce((sum, name) => sum + disk.contentOf(name).length, 0));

    const first = disk.names[0] ?? '';
    disk.place(first, flipped(disk.contentOf(first), 40, 1));
    const before = disk.contentOf(first);
    expect((await checkStore(disk)).damage).toEqual({
      file: first,
      offset: 32,
      reason: 'the checksum of the record does not match',
    });
    expect(disk.contentOf(first)).toEqual(before);
  });
});

test('an empty directory is an empty store for a check', async () => {
  expect(await checkStore(new SimDisk())).toEqual({
    files: [],
    sizeBytes: 0,
    revision: 0,
    objects: 0,
    damage: undefined,
  });
});
