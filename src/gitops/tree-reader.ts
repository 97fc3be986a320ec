import { BerthError } from '../lib/errors.ts';
import { LIMITS } from '../lib/limits.ts';
import type { Source, TreeEntry } from '../source/source.ts';
import { CommitTree } from './commit-tree.ts';

/** One file of a commit. `path` is relative to the repository's root. */
export interface TreeFile {
  readonly path: string;
  readonly type: TreeEntry['type'];
  readonly id: string;
  readonly executable: boolean;
}

const SOURCE_IGNORE = '.sourceignore';

/**
 * Reads folders of commits. Trees are content-addressed, so each is read once however many commits share it; what the
 * newest commits do not use any more is dropped.
 */
export class TreeReader {
  readonly #source: Pick<Source, 'readTree'>;
  #trees = new Map<string, readonly TreeEntry[]>();
  #previous = new Map<string, readonly TreeEntry[]>();
  readonly #byName = new WeakMap<readonly TreeEntry[], ReadonlyMap<string, TreeEntry>>();
  readonly #lists = new WeakMap<
    readonly TreeEntry[],
    { readonly prefix: string; readonly files: readonly TreeFile[] }
  >();
  #commit: { readonly rootTree: string; readonly tree: CommitTree } | undefined;

  constructor(source: Pick<Source, 'readTree'>) {
    this.#source = source;
  }

  /** Starts a new generation: trees that neither this nor the last generation read are forgotten. */
  nextGeneration(): void {
    this.#previous = this.#trees;
    this.#trees = new Map();
    this.#commit = undefined;
  }

  /** The files of the commit with this root, for the renderer. */
  commitTree(rootTree: string): CommitTree {
    if (this.#commit?.rootTree !== rootTree) this.#commit = { rootTree, tree: new CommitTree(this, rootTree) };
    return this.#commit.tree;
  }

  /** The entries of a folder by name; `undefined` when it has to be read first. */
  peek(tree: string): ReadonlyMap<string, TreeEntry> | undefined {
    const entries = this.#trees.get(tree) ?? this.#previous.get(tree);
    if (entries === undefined) return undefined;
    this.#trees.set(tree, entries);
    let byName = this.#byName.get(entries);
    if (byName === undefined) {
      byName = new Map(entries.map((entry) => [entry.name, entry]));
      this.#byName.set(entries, byName);
    }
    return byName;
  }

  /** The id of the folder at `path`, or `undefined` when there is none. */
  async findFolder(rootTree: string, path: string): Promise<string | undefined> {
    let tree = rootTree;
    for (const segment of splitPath(path)) {
      const entry = (await this.read(tree)).find(({ name }) => name === segment);
      if (entry?.type !== 'tree') return undefined;
      tree = entry.id;
    }
    return tree;
  }

  /** The `.sourceignore` files of the folders above `path`, which count for it, too. */
  async listIgnoresAbove(rootTree: string, path: string): Promise<readonly TreeFile[]> {
    const segments = splitPath(path);
    const found: TreeFile[] = [];
    for (let depth = 0; depth < segments.length; depth++) {
      const folder = segments.slice(0, depth).join('/');
      const tree = await this.findFolder(rootTree, folder);
      const entry = tree === undefined ? undefined : (await this.read(tree)).find(({ name }) => name === SOURCE_IGNORE);
      if (entry?.type !== 'blob') continue;
      const { type, id, executable } = entry;
      found.push({ path: folder === '' ? SOURCE_IGNORE : `${folder}/${SOURCE_IGNORE}`, type, id, executable });
    }
    return found;
  }

  /** Names of the folders directly below `path`. */
  async listFolders(rootTree: string, path: string): Promise<readonly string[]> {
    const tree = await this.findFolder(rootTree, path);
    if (tree === undefined) return [];
    return (await this.read(tree)).filter(({ type }) => type === 'tree').map(({ name }) => name);
  }

  /** Every file below a folder, sorted by path. Throws `LimitExceeded` when there are too many. */
  async listFiles(folderTree: string, folderPath: string): Promise<readonly TreeFile[]> {
    return this.#list(folderTree, folderPath === '.' ? '' : `${folderPath}/`);
  }

  /** A folder that is as it was gives the very same list. */
  async #list(tree: string, prefix: string): Promise<readonly TreeFile[]> {
    const entries = await this.read(tree);
    const known = this.#lists.get(entries);
    if (known?.prefix === prefix) {
      await this.#keepTrees(entries);
      return known.files;
    }
    const files: TreeFile[] = [];
    for (const entry of entries) {
      const path = `${prefix}${entry.name}`;
      if (entry.type === 'tree') for (const file of await this.#list(entry.id, `${path}/`)) files.push(file);
      else files.push({ path, type: entry.type, id: entry.id, executable: entry.executable });
      if (files.length > LIMITS.applicationFiles) {
        throw new BerthError('LimitExceeded', {
          object: prefix === '' ? '.' : prefix,
          verb: 'read',
          detail: `more than ${LIMITS.applicationFiles} files (limit applicationFiles)`,
          help: 'point --path at the folder that holds the manifests, or list the rest in .sourceignore',
        });
      }
    }
    this.#lists.set(entries, { prefix, files });
    return files;
  }

  /** What is below a list that was not walked again belongs to this generation, too. */
  async #keepTrees(entries: readonly TreeEntry[]): Promise<void> {
    for (const { type, id } of entries) if (type === 'tree') await this.#keepTrees(await this.read(id));
  }

  /** One folder's entries, sorted by name. */
  async read(tree: string): Promise<readonly TreeEntry[]> {
    const known = this.#trees.get(tree) ?? this.#previous.get(tree);
    const entries = known ?? (await this.#source.readTree(tree));
    this.#trees.set(tree, entries);
    return entries;
  }
}

function splitPath(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}
