import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Source, SourceError, type TreeEntry } from '../source.ts';

/** What is needed of a source to read trees that are known. */
export type TreeSource = Pick<Source, 'readTree' | 'readBlob'>;

/**
 * A folder of the disk, read as if it had been committed as it is. The id of everything is its path, so that it serves
 * one look only: what changes afterwards keeps its id.
 */
export class WorkingTree implements TreeSource {
  /** The id of the folder itself. */
  readonly rootTree = '.';
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async readTree(tree: string): Promise<readonly TreeEntry[]> {
    const entries: TreeEntry[] = [];
    for (const entry of await readdir(join(this.#root, tree), { withFileTypes: true })) {
      const { name } = entry;
      // As Git has it: its own folder is no part of the tree, and pipes and sockets are none either.
      if (name === '.git') continue;
      const id = tree === '.' ? name : `${tree}/${name}`;
      const type = entry.isSymbolicLink()
        ? 'symlink'
        : entry.isDirectory()
          ? this.#typeOfFolder(id)
          : entry.isFile()
            ? 'blob'
            : undefined;
      if (type !== undefined) entries.push({ name, type, id, executable: false });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A folder with a `.git` of its own is another repository. */
  #typeOfFolder(path: string): 'tree' | 'submodule' {
    return existsSync(join(this.#root, path, '.git')) ? 'submodule' : 'tree';
  }

  async readBlob(blob: string, maxBytes: number): Promise<Uint8Array> {
    const path = join(this.#root, blob);
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return new TextEncoder().encode(await readlink(path));
    if (stat.size > maxBytes) throw new SourceError('BlobTooLarge', `${blob} has ${stat.size} bytes`);
    return readFile(path);
  }
}

/** The uppermost folder of the Git work tree that a folder lies in; `undefined` outside of any. */
export function findWorkTree(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}
