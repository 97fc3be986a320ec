import { open as openHandle, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../../lib/assert.ts';
import type { Disk, DiskAppender } from '../disk.ts';
import { createNewFile, openLinuxAppender } from './linux-appender.ts';
import { makeDirectory } from './make-directory.ts';

/** Opens a directory, which is made (0700) when it is not there. Its files are readable by their owner only. */
export async function openLinuxDisk(directory: string): Promise<Disk> {
  makeDirectory(directory, 'name a folder that can be made, or one that is there');
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
    return openLinuxAppender(this.#pathOf(name), sizeBytes);
  }

  async writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const temporary = `${name}.tmp`;
    try {
      const file = await createNewFile(this.#pathOf(temporary));
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
