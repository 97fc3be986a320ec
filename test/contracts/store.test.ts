import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { openLinuxDisk } from '../../src/host/linux/linux-disk.ts';
import { SimDisk } from '../../src/host/sim/sim-disk.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { VirtualClock } from '../../src/lib/virtual-clock.ts';
import {
  CompactedError,
  createMemoryStore,
  type IndexDefinition,
  openDiskStore,
  type Store,
  type StoreEvent,
} from '../../src/store/index.ts';

/** What every store must do, whatever keeps it durable. `settle` waits until everything committed is durable. */
interface Driver {
  readonly name: string;
  readonly open: (options: OpenOptions) => Promise<{ readonly store: Store; readonly settle: () => Promise<void> }>;
}

interface OpenOptions {
  readonly limits?: { readonly historyEvents?: number; readonly historyBytes?: number };
}

const INDEXES: readonly IndexDefinition[] = [
  { name: 'color', keysOf: (_key, value) => (typeof value['color'] === 'string' ? [value['color']] : []) },
  { name: 'tag', keysOf: (_key, value) => (Array.isArray(value['tags']) ? value['tags'].map(String) : []) },
];

const DRIVERS: readonly Driver[] = [
  {
    name: 'memory',
    open: async ({ limits = {} }) => ({
      store: createMemoryStore({ indexes: INDEXES, limits }),
      settle: async () => {},
    }),
  },
  {
    name: 'memory with a delay',
    open: async ({ limits = {} }) => {
      const clock = new VirtualClock();
      const store = createMemoryStore({ indexes: INDEXES, limits, clock, syncDelayMs: () => 3 });
      return { store, settle: () => drain(clock) };
    },
  },
  {
    name: 'disk, simulated',
    open: async ({ limits = {} }) => {
      const clock = new VirtualClock();
      const disk = new SimDisk({ clock, onOperation: ({ kind }) => (kind === 'sync' ? { delayMs: 2 } : undefined) });
      const opening = openDiskStore({ disk, clock, indexes: INDEXES, limits });
      await drain(clock);
      return { store: await opening, settle: () => drain(clock) };
    },
  },
  {
    name: 'disk, linux',
    open: async ({ limits = {} }) => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'berth-store-'));
      folders.push(folder);
      const disk = await openLinuxDisk(folder);
      const store = await openDiskStore({ disk, clock: linuxClock, indexes: INDEXES, limits });
      return { store, settle: () => store.durable() };
    },
  },
];

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function drain(clock: VirtualClock): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (clock.fireNext());
}

