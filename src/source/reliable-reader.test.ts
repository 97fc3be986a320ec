import { expect, it } from 'vitest';
import { VirtualClock } from '../lib/virtual-clock.ts';
import type { GitObject } from './git-object.ts';
import { ReliableReader } from './reliable-reader.ts';
import { SourceError } from './source.ts';

const BLOB: GitObject = { type: 'blob', bytes: Buffer.from('x') };

/** A reader whose n-th opening answers the n-th script; the last one repeats. */
function setUp(script: readonly (GitObject | undefined | Error)[]) {
  const clock = new VirtualClock();
  const log: string[] = [];
  let opened = 0;
  const reader = new ReliableReader({
    clock,
    open: async () => {
      const turn = Math.min(opened++, script.length - 1);
      log.push(`open ${turn}`);
      const answer = script[turn];
      return {
        read: async () => {
          if (answer instanceof Error) throw answer;
          return answer;
        },
        expand: async () => [],
        close: async () => void log.push(`close ${turn}`),
      };
    },
  });
  const settle = async <T>(work: Promise<T>): Promise<T | unknown> => {
    let isDone = false;
    const result = work
      .catch((error: unknown) => error)
      .finally(() => {
        isDone = true;
      });
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!isDone) clock.fireNext();
    }
    return result;
  };
  return { reader, log, clock, settle };
}

it('looks again with a new reader when an object is not there or cannot be read', async () => {
  const { reader, log, settle } = setUp([undefined, new Error('pack is gone'), BLOB]);
  expect(await settle(reader.read('a', 10))).toBe(BLOB);
  expect(log).toEqual(['open 0', 'close 0', 'open 1', 'close 1', 'open 2']);
});

it('gives up with what was wrong last', async () => {
  const missing = setUp([undefined]);
  expect(await missing.settle(missing.reader.read('abc', 10))).toMatchObject({
    reason: 'ObjectMissing',
    message: expect.stringContaining('abc'),
  });
  const corrupt = setUp([new SourceError('ObjectCorrupt', 'broken')]);
  expect(await corrupt.settle(corrupt.reader.read('a', 10))).toMatchObject({ reason: 'ObjectCorrupt' });
  expect(corrupt.log.filter((line) => line.startsWith('open'))).toHaveLength(5);
});

it('does not repeat what would end the same way', async () => {
  const { reader, log, settle } = setUp([new SourceError('BlobTooLarge', 'big')]);
  expect(await settle(reader.read('a', 10))).toMatchObject({ reason: 'BlobTooLarge' });
  expect(log).toEqual(['open 0']);
});

it('closes a reader that nobody uses, and opens another when it is needed again', async () => {
  const { reader, log, clock, settle } = setUp([BLOB]);
  await settle(reader.read('a', 10));
  expect(clock.fireNext()).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  await settle(reader.read('a', 10));
  expect(log).toEqual(['open 0', 'close 0', 'open 0']);
  await reader.close();
  await expect(reader.readOnce('a', 10)).rejects.toMatchObject({ reason: 'Closed' });
});
