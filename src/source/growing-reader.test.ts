import { describe, expect, test } from 'vitest';
import { GrowingReader } from './growing-reader.ts';
import type { ObjectReader } from './object-reader.ts';

function makeReader(name: string, log: string[]): ObjectReader {
  return {
    read: async (id) => {
      log.push(name);
      return { type: 'blob', bytes: Buffer.from(id) };
    },
    expand: async () => [name],
    close: async () => {
      log.push(`${name} closed`);
    },
  };
}

function makeWorld(isLarge: () => boolean) {
  const log: string[] = [];
  const reader = new GrowingReader({
    small: makeReader('small', log),
    isLarge: async () => isLarge(),
    openLarge: () => makeReader('large', log),
  });
  const readMany = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => reader.read(`${n}`, 100)));
  return { log, reader, readMany };
}

describe('a reader of a repository that grows', () => {
  test('stays with the small one while the repository is small', async () => {
    const { log, readMany } = makeWorld(() => false);
    await readMany(500);
    expect(new Set(log)).toEqual(new Set(['small']));
  });

  test('changes over once, a few reads after a push has made it large', async () => {
    let isLarge = false;
    const { log, reader, readMany } = makeWorld(() => isLarge);
    await readMany(20);
    isLarge = true;
    for (let round = 0; round < 10; round++) await readMany(20);
    expect(log.filter((name) => name === 'small').length).toBeLessThan(80);
    expect(log.at(-1)).toBe('large');
    expect(log.filter((name) => name === 'small closed')).toHaveLength(1);
    expect(await reader.expand('abcd')).toEqual(['large']);
    await reader.close();
    expect(log.at(-1)).toBe('large closed');
  });

  test('opens nothing any more once it is closed', async () => {
    const { log, reader, readMany } = makeWorld(() => true);
    const reads = readMany(100);
    await reader.close();
    await reads;
    expect(log).not.toContain('large');
  });
});
