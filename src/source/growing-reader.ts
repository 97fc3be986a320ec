import type { GitObject } from './git-object.ts';
import type { ObjectReader } from './object-reader.ts';

export interface GrowingReaderOptions {
  readonly small: ObjectReader;
  /** Whether the repository is by now too large for `small`. */
  readonly isLarge: () => Promise<boolean>;
  readonly openLarge: () => ObjectReader;
}

/** A look at the folders of packs costs about as much as one read of a small object. */
const READS_BETWEEN_LOOKS = 50;

/**
 * Reads with the reader for small repositories until a push has made this one large. The first push of many files comes
 * while the reader is open, and reading all of them in this process takes ten times as long.
 */
export class GrowingReader implements ObjectReader {
  readonly #options: GrowingReaderOptions;
  #reader: ObjectReader;
  #isLarge = false;
  #isClosed = false;
  #reads = 0;

  constructor(options: GrowingReaderOptions) {
    this.#options = options;
    this.#reader = options.small;
  }

  async read(id: string, maxBytes: number): Promise<GitObject | undefined> {
    if (!this.#isLarge && ++this.#reads % READS_BETWEEN_LOOKS === 0) await this.#look();
    return this.#reader.read(id, maxBytes);
  }

  expand(prefix: string): Promise<readonly string[]> {
    return this.#reader.expand(prefix);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reader.close();
  }

  /** Reads that are under way end with the small reader, which is closed once it is the last thing that they need. */
  async #look(): Promise<void> {
    if (!(await this.#options.isLarge()) || this.#isLarge || this.#isClosed) return;
    this.#isLarge = true;
    this.#reader = this.#options.openLarge();
    await this.#options.small.close();
  }
}