describe.each(DRIVERS)('a store ($name)', ({ open }) => {
  let opened: Awaited<ReturnType<Driver['open']>>[] = [];

  async function openStore(options: OpenOptions = {}) {
    const one = await open(options);
    opened.push(one);
    return one;
  }

  afterEach(async () => {
    for (const { store, settle } of opened) await Promise.all([store.close(), settle()]);
    opened = [];
  });

  test('gives each transaction that changes something one revision', async () => {
    const { store } = await openStore();
    expect(store.revision).toBe(0);
    const next = store.transact((transaction) => {
      transaction.put('/a', { n: 1 });
      transaction.put('/b', { n: 2 });
      return transaction.nextRevision;
    });
    expect([next, store.revision]).toEqual([1, 1]);
    store.transact(() => {});
    store.transact((transaction) => transaction.delete('/absent'));
    expect(store.revision).toBe(1);
    put(store, '/a', { n: 3 });
    expect(store.get('/a')).toEqual({ key: '/a', value: { n: 3 }, createRevision: 1, modRevision: 2 });
    expect(store.get('/b')).toEqual({ key: '/b', value: { n: 2 }, createRevision: 1, modRevision: 1 });
  });

  test('lists and counts by prefix, sorted by key', async () => {
    const { store } = await openStore();
    for (const key of ['/pods/b/2', '/pods/a/1', '/pods/b/10', '/pod', '/pods/b/1', '/zebra']) put(store, key, {});
    expect(keysOf(store.list('/pods/'))).toEqual(['/pods/a/1', '/pods/b/1', '/pods/b/10', '/pods/b/2']);
    expect(keysOf(store.list('/pods/b/1'))).toEqual(['/pods/b/1', '/pods/b/10']);
    expect(keysOf(store.list('/nothing'))).toEqual([]);
    expect([store.count('/pods/'), store.count('/pods/b/'), store.count(''), store.count('/x')]).toEqual([4, 3, 6, 0]);
  });

  test('keeps the declared indexes, and shows a transaction its own writes', async () => {
    const { store } = await openStore();
    put(store, '/a', { color: 'red', tags: ['x', 'y', 'x'] });
    store.transact((transaction) => {
      transaction.put('/c', { color: 'red' });
      transaction.put('/b', { color: 'red' });
      transaction.put('/a', { color: 'blue', tags: ['y'] });
      expect(keysOf(transaction.byIndex('color', 'red'))).toEqual(['/b', '/c']);
      expect(keysOf(store.byIndex('color', 'blue'))).toEqual(['/a']);
      transaction.delete('/c');
      expect(keysOf(transaction.list(''))).toEqual(['/a', '/b']);
    });
    expect(keysOf(store.byIndex('color', 'red'))).toEqual(['/b']);
    expect(keysOf(store.byIndex('tag', 'x'))).toEqual([]);
    expect(keysOf(store.byIndex('tag', 'y'))).toEqual(['/a']);
    expect(() => store.byIndex('size', 'big')).toThrow('index size is not declared');
  });

  test('undoes everything when the body throws', async () => {
    const { store } = await openStore();
    put(store, '/a', { color: 'red' });
    put(store, '/b', { color: 'red' });
    const events = watchAll(store, 'memory');
    expect(() =>
      store.transact((transaction) => {
        transaction.put('/a', { color: 'blue' });
        transaction.put('/a', { color: 'green' });
        transaction.delete('/b');
        transaction.put('/c', {});
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(keysOf(store.byIndex('color', 'red'))).toEqual(['/a', '/b']);
    expect(store.byIndex('color', 'green')).toEqual([]);
    expect([store.revision, store.count(''), events.length]).toEqual([2, 2, 0]);
  });

  test('joins a nested transaction, and undoes only the part that threw', async () => {
    const { store } = await openStore();
    const events = watchAll(store, 'memory');
    store.transact((outer) => {
      outer.put('/a', { n: 1 });
      expect(() =>
        store.transact((inner) => {
          inner.put('/a', { n: 2 });
          inner.put('/b', {});
          throw new Error('inner');
        }),
      ).toThrow('inner');
      expect(outer.get('/a')?.value).toEqual({ n: 1 });
      store.transact((inner) => inner.put('/c', { n: 3 }));
      expect(events).toEqual([]);
    });
    expect(store.revision).toBe(1);
    expect(events.map(describeEvent)).toEqual(['1 put /a', '1 put /c']);
  });

  test('refuses a body that is not synchronous, and a transaction that is over', async () => {
    const { store } = await openStore();
    expect(() => store.transact(async (transaction) => transaction.put('/a', {}))).toThrow('synchronous');
    const leaked = store.transact((transaction) => transaction);
    expect(() => leaked.put('/a', {})).toThrow('only while its body runs');
    expect(store.count('')).toBe(0);
  });

  test('freezes what it is given, and hands it out without a copy', async () => {
    const { store } = await openStore();
    const value = { spec: { list: [{ n: 1 }] } };
    put(store, '/a', value);
    expect(store.get('/a')?.value).toBe(value);
    expect(store.list('')[0]?.value).toBe(value);
    expect(Object.isFrozen(value.spec.list[0])).toBe(true);
  });

  test('tells one event per key of a revision, in one call, in the tick of the commit', async () => {
    const { store } = await openStore();
    put(store, '/old', { n: 1 });
    const calls: string[][] = [];
    store.watch({ prefix: '', when: 'memory', onEvents: (events) => calls.push(events.map(describeEvent)) });
    store.transact((transaction) => {
      transaction.put('/new', { n: 1 });
      transaction.put('/new', { n: 2 });
      transaction.put('/brief', {});
      transaction.delete('/brief');
      transaction.delete('/old');
    });
    expect(calls).toEqual([['2 put /new', '2 delete /old']]);
    store.transact((transaction) => {
      transaction.delete('/new');
      transaction.put('/new', { n: 3 });
    });
    expect(calls[1]).toEqual(['3 put /new (was 2)']);
    expect(store.get('/new')?.createRevision).toBe(3);
    store.transact((transaction) => {
      transaction.put('/brief', {});
      transaction.delete('/brief');
    });
    expect([store.revision, calls.length]).toEqual([3, 2]);
  });

  test('watches a prefix only, until it is stopped', async () => {
    const { store } = await openStore();
    const events: string[] = [];
    const onEvents = (told: readonly StoreEvent[]) => events.push(...told.map(describeEvent));
    const stop = store.watch({ prefix: '/a/', when: 'memory', onEvents });
    put(store, '/b/1', {});
    store.transact((transaction) => {
      transaction.put('/a/1', {});
      transaction.put('/b/2', {});
    });
    stop();
    put(store, '/a/2', {});
    expect(events).toEqual(['2 put /a/1']);
  });

  test('resumes a watch after any revision that is kept, and refuses older ones', async () => {
    const { store, settle } = await openStore();
    for (let n = 1; n <= 6; n++) put(store, `/k${n}`, { n });
    await settle();
    store.compact(2);
    expect(store.compactedRevision).toBe(2);
    for (let after = 2; after <= 6; after++) {
      const expected = [1, 2, 3, 4, 5, 6].filter((n) => n > after).map((n) => `${n} put /k${n}`);
      expect(watchAll(store, 'memory', after).map(describeEvent)).toEqual(expected);
    }
    expect(() => watchAll(store, 'memory', 1)).toThrow(CompactedError);
    expect(() => store.listAt('', 1)).toThrow(CompactedError);
    expect(() => store.getAt('/absent', 1)).toThrow(CompactedError);
  });

  test('delivers what a callback writes after the commit at hand, to all, in order', async () => {
    const { store } = await openStore();
    const first: string[] = [];
    const second: string[] = [];
    const late: string[] = [];
    store.watch({
      prefix: '',
      when: 'memory',
      onEvents: (events) => {
        first.push(...events.map(describeEvent));
        if (store.revision < 3) put(store, `/more${store.revision}`, {});
        if (store.revision === 3 && late.length === 0) {
          store.watch({ prefix: '', when: 'memory', afterRevision: 0, onEvents: collectInto(late) });
        }
      },
    });
    store.watch({ prefix: '', when: 'memory', onEvents: collectInto(second) });
    put(store, '/start', {});
    const all = ['1 put /start', '2 put /more1', '3 put /more2'];
    expect([first, second, late]).toEqual([all, all, all]);
  });

  test('reads the past', async () => {
    const { store } = await openStore();
    put(store, '/a', { n: 1 });
    put(store, '/b', { n: 1 });
    put(store, '/a', { n: 2 });
    store.transact((transaction) => transaction.delete('/b'));
    put(store, '/0', {});
    const states = [0, 1, 2, 3, 4, 5].map((revision) =>
      store.listAt('/', revision).map((entry) => `${entry.key}@${entry.modRevision}`),
    );
    expect(states).toEqual([[], ['/a@1'], ['/a@1', '/b@2'], ['/a@3', '/b@2'], ['/a@3'], ['/0@5', '/a@3']]);
    expect([store.getAt('/a', 2)?.value, store.getAt('/b', 3)?.value]).toEqual([{ n: 1 }, { n: 1 }]);
    expect([store.getAt('/b', 4), store.getAt('/a', 0), store.getAt('/0', 4)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    store.transact((transaction) => {
      transaction.put('/a', { n: 9 });
      transaction.delete('/0');
      expect(store.listAt('/', 5).map((entry) => `${entry.key}@${entry.modRevision}`)).toEqual(['/0@5', '/a@3']);
      expect(store.getAt('/a', 5)?.value).toEqual({ n: 2 });
    });
  });

  test('bounds its history by count and by bytes, but never before it is durable', async () => {
    const byCount = await openStore({ limits: { historyEvents: 10 } });
    for (let n = 0; n < 30; n++) put(byCount.store, '/a', { n });
    expect(byCount.store.compactedRevision).toBeLessThanOrEqual(byCount.store.durableRevision);
    await byCount.settle();
    expect(byCount.store.compactedRevision).toBe(20);
    const byBytes = await openStore({ limits: { historyBytes: 5_000 } });
    for (let n = 0; n < 30; n++) put(byBytes.store, '/a', { text: 'x'.repeat(1_000) });
    await byBytes.settle();
    expect(byBytes.store.compactedRevision).toBeGreaterThan(24);
    expect(byBytes.store.compactedRevision).toBeLessThan(30);
  });

  test('tells durable watches and waiters once the revision is on disk', async () => {
    const { store, settle } = await openStore();
    const seen: string[] = [];
    const note = (event: StoreEvent) => {
      expect(store.durableRevision).toBeGreaterThanOrEqual(event.revision);
      seen.push(describeEvent(event));
    };
    store.watch({ prefix: '', when: 'durable', onEvents: (events) => events.forEach(note) });
    put(store, '/a', {});
    const afterFirst = store.durable();
    put(store, '/b', {});
    const both = Promise.all([afterFirst, store.durable(2), store.durable(1)]);
    await settle();
    await both;
    expect(store.durableRevision).toBe(2);
    expect(seen).toEqual(['1 put /a', '2 put /b']);
    const resumed: string[] = [];
    store.watch({ prefix: '', when: 'durable', afterRevision: 1, onEvents: collectInto(resumed) });
    expect(resumed).toEqual(['2 put /b']);
  });

  test('makes everything durable before it closes, and takes nothing afterwards', async () => {
    const { store, settle } = await openStore();
    put(store, '/a', {});
    const durable = store.durable();
    await Promise.all([store.close(), settle()]);
    await durable;
    expect(store.durableRevision).toBe(1);
    expect(() => put(store, '/b', {})).toThrow('the store is closed');
    await expect(store.durable(2)).rejects.toThrow('the store is closed');
  });
});

function put(store: Store, key: string, value: JsonObject): void {
  store.transact((transaction) => transaction.put(key, value));
}

function watchAll(store: Store, when: 'memory' | 'durable', afterRevision = store.revision): StoreEvent[] {
  const seen: StoreEvent[] = [];
  store.watch({ prefix: '', when, afterRevision, onEvents: (events) => seen.push(...events) });
  return seen;
}

function collectInto(list: string[]): (events: readonly StoreEvent[]) => void {
  return (events) => list.push(...events.map(describeEvent));
}

function describeEvent(event: StoreEvent): string {
  if (event.type === 'delete') return `${event.revision} delete ${event.key}`;
  const was = event.previous === undefined ? '' : ` (was ${event.previous.modRevision})`;
  return `${event.revision} put ${event.entry.key}${was}`;
}

function keysOf(entries: readonly { readonly key: string }[]): string[] {
  return entries.map((entry) => entry.key);
}
