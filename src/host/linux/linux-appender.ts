import { close, constants, fdatasync, fstat, ftruncate, open, writev } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../../lib/assert.ts';
import type { DiskAppender } from '../disk.ts';

const openFd = promisify(open);
const closeFd = promisify(close);
const statFd = promisify(fstat);
const truncateFd = promisify(ftruncate);
const syncFd = promisify(fdatasync);

/** The first reserve: enough for some hundred records, and written within a millisecond or two. */
const MIN_RESERVE_BYTES = 1024 * 1024;
/**
 * What a log that is written fast reserves at a time: with a longer file the file system's journal has to be written
 * less often.
 */
const MAX_RESERVE_BYTES = 4 * 1024 * 1024;
/** A reserve that was used up within this time was small: the next one is twice as large. */
const SHORT_MS = 1_000;
const ZEROS = Buffer.alloc(64 * 1024);

/** Opens an existing file after cutting it to `sizeBytes`. It reserves space ahead of what is appended. */
export async function openLinuxAppender(file: string, sizeBytes: number): Promise<DiskAppender> {
  const fds: number[] = [];
  try {
    const plain = await openFd(file, constants.O_WRONLY);
    fds.push(plain);
    if ((await statFd(plain)).size > sizeBytes) await truncateFd(plain, sizeBytes);
    const actualBytes = (await statFd(plain)).size;
    assert(
      actualBytes === sizeBytes,
      `${path.basename(file)} has ${actualBytes} bytes and cannot be cut to ${sizeBytes}`,
    );
    const synced = await openFd(file, constants.O_WRONLY | constants.O_DSYNC);
    fds.push(synced);
    return new ReservingAppender({ plain, synced }, sizeBytes);
  } catch (error) {
    for (const fd of fds) await closeFd(fd);
    throw error;
  }
}

/** A file that is written from its start: an older one of this name is emptied. */
export async function createNewFile(file: string): Promise<Omit<DiskAppender, 'appendSynced'>> {
  const fd = await openFd(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append: async (chunks) => {
      sizeBytes = await writeAll(fd, chunks, sizeBytes);
    },
    sync: () => syncFd(fd),
    close: () => closeFd(fd),
  };
}

interface AppenderFds {
  readonly plain: number;
  /**
   * The same file opened with `O_DSYNC`: a write returns when its bytes are on disk, which takes one call where write
   * and sync take two.
   */
  readonly synced: number;
}

/**
 * Uses file descriptors and not `FileHandle`s: the log's every commit passes here, and they cost half as much.
 *
 * It appends into space that was filled with zeros and synced before. Syncing bytes within a file's size writes these
 * bytes; where they make the file longer, the file system's journal is written as well, which takes twice the time or
 * more. The next space is made ready while the last one is being used.
 *
 * Invariant: nothing but zeros stands between `#sizeBytes` and `#reservedBytes`, and an append never reaches beyond
 * `#reservedBytes` while space is being reserved there.
 */
class ReservingAppender implements DiskAppender {
  readonly #fds: AppenderFds;
  #sizeBytes: number;
  /** Of the file itself, as far as it is known. */
  #reservedBytes: number;
  #reserving: Promise<void> | undefined;
  #reserveBytes = MIN_RESERVE_BYTES;
  #reservedAtMs = Number.NEGATIVE_INFINITY;

  constructor(fds: AppenderFds, sizeBytes: number) {
    this.#fds = fds;
    this.#sizeBytes = sizeBytes;
    this.#reservedBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#write(this.#fds.plain, chunks);
  }

  appendSynced(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#write(this.#fds.synced, chunks);
  }

  sync(): Promise<void> {
    return syncFd(this.#fds.plain);
  }

  async close(): Promise<void> {
    await this.#reserving;
    try {
      if (this.#reservedBytes > this.#sizeBytes) {
        await truncateFd(this.#fds.plain, this.#sizeBytes);
        await syncFd(this.#fds.plain);
      }
    } finally {
      await closeFd(this.#fds.synced);
      await closeFd(this.#fds.plain);
    }
  }

  async #write(fd: number, chunks: readonly Uint8Array[]): Promise<void> {
    let batchBytes = 0;
    for (const chunk of chunks) batchBytes += chunk.length;
    const endBytes = this.#sizeBytes + batchBytes;
    if (endBytes > this.#reservedBytes) await this.#reserve();
    if (this.#reservedBytes - endBytes < this.#reserveBytes / 2) void this.#reserve();
    if (endBytes > this.#reservedBytes) await this.#reserving;
    try {
      this.#sizeBytes = await writeAll(fd, chunks, this.#sizeBytes);
    } finally {
      this.#reservedBytes = Math.max(this.#reservedBytes, this.#sizeBytes);
    }
  }

  /**
   * Never rejects: a disk that has no room for the reserve may have some for the batch, and says so itself if it has
   * not.
   */
  #reserve(): Promise<void> {
    this.#reserving ??= this.#fillAhead()
      .catch(() => {})
      .finally(() => {
        this.#reserving = undefined;
      });
    return this.#reserving;
  }

  async #fillAhead(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#reservedAtMs < SHORT_MS) this.#reserveBytes = Math.min(this.#reserveBytes * 2, MAX_RESERVE_BYTES);
    this.#reservedAtMs = nowMs;
    const startBytes = this.#reservedBytes;
    const zeros = new Array<Buffer>(this.#reserveBytes / ZEROS.length).fill(ZEROS);
    this.#reservedBytes = startBytes + (await writeSome(this.#fds.plain, zeros, startBytes));
    await syncFd(this.#fds.plain);
  }
}

/** Returns the position behind what was written. */
async function writeAll(fd: number, chunks: readonly Uint8Array[], position: number): Promise<number> {
  let rest = chunks.filter((chunk) => chunk.length > 0);
  let end = position;
  while (rest.length > 0) {
    const written = await writeSome(fd, rest, end);
    end += written;
    rest = skipBytes(rest, written);
  }
  return end;
}

function writeSome(fd: number, chunks: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, chunks, position, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

/** The system may write less than it is given, for example the part for which there is space. */
function skipBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) rest.push(chunk.subarray(skipped));
  }
  return rest;
}
