import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Says outside of a repository which lock this Berth is about to take in it, and what the lock will hold. A Berth that
 * was killed leaves its lock behind, and nothing but this tells it from that of a git that is at work: one process at a
 * time has the data directory, and what the lock holds is the id of a commit that nobody else has made.
 */
export class LockNote {
  readonly #file: string;

  /** `file` lies in the data directory. */
  constructor(file: string) {
    this.#file = file;
  }

  async write(lock: string, text: string): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeFile(this.#file, noteOf(lock, text), { mode: 0o600 });
  }

  /** Whether the lock with that text was taken by a life of this Berth that has ended. */
  async tellsOf(lock: string, text: string): Promise<boolean> {
    const note = await readFile(this.#file, 'utf8').catch(() => '');
    return text !== '' && note === noteOf(lock, text);
  }

  async clear(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}

function noteOf(lock: string, text: string): string {
  return `${lock}\n${text}`;
}
