import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEFT_AFTER_DROP, type ResultCache } from '../result-cache.ts';

interface Entry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** Longer use is not written down more often than this. */
const TOUCH_MS = 60 * 60 * 1000;

/**
 * Results in files (0600) of a folder (0700), named by a hash of their keys; the time of a file is that of its last
 * use. Each file is written under another name first, so that none is ever seen in part. Whoever uses the folder may
 * delete it at any time.
 */
export class LinuxResultCache implements ResultCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  #sizeBytes: number | undefined;
  #writes = 0;

  constructor(options: { readonly folder: string; readonly maxBytes: number }) {
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key);
    try {
      const bytes = new Uint8Array(await readFile(path));
      const now = new Date();
      if (now.getTime() - (await stat(path)).mtimeMs > TOUCH_MS) await utimes(path, now, now);
      return bytes;
    } catch {
      return undefined;
    }
  }

  async set(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(key);
    try {
      if (bytes.length > this.#maxBytes) return await rm(path, { force: true });
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}-${this.#writes++}.tmp`;
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path);
      this.#sizeBytes = (this.#sizeBytes ?? (await this.#measure())) + bytes.length;
      if (this.#sizeBytes > this.#maxBytes) await this.#dropOldest();
    } catch {
      // A full disk, or a folder that went: there is no result then.
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }

  async #list(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (const name of await readdir(this.#folder)) {
      const found = await stat(join(this.#folder, name)).catch(() => undefined);
      if (found?.isFile()) entries.push({ name, sizeBytes: found.size, usedAtMs: found.mtimeMs });
    }
    return entries.sort((a, b) => a.usedAtMs - b.usedAtMs);
  }

  async #measure(): Promise<number> {
    return (await this.#list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** What was counted may be more than what is there, where a file took the place of another: it is counted anew. */
  async #dropOldest(): Promise<void> {
    const entries = await this.#list();
    let sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    if (sizeBytes > this.#maxBytes) {
      for (const entry of entries.slice(0, -1)) {
        if (sizeBytes <= this.#maxBytes * LEFT_AFTER_DROP) break;
        await rm(join(this.#folder, entry.name), { force: true });
        sizeBytes -= entry.sizeBytes;
      }
    }
    this.#sizeBytes = sizeBytes;
  }
}
