import { expect, it } from 'vitest';
import { readBlobs } from './read-blobs.ts';

const MEBIBYTE = new Uint8Array(1024 * 1024);
const BLOBS = Array.from({ length: 400 }, (_, index) => `blob-${index}`);

it('reads each blob once, and leaves out what is too large by itself', async () => {
  const asked: string[] = [];
  const read = async (blob: string) => {
    asked.push(blob);
    return blob === 'huge' ? undefined : MEBIBYTE;
  };
  const contents = await readBlobs(['a', 'b', 'a', 'huge'], read, 2 * MEBIBYTE.length);
  expect([...(contents?.keys() ?? [])]).toEqual(['a', 'b']);
  expect(asked).toEqual(['a', 'b', 'huge']);
});

it('stops soon after the blobs have become too many, and keeps none of them', async () => {
  let reads = 0;
  const read = async () => {
    reads++;
    return MEBIBYTE;
  };
  expect(await readBlobs(BLOBS, read, 8 * MEBIBYTE.length)).toBeUndefined();
  expect(reads).toBeLessThanOrEqual(8 + 1 + 16);
});
