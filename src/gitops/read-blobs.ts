import { forEachBlob } from './for-each-blob.ts';

/** A blob's bytes; `undefined` when it is over the limit of one file. */
export type ReadBlob = (blob: string) => Promise<Uint8Array | undefined>;

/** Few, since those on their way when the limit is reached are read all the same, each as large as a file may be. */
const READ_AT_ONCE = 16;

/**
 * Reads blobs, each once, that are kept together; those that are too large by themselves are not among them. Resolves
 * to `undefined` when they have more than `maxBytes`, and has then read little more than that.
 */
export async function readBlobs(
  blobs: Iterable<string>,
  read: ReadBlob,
  maxBytes: number,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const contents = new Map<string, Uint8Array>();
  let sizeBytes = 0;
  const readWithin = async (blob: string) => {
    if (sizeBytes > maxBytes) return;
    const bytes = await read(blob);
    sizeBytes += bytes?.length ?? 0;
    if (bytes !== undefined) contents.set(blob, bytes);
  };
  await forEachBlob([...new Set(blobs)], readWithin, READ_AT_ONCE);
  return sizeBytes > maxBytes ? undefined : contents;
}
