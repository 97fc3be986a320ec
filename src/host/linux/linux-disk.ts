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
    const fd = await openFd(this.#pathOf(name), constants.O_WRONLY | constants.O_APPEND);
    try {
      if ((await this.sizeOf(name)) > sizeBytes) await truncateFd(fd, sizeBytes);
      const actualBytes = await this.sizeOf(name);
      assert(actualBytes === sizeBytes, `${name} has ${actualBytes} bytes and cannot be cut to ${sizeBytes}`);
      return new LinuxAppender(fd, sizeBytes);
    } catch (error) {
      await closeFd(fd);
      throw error;
    }
  }

  async writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const temporary = `${name}.tmp`;
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;
      const file = new LinuxAppender(await openFd(this.#pathOf(temporary), flags, 0o600), 0);
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

/** Uses file descriptors and not `FileHandle`s: the log's every commit passes here, and they cost half as much. */
class LinuxAppender implements DiskAppender {
  readonly #fd: number;
  #sizeBytes: number;

  constructor(fd: number, sizeBytes: number) {
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    let rest = chunks.filter((chunk) => chunk.length > 0);
    while (rest.length > 0) {
      const written = await writeSome(this.#fd, rest);
      this.#sizeBytes += written;
      rest = skipBytes(rest, written);
    }
  }

  sync(): Promise<void> {
    return fdatasyncFd(this.#fd);
  }

  close(): Promise<void> {
    return closeFd(this.#fd);
  }
}

function writeSome(fd: number, chunks: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, chunks, (error, written) => (error === null ? resolve(written) : reject(error)));
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
