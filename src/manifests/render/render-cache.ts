import type { WrappedKey } from '../decrypt/index.ts';
import type { Built } from './build/builder.ts';
import type { Node } from './nodes/node.ts';
import type { RenderError } from './problems.ts';
import type { Finished } from './render.ts';

/** What a lookup in the tree gave: the blob's id, `/` for a folder, empty for nothing. */
export type Dependencies = ReadonlyMap<string, string>;

export interface CachedResult<T> {
  readonly dependencies: Dependencies;
  readonly value: T;
}

/** Results by key, each with what it depends on; the one that was not used for longest goes when there are too many. */
export class ResultMap<T> {
  added = 0;
  readonly #maxResults: number;
  readonly #results = new Map<string, CachedResult<T>>();

  constructor(maxResults: number) {
    this.#maxResults = maxResults;
  }

  get(key: string): CachedResult<T> | undefined {
    const found = this.#results.get(key);
    if (found === undefined) return undefined;
    // The order of the map is that of use: the first one goes first.
    this.#results.delete(key);
    this.#results.set(key, found);
    return found;
  }

  has(key: string): boolean {
    return this.#results.has(key);
  }

  /** Takes in a result that was worked out elsewhere. */
  restore(key: string, result: CachedResult<T>): void {
    this.set(key, result);
    this.added--;
  }

  set(key: string, result: CachedResult<T>): void {
    this.added++;
    this.#results.delete(key);
    this.#results.set(key, result);
    if (this.#results.size <= this.#maxResults) return;
    for (const oldest of this.#results.keys()) {
      this.#results.delete(oldest);
      return;
    }
  }
}

interface FileEntry {
  readonly parsed: readonly Node[] | RenderError;
  readonly sizeBytes: number;
  usedAt: number;
}

const BYTES_PER_CHAR = 6;
const LEFT_AFTER_DROP = 0.8;

/**
 * What renderings share: files by path and blob id, and the result of each kustomization as long as all that it read is
 * the same. The least recently used files go beyond a size; results are few and go with their number.
 */
export class RenderCache {
  /** Kustomizations as others use them. */
  readonly built: ResultMap<Built>;
  /** Kustomizations as they were asked for. */
  readonly finished: ResultMap<Finished>;
  /** Keys of encrypted files that were seen, by their id. */
  readonly wrappedKeys = new Map<string, readonly WrappedKey[]>();
  readonly #maxBytes: number;
  readonly #files = new Map<string, FileEntry>();
  #sizeBytes = 0;
  #uses = 0;
  #parsed = 0;

  constructor(options: { readonly maxBytes?: number; readonly maxResults?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    const maxResults = options.maxResults ?? 5000;
    this.built = new ResultMap(maxResults);
    this.finished = new ResultMap(maxResults);
  }

  /** How often a file was parsed and a kustomization built, for tests and benchmarks. */
  get counts(): { readonly parsed: number; readonly built: number } {
    return { parsed: this.#parsed, built: this.built.added + this.finished.added };
  }

  file(key: string): readonly Node[] | RenderError | undefined {
    const entry = this.#files.get(key);
    if (entry === undefined) return undefined;
    entry.usedAt = ++this.#uses;
    return entry.parsed;
  }

  setFile(key: string, parsed: readonly Node[] | RenderError, textLength: number): void {
    this.#parsed++;
    const sizeBytes = textLength * BYTES_PER_CHAR + 1000;
    this.#sizeBytes += sizeBytes - (this.#files.get(key)?.sizeBytes ?? 0);
    this.#files.set(key, { parsed, sizeBytes, usedAt: ++this.#uses });
    if (this.#sizeBytes > this.#maxBytes) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldestFirst = [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key, { sizeBytes }] of oldestFirst) {
      if (this.#sizeBytes <= this.#maxBytes * LEFT_AFTER_DROP) return;
      this.#files.delete(key);
      this.#sizeBytes -= sizeBytes;
    }
  }
}
