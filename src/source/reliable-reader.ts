import { type Clock, sleep, type Timer } from '../lib/clock.ts';
import type { GitObject } from './git-object.ts';
import type { ObjectReader, OpenObjectReader } from './object-reader.ts';
import { SourceError } from './source.ts';

/**
 * Waits before each further attempt. `git gc` writes the new pack before it removes what it replaces, so an object that
 * was missed is there at the next look; the later ones are for a repository that is being copied or restored.
 */
const RETRY_DELAYS_MS = [0, 20, 100, 300] as const;
/** A reader that nobody uses for this long is closed: it holds packs in memory, or files that `git gc` has deleted. */
const IDLE_MS = 10_000;

/** Reads objects while others repack, and opens and closes the driver's reader as needed. */
export class ReliableReader {
  readonly #open: OpenObjectReader;
  readonly #clock: Clock;
  #reader: Promise<ObjectReader> | undefined;
  #idle: Timer | undefined;
  #active = 0;
  #isClosed = false;

  constructor(options: { readonly open: OpenObjectReader; readonly clock: Clock }) {
    this.#open = options.open;
    this.#clock = options.clock;
  }

  /** The object. Rejects with `ObjectMissing`, `ObjectCorrupt` or `BlobTooLarge`. */
  async read(id: string, maxBytes: number): Promise<GitObject> {
    let failure: unknown;
    for (const delayMs of [undefined, ...RETRY_DELAYS_MS]) {
      if (delayMs !== undefined) await sleep(this.#clock, delayMs);
      const attempt = this.readOnce(id, maxBytes);
      // Set by the call above; another read that failed with the same reader may replace it while this one waits.
      const used = this.#reader;
      try {
        const object = await attempt;
        if (object !== undefined) return object;
        failure = undefined;
      } catch (error) {
        if (isFinal(error)) throw error;
        failure = error;
      }
      if (this.#reader === used) this.renew();
    }
    throw (
      failure ??
      new SourceError(
        'ObjectMissing',
        `the repository has no object ${id}; \`git fsck\` in it shows what else is missing`,
      )
    );
  }

  /** One attempt: `undefined` when the object is not there now. */
  async readOnce(id: string, maxBytes: number): Promise<GitObject | undefined> {
    return this.#use((reader) => reader.read(id, maxBytes));
  }

  async expand(prefix: string): Promise<readonly string[]> {
    return this.#use((reader) => reader.expand(prefix));
  }

  /**
   * Forgets what was opened; the next read looks at the repository anew. Reads that are under way finish with the old
   * reader.
   */
  renew(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.then((opened) => opened.close()).catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#idle?.cancel();
    const reader = this.#reader;
    this.#reader = undefined;
    await (await reader?.catch(() => undefined))?.close();
  }

  async #use<T>(work: (reader: ObjectReader) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new SourceError('Closed', 'the repository was closed while it was being read');
    this.#active++;
    this.#idle?.cancel();
    try {
      return await work(await this.#opened());
    } finally {
      this.#active--;
      if (this.#active === 0 && !this.#isClosed) this.#closeWhenIdle();
    }
  }

  #opened(): Promise<ObjectReader> {
    if (this.#reader !== undefined) return this.#reader;
    const reader = this.#open();
    this.#reader = reader;
    // A failure to open is not kept: the next read tries again.
    reader.catch(() => {
      if (this.#reader === reader) this.#reader = undefined;
    });
    return reader;
  }

  #closeWhenIdle(): void {
    this.#idle?.cancel();
    this.#idle = this.#clock.setTimer(IDLE_MS, () => this.renew());
  }
}

/** Whether another attempt would end the same way. */
function isFinal(error: unknown): boolean {
  return error instanceof SourceError && ['BlobTooLarge', 'Unauthorized', 'Closed'].includes(error.reason);
}
