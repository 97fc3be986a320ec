import { LIMITS } from '../lib/limits.ts';
import { type Source, SourceError } from '../source/source.ts';

/** A blob's bytes; `undefined` when it is over the limit of one file. */
export async function readManifestBlob(
  source: Pick<Source, 'readBlob'>,
  blob: string,
): Promise<Uint8Array | undefined> {
  try {
    return await source.readBlob(blob, LIMITS.manifestFileBytes);
  } catch (error) {
    if (error instanceof SourceError && error.reason === 'BlobTooLarge') return undefined;
    throw error;
  }
}
