import { close, constants, fdatasync, ftruncate, open, writev } from 'node:fs';
import { mkdir, open as openHandle, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../../lib/assert.ts';
import type { Disk, DiskAppender } from '../disk.ts';

const openFd = promisify(open);
const closeFd = promisify(close);
const truncateFd = promisify(ftruncate);
const fdatasyncFd = promisify(fdatasync);

/** Opens a directory, which is made (0700) when it is not there. Its files are readable by their owner only. */
export async function openLinuxDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return new LinuxDisk(directory);
}

class LinuxDisk implements Disk {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.#directory, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    return names.sort();
  }

  async sizeOf(name: string): Promise<number> {
    return (await stat(this.#pathOf(name))).size;
  }

  async read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    const handle = await openHandle(this.#pathOf(name), 'r');
    try {
      const offset = range?.offset ?? 0;
      const available = Math.max(0, (await handle.stat()).size - offset);
      const bytes = Buffer.allocUnsafeSlow(Math.min(range?.length ?? available, available));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    } finally {
      await handle.close();
    }
  }

  async openAppender(name: string, sizeBytes: number): Promise<DiskAppender> {
    const fd = await openFd(this.#pathOf(name), constants.O_WRONLY);
    try {
      if ((await this.sizeOf(name)) > sizeBytes) await truncateFd(fd, sizeBytes);
      const actualBytes = await this.sizeOf(name);
      assert(actualBytes === sizeBytes, `${name} has ${actualBytes} bytes and cannot be cut to ${sizeBytes}`);
      return new LinuxAppender(fd, sizeBytes, { reserves: true });
    } catch (error) {
      await closeFd(fd);
      throw error;
    }
  }

  async writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const temporary = `${name}.tmp`;
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
      const file = new LinuxAppender(await openFd(this.#pathOf(temporary), flags, 0o600), 0, { reserves: false });
      try {
        for (const chunk of chunks) await file.append([chunk]);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(this.#pathOf(temporary), this.#pathOf(name));
    } catch (error) {
      await rm(this.#pathOf(temporary), { force: true });
      throw error;
    }
    await this.syncDirectory();
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#pathOf(from), this.#pathOf(to));
  }

  async remove(name: string): Promise<void> {
    await rm(this.#pathOf(name));
  }

  async syncDirectory(): Promise<void> {
    const handle = await openHandle(this.#directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #pathOf(name: string): string {
    assert(name !== '' && path.basename(name) === name, `${JSON.stringify(name)} is a plain file name`);
    return path.join(this.#directory, name);
  }
}

/** Enough for some hundred records, and written within a millisecond or two. */
const RESERVE_BYTES = 1024 * 1024;
/** Larger batches are rare enough, and their bytes take longer than the file system's journal. */
const RESERVED_FOR_BYTES = 64 * 1024;

/**
 * Uses file descriptors and not `FileHandle`s: the log's every commit passes here, and they cost half as much.
 *
 * It appends into space that was filled with zeros before. A sync of bytes within a file's size writes these bytes; one that makes the file longer
 * writes the file system's journal as well, which takes half as long again.
 */
class LinuxAppender implements DiskAppender {
  readonly #fd: number;
  readonly #reserves: boolean;
  #sizeBytes: number;
  /** Of the file itself: from `#sizeBytes` up to here it holds zeros. */
  #reservedBytes: number;

  constructor(fd: number, sizeBytes: number, options: { readonly reserves: boolean }) {
    this.#fd = fd;
    this.#reserves = options.reserves;
    this.#sizeBytes = sizeBytes;
    this.#reservedBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    let rest = chunks.filter((chunk) => chunk.length > 0);
    if (this.#reserves) await this.#reserveFor(rest);
    while (rest.length > 0) {
      const written = await writeSome(this.#fd, rest, this.#sizeBytes);
      this.#sizeBytes += written;
      rest = skipBytes(rest, written);
    }
    this.#reservedBytes = Math.max(this.#reservedBytes, this.#sizeBytes);
  }

  async #reserveFor(chunks: readonly Uint8Array[]): Promise<void> {
    const batchBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (batchBytes > RESERVED_FOR_BYTES || this.#sizeBytes + batchBytes <= this.#reservedBytes) return;
    try {
      this.#reservedBytes += await writeSome(this.#fd, [Buffer.alloc(RESERVE_BYTES)], this.#reservedBytes);
    } catch {
      // A disk that has no room for the reserve may have some for the batch, and says so itself if it has not.
    }
  }

  sync(): Promise<void> {
    return fdatasyncFd(this.#fd);
  }

  async close(): Promise<void> {
    try {
      if (this.#reservedBytes > this.#sizeBytes) {
        await truncateFd(this.#fd, this.#sizeBytes);
        await fdatasyncFd(this.#fd);
      }
    } finally {
      await closeFd(this.#fd);
    }
  }
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
