import { LEFT_AFTER_DROP, type ResultCache } from '../result-cache.ts';

/** Results in memory, for as long as this object lives. */
export class MemoryResultCache implements ResultCache {
  readonly #maxBytes: number;
  /** In the order of use. */
  readonly #entries = new Map<string, Uint8Array>();
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    const bytes = this.#entries.get(key);
    if (bytes !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, bytes);
    }
    return Promise.resolve(bytes);
  }

  set(key: string, bytes: Uint8Array): Promise<void> {
    this.#remove(key);
    if (bytes.length > this.#maxBytes) return Promise.resolve();
    this.#entries.set(key, Uint8Array.from(bytes));
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes > this.#maxBytes) {
      for (const oldest of this.#entries.keys()) {
        if (this.#sizeBytes <= this.#maxBytes * LEFT_AFTER_DROP || this.#entries.size === 1) break;
        this.#remove(oldest);
      }
    }
    return Promise.resolve();
  }

  #remove(key: string): void {
    this.#sizeBytes -= this.#entries.get(key)?.length ?? 0;
    this.#entries.delete(key);
  }
}
