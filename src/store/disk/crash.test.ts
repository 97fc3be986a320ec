import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimDisk, type SimDiskOptions } from '../../host/sim/sim-disk.ts';
import { randomInteger, SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { type DiskStore, openDiskStore } from './disk-store.ts';
import { stateOf, turn } from './testing/store-world.ts';

/** One transaction: which keys it writes, a size of 0 deletes. */
type Writes = readonly (readonly [key: number, sizeBytes: number])[];

/** One life of a process: transactions with a number of disk steps after each, until it crashes or its disk fails. */
interface Life {
  readonly seed: number;
  readonly transactions: readonly { readonly writes: Writes; readonly steps: number }[];
  readonly end: 'kill' | 'powerLoss' | 'close';
  /** After this many calls on the disk each further one fails. */
  readonly failsAfter: number | undefined;
  /** Steps that opening gets before the crash; most lives get enough. */
  readonly openingSteps: number;
}

const writesArbitrary = fc.array(fc.tuple(fc.nat({ max: 6 }), fc.oneof(fc.constant(0), fc.nat({ max: 900 }))), {
  minLength: 1,
  maxLength: 4,
});

const lifeArbitrary: fc.Arbitrary<Life> = fc.record({
  seed: fc.nat(),
  transactions: fc.array(fc.record({ writes: writesArbitrary, steps: fc.nat({ max: 6 }) }), { maxLength: 25 }),
  end: fc.constantFrom('kill', 'powerLoss', 'powerLoss', 'close'),
  failsAfter: fc.option(fc.nat({ max: 120 }), { nil: undefined, freq: 4 }),
  openingSteps: fc.oneof({ weight: 1, arbitrary: fc.nat({ max: 12 }) }, { weight: 4, arbitrary: fc.constant(10_000) }),
});

/** The states of all revisions of this history, and how much of it somebody relies on. */
interface Model {
  readonly states: (readonly string[])[];
  acknowledged: number;
}

test('after any crash, the store is a prefix of its history with everything that was acknowledged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lifeArbitrary, { minLength: 2, maxLength: 5 }), async (lives) => {
      const model: Model = { states: [[]], acknowledged: 0 };
      let disk = new SimDisk();
      for (const life of lives) disk = await live(life, disk, model);
      await live({ seed: 1, transactions: [], end: 'close', failsAfter: undefined, openingSteps: 10_000 }, disk, model);
    }),
    { numRuns: 400, seed: 20_260_101 },
  );
}, 120_000);

/** Plays one life on what the last one left, and returns what it leaves itself. */
async function live(life: Life, found: SimDisk, model: Model): Promise<SimDisk> {
  const random = new SeededRandom(life.seed);
  const clock = new VirtualClock();
  const disk = found.crash('kill', random, flakyDisk(life, clock, random));
  const store = await openFor(life, disk, clock);
  if (store === undefined) return disk.crash(life.end === 'close' ? 'kill' : life.end, random, {});

  expect(store.revision).toBeGreaterThanOrEqual(model.acknowledged);
  expect(stateOf(store)).toEqual(model.states[store.revision]);
  model.states.length = store.revision + 1;
  model.acknowledged = store.revision;
  store.watch({ prefix: '', when: 'durable', onEvents: ([event]) => acknowledge(model, event?.revision ?? 0) });
  let hasFailed = false;
  store.onFailure(() => {
    hasFailed = true;
  });
  for (const { writes, steps } of life.transactions) {
    if (hasFailed) break;
    const before = store.revision;
    transact(store, writes);
    if (store.revision > before) model.states.push(stateOf(store));
    await step(clock, steps);
  }
  if (life.end === 'close') {
    const closing = store.close().catch(() => {});
    await step(clock, 10_000);
    await closing;
    if (!hasFailed) expect(model.acknowledged).toBe(store.revision);
    return disk;
  }
  model.acknowledged = Math.max(model.acknowledged, store.durableRevision);
  return disk.crash(life.end, random, {});
}

function flakyDisk(life: Life, clock: VirtualClock, random: SeededRandom): SimDiskOptions {
  let calls = 0;
  return {
    clock,
    onOperation: ({ kind, sizeBytes }) => {
      const isFailing =
        life.failsAfter !== undefined && ++calls > life.failsAfter && kind !== 'read' && kind !== 'list';
      const delayMs = randomInteger(random, 0, 3);
      return isFailing ? { delayMs, error: 'EIO', writtenBytes: randomInteger(random, 0, sizeBytes) } : { delayMs };
    },
  };
}

/** `undefined` when the crash comes first, or the disk fails. */
async function openFor(life: Life, disk: SimDisk, clock: VirtualClock): Promise<DiskStore | undefined> {
  let opened: DiskStore | undefined;
  let failure: unknown;
  openDiskStore({ disk, clock, indexes: [], limits: { segmentBytes: 3_000, logBytes: 5_000 } }).then(
    (store) => {
      opened = store;
    },
    (error) => {
      failure = error;
    },
  );
  for (let n = 0; n < life.openingSteps && opened === undefined && failure === undefined; n++) await step(clock, 1);
  if (failure !== undefined) expect(failure).toMatchObject({ code: 'DiskFailed' });
  return opened;
}

function transact(store: DiskStore, writes: Writes): void {
  store.transact((transaction) => {
    for (const [key, sizeBytes] of writes) {
      if (sizeBytes === 0) transaction.delete(`/k${key}`);
      else transaction.put(`/k${key}`, { text: 'x'.repeat(sizeBytes), revision: transaction.nextRevision });
    }
  });
}

function acknowledge(model: Model, revision: number): void {
  expect(revision).toBe(model.acknowledged + 1);
  model.acknowledged = revision;
}

/** Fires timers, at most this many. */
async function step(clock: VirtualClock, timers: number): Promise<void> {
  await turn();
  for (let n = 0; n < timers && clock.fireNext(); n++) await turn();
}
