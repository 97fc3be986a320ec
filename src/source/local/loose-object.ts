import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflate, inflateSync } from 'node:zlib';
import { type GitObject, hashFramed, isGitObjectType, type ObjectFormat } from '../git-object.ts';
import { SourceError } from '../source.ts';
import { systemCode } from './git-directory.ts';

const inflateAsync = promisify(inflate);
/** Above this size inflating moves off the main thread, so that no turn gets long. */
const INFLATE_SYNC_BYTES = 64 * 1024;
/** What one step of it makes: by zlib's own 16 KB, tens of megabytes would come in thousands of steps. */
const INFLATE_CHUNK_BYTES = 1024 * 1024;
/** Room for `<type> <size>\0` before an object's bytes. */
const HEADER_BYTES = 32;
/** A manifest mostly fits: one read, and its size need not be asked for. */
const FIRST_READ_BYTES = 4_000;

/** Where a loose object lies below `objects`. */
export function looseObjectPath(id: string): string {
  return `${id.slice(0, 2)}/${id.slice(2)}`;
}

/**
 * Reads one loose object; `undefined` when there is none. Rejects with `BlobTooLarge` beyond `maxBytes`, with
 * `ObjectCorrupt` when its bytes do not have this id.
 */
export async function readLooseObject(
  gitDirectory: string,
  format: ObjectFormat,
  id: string,
  maxBytes: number,
): Promise<GitObject | undefined> {
  const deflated = await readBounded(join(gitDirectory, 'objects', looseObjectPath(id)), id, maxBytes);
  if (deflated === undefined) return undefined;
  const framed = await inflateBounded(deflated, id, maxBytes);
  const nul = framed.indexOf(0);
  const header = /^([a-z]+) (\d+)$/.exec(framed.toString('latin1', 0, Math.max(0, Math.min(nul, HEADER_BYTES))));
  const type = header?.[1];
  const bytes = framed.subarray(nul + 1);
  if (!isGitObjectType(type) || Number(header?.[2]) !== bytes.length) throw corruptObject(id);
  if (bytes.length > maxBytes) throw blobTooLarge(id, maxBytes);
  if (hashFramed(framed, format) !== id) throw corruptObject(id);
  return { type, bytes };
}

export function blobTooLarge(id: string, maxBytes: number): SourceError {
  return new SourceError('BlobTooLarge', `object ${id} is larger than ${maxBytes} bytes`);
}

export function corruptObject(id: string, cause?: unknown): SourceError {
  return new SourceError(
    'ObjectCorrupt',
    `object ${id} is damaged; \`git fsck\` in the repository shows what else is`,
    cause,
  );
}

async function readBounded(path: string, id: string, maxBytes: number): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES')
      throw new SourceError('Unauthorized', `reading ${path} is not permitted to the user that runs Berth`, error);
    throw error;
  }
  try {
    // Deflating never makes more than this of `maxBytes`: five bytes per stored block of 16 KB, and a frame.
    const largest = maxBytes + Math.ceil(maxBytes / 16_000) * 5 + HEADER_BYTES + 64;
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(FIRST_READ_BYTES), 0, FIRST_READ_BYTES, 0);
    if (bytesRead > largest) throw blobTooLarge(id, maxBytes);
    if (bytesRead < FIRST_READ_BYTES) return buffer.subarray(0, bytesRead);
    if ((await handle.stat()).size > largest) throw blobTooLarge(id, maxBytes);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function inflateBounded(deflated: Buffer, id: string, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(maxBytes, 0) + HEADER_BYTES };
  try {
    return deflated.length > INFLATE_SYNC_BYTES
      ? await inflateAsync(deflated, { ...options, chunkSize: INFLATE_CHUNK_BYTES })
      : inflateSync(deflated, options);
  } catch (error) {
    if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') throw blobTooLarge(id, maxBytes);
    throw corruptObject(id, error);
  }
}
