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

  /** What stood where these files of a folder stand when it was set last, by blob. */
  previousOf(folder: string, files: readonly ListedFile[], blobs: ReadonlySet<string>): ReadonlyMap<string, string> {
    const before = this.#files.get(folder) ?? [];
    const previous = new Map<string, string>();
    let byPath: ReadonlyMap<string, string> | undefined;
    for (const [index, { path, id }] of files.entries()) {
      if (!blobs.has(id)) continue;
      const old = before[index];
      if (old?.path === path) previous.set(id, old.id);
      else {
        byPath ??= new Map(before.map((file) => [file.path, file.id]));
        const moved = byPath.get(path);
        if (moved !== undefined) previous.set(id, moved);
      }
    }
    return previous;
  }

  /** All other folders use nothing any more. */
  retain(folders: ReadonlySet<string>): void {
    for (const folder of [...this.#files.keys()]) {
      if (folders.has(folder)) continue;
      this.set(folder, []);
      this.#files.delete(folder);
    }
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
