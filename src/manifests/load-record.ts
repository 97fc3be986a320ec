import type { Diagnostic } from './diagnostic.ts';
import type { CachedFile } from './manifest-cache.ts';
import type { LoadedObject, LoadFile } from './manifest-loader.ts';
import { type LoadMemory, withoutContent } from './patch-load.ts';
import type { ObjectReferenceUse } from './validate/references.ts';

/** Notes, while files are being loaded, what the next load will want to know. */
export class LoadRecord {
  readonly #files: readonly LoadFile[];
  readonly #starts: Int32Array;
  readonly #passedOver = new Map<number, number>();
  readonly #warned = new Set<number>();
  readonly #outside = new Map<string, { readonly reference: ObjectReferenceUse; readonly exists: boolean }>();

  constructor(files: readonly LoadFile[]) {
    this.#files = files;
    this.#starts = new Int32Array(files.length + 1);
  }

  /** The objects of a file begin here; those of the file behind the last one, where the last one's end. */
  begin(fileIndex: number, objectIndex: number): void {
    this.#starts[fileIndex] = objectIndex;
  }

  note(fileIndex: number, { passedOver, diagnostics }: CachedFile): void {
    if (passedOver > 0) this.#passedOver.set(fileIndex, passedOver);
    if (diagnostics.length > 0) this.#warned.add(fileIndex);
  }

  /** Something is said of an object. */
  warn(objectIndex: number): void {
    let low = 0;
    let high = this.#files.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle + 1] ?? 0) <= objectIndex) low = middle + 1;
      else high = middle;
    }
    this.#warned.add(low);
  }

  /** The same answers, remembered. */
  watching(
    exists: ((reference: ObjectReferenceUse) => boolean) | undefined,
  ): (reference: ObjectReferenceUse) => boolean {
    return (reference) => {
      const known = this.#outside.get(reference.key);
      if (known !== undefined) return known.exists;
      const answer = exists?.(reference) === true;
      this.#outside.set(reference.key, { reference, exists: answer });
      return answer;
    };
  }

  toMemory(objects: readonly LoadedObject[], diagnostics: readonly Diagnostic[]): LoadMemory {
    return {
      files: this.#files.map(withoutContent),
      objects,
      starts: this.#starts,
      passedOver: this.#passedOver,
      diagnostics,
      warned: this.#warned,
      outside: this.#outside,
    };
  }
}
