import { describe, expect, it } from 'vitest';
import { formatMicroTime, formatTime } from './clock.ts';
import { closeAll } from './close-all.ts';
import { BerthError } from './errors.ts';
import { newNameSuffix, newUid } from './ids.ts';
import { canonicalJson, deepFreeze, jsonEqual } from './json.ts';
import { SeededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

describe('ids', () => {
  it('makes version 4 uuids and suffixes of the safe alphabet, the same for the same seed', () => {
    const uid = newUid(new SeededRandom(7));
    expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newUid(new SeededRandom(7))).toBe(uid);
    expect(newUid(new SeededRandom(8))).not.toBe(uid);
    expect(newNameSuffix(new SeededRandom(1))).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});

describe('json', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: null }, {}, false],
    [[1, 2], [2, 1], false],
    [{ 0: 1 }, [1], false],
    ['1', 1, false],
  ])('jsonEqual(%j, %j) is %s', (a, b, equal) => {
    expect(jsonEqual(a, b)).toBe(equal);
    expect(canonicalJson(a) === canonicalJson(b)).toBe(equal);
  });

  it('freezes every level', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    expect(Object.isFrozen(value.a[0])).toBe(true);
  });
});

describe('time formats', () => {
  it('writes metav1.Time and metav1.MicroTime', () => {
    expect(formatTime(1_700_000_000_123)).toBe('2023-11-14T22:13:20Z');
    expect(formatMicroTime(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123000Z');
  });
});

describe('BerthError', () => {
  it('reads as place, object, verb, code, cause and next step', () => {
    const error = new BerthError('StoreLocked', {
      object: '/var/lib/berth',
      verb: 'open',
      detail: 'process 12 holds the lock',
    });
    expect(error.message).toBe(
      '/var/lib/berth open failed (StoreLocked): process 12 holds the lock; stop the other Berth or choose another --data-dir',
    );
    expect(error.isRetryable).toBe(false);
  });
});

describe('WorkQueue', () => {
  it('holds a key once, and hands out keys in the order they came', () => {
    const queue = new WorkQueue({ clock: new VirtualClock() });
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual(['a', 'b', 'c', undefined]);
  });

  it('doubles the delay of a failing key and starts anew after forget', () => {
    const clock = new VirtualClock();
    const queue = new WorkQueue({ clock, baseDelayMs: 10, maxDelayMs: 35 });
    const delays: number[] = [];
    for (let i = 0; i < 4; i++) {
      delays.push(queue.addRateLimited('a'));
      while (queue.readyCount === 0) clock.fireNext();
      queue.take();
    }
    queue.forget('a');
    expect([...delays, queue.addRateLimited('a')]).toEqual([10, 20, 35, 35, 10]);
  });

  it('lets the earlier of two due times win, and an add win over both', () => {
    const clock = new VirtualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter('a', 50);
    queue.addAfter('a', 100);
    expect(clock.nextDueMs()).toBe(50);
    queue.add('a');
    expect([queue.take(), clock.nextDueMs()]).toEqual(['a', undefined]);
  });

  it('tells once when it goes from empty to ready', () => {
    const queue = new WorkQueue({ clock: new VirtualClock() });
    let told = 0;
    queue.onReady(() => told++);
    queue.add('a');
    queue.add('b');
    expect(told).toBe(1);
  });
});

describe('closeAll', () => {
  it('closes everything in order, and then tells of the first failure', async () => {
    const closed: number[] = [];
    const close = (number: number, error?: Error) => async () => {
      closed.push(number);
      if (error !== undefined) throw error;
    };
    await expect(
      closeAll([close(1), close(2, new Error('two')), close(3, new Error('three')), close(4)]),
    ).rejects.toThrow('two');
    expect(closed).toEqual([1, 2, 3, 4]);
  });
});
