import type { ListedFile } from '../manifests/index.ts';

/** Knows which blobs the folders' last loads used, and tells of each that no folder uses any more. */
export class BlobUse {
  readonly #onUnused: (blob: string) => void;
  readonly #files = new Map<string, readonly ListedFile[]>();
  /** How many files have a blob. */
  readonly #uses = new Map<string, number>();

  constructor(onUnused: (blob: string) => void) {
    this.#onUnused = onUnused;
  }

  /** Says what a folder uses now. A file that stands where it stood costs nothing. */
  set(folder: string, files: readonly ListedFile[]): void {
    const before = this.#files.get(folder) ?? [];
    this.#files.set(folder, files);
    const released: string[] = [];
    for (let index = 0; index < Math.max(before.length, files.length); index++) {
      const [old, now] = [before[index], files[index]];
      if (old === now) continue;
      if (now !== undefined) this.#uses.set(now.id, (this.#uses.get(now.id) ?? 0) + 1);
      if (old !== undefined) released.push(old.id);
    }
    for (const blob of released) {
      const uses = (this.#uses.get(blob) ?? 0) - 1;
      if (uses > 0) this.#uses.set(blob, uses);
      else {
        this.#uses.delete(blob);
        this.#onUnused(blob);
      }
    }
  }
}
