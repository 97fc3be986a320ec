import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../store.ts';
import { KeySpace } from './key-space.ts';

const INDEXES = [
  { name: 'length', keysOf: (key: string) => [String(key.length)] },
  { name: 'parts', keysOf: (key: string, value: Entry['value']) => (value['n'] === 0 ? [] : key.split('/')) },
];

const keyArbitrary = fc
  .array(fc.constantFrom('', 'a', 'b', 'ab', 'é', '\uffff'), { maxLength: 4 })
  .map((parts) => parts.join('/'));

function toEntry(key: string, n: number): Entry {
  return { key, value: { n }, createRevision: 1, modRevision: 1 };
}

test('lists, counts and indexes are those of a plain sorted map, after any writes', () => {
  const writesArbitrary = fc.array(fc.tuple(keyArbitrary, fc.option(fc.nat({ max: 2 }), { nil: undefined })));
  fc.assert(
    fc.property(fc.uniqueArray(keyArbitrary), writesArbitrary, keyArbitrary, (loaded, writes, prefix) => {
      const plain = new Map(loaded.sort().map((key) => [key, toEntry(key, 0)]));
      const keys = new KeySpace(INDEXES, [...plain.values()]);
      for (const [key, n] of writes) {
        keys.set(key, n === undefined ? undefined : toEntry(key, n));
        if (n === undefined) plain.delete(key);
        else plain.set(key, toEntry(key, n));
      }
      const sorted = [...plain.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      const below = sorted.filter((entry) => entry.key.startsWith(prefix));
      expect(keys.list(prefix)).toEqual(below);
      expect(keys.count(prefix)).toBe(below.length);
      const sameLength = sorted.filter((entry) => entry.key.length === prefix.length);
      expect(keys.byIndex('length', String(prefix.length))).toEqual(sameLength);
      const withPart = sorted.filter((entry) => entry.value['n'] !== 0 && entry.key.split('/').includes('ab'));
      expect(keys.byIndex('parts', 'ab')).toEqual(withPart);
    }),
    { seed: 20_260_101 },
  );
});

test('stays sorted over many blocks, filled and emptied in any order', () => {
  const keys = new KeySpace([], []);
  const names = Array.from({ length: 5_000 }, (_, n) => `/ns${n % 7}/${String((n * 2_741) % 5_000).padStart(4, '0')}`);
  for (const name of names) keys.set(name, toEntry(name, 1));
  expect(keys.list('').map((entry) => entry.key)).toEqual([...names].sort());
  expect(keys.list('/ns3/').map((entry) => entry.key)).toEqual(names.filter((name) => name.startsWith('/ns3/')).sort());
  expect(keys.count('/ns3/0')).toBe(names.filter((name) => name.startsWith('/ns3/0')).length);
  const left = names.filter((_, n) => n % 100 === 0);
  for (const [n, name] of names.entries()) if (n % 100 !== 0) keys.set(name, undefined);
  expect(keys.list('').map((entry) => entry.key)).toEqual(left.sort());
  expect(keys.count('')).toBe(50);
});

test('changes nothing when an index function throws', () => {
  const keysOf = (_key: string, value: Entry['value']) => {
    if (value['n'] === 13) throw new Error('unlucky');
    return [String(value['n'])];
  };
  const keys = new KeySpace([{ name: 'n', keysOf }], []);
  keys.set('/a', toEntry('/a', 1));
  expect(() => keys.set('/a', toEntry('/a', 13))).toThrow('unlucky');
  expect(() => keys.set('/b', toEntry('/b', 13))).toThrow('unlucky');
  expect([keys.byIndex('n', '1').length, keys.count('')]).toEqual([1, 1]);
});
