import type { GitObject } from './git-object.ts';

/**
 * Reads objects of one repository directory. The two drivers differ here; trees, commits and refs are the same code
 * above it.
 *
 * A reader may hold what was true a moment ago: it may miss an object that a concurrent `git gc` has moved. Whoever
 * uses it (`ReliableReader`) then opens a new one and asks again.
 */
export interface ObjectReader {
  /**
   * The object, or `undefined` when the repository has none of this id. Rejects with `BlobTooLarge` beyond `maxBytes`,
   * with `ObjectCorrupt` when its bytes are not what its id says.
   */
  read(id: string, maxBytes: number): Promise<GitObject | undefined>;
  /**
   * All ids that start with `prefix` (at least four hexadecimal digits), as far as they are cheap to find; two or more
   * are ambiguous.
   */
  expand(prefix: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type OpenObjectReader = () => Promise<ObjectReader>;
