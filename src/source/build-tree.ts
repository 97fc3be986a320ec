import {
  type GitObject,
  hashObject,
  type ObjectFormat,
  type RawTreeEntry,
  serializeTree,
  TREE_MODE,
} from './git-object.ts';

/** A file (or link, or submodule) of a tree to build: what its entry says, without the name. */
export type TreeLeaf = Omit<RawTreeEntry, 'name'>;

export interface BuiltTree {
  readonly id: string;
  /** All trees below and the tree itself, inner ones first. */
  readonly objects: readonly GitObject[];
}

type Folder = Map<string, TreeLeaf | Folder>;

/**
 * Builds the tree objects of files given by path. Where a file and a folder have the same name, the later one stays.
 */
export function buildTree(leaves: ReadonlyMap<string, TreeLeaf>, format: ObjectFormat): BuiltTree {
  const root: Folder = new Map();
  for (const [path, leaf] of leaves) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const inner = folder.get(part);
      const next: Folder = inner instanceof Map ? inner : new Map();
      folder.set(part, next);
      folder = next;
    }
    folder.set(name, leaf);
  }
  const objects: GitObject[] = [];
  return { id: addFolder(root, format, objects), objects };
}

function addFolder(folder: Folder, format: ObjectFormat, objects: GitObject[]): string {
  const entries: RawTreeEntry[] = [];
  for (const [name, item] of folder) {
    if (item instanceof Map) entries.push({ mode: TREE_MODE, name, id: addFolder(item, format, objects) });
    else entries.push({ ...item, name });
  }
  const tree: GitObject = { type: 'tree', bytes: serializeTree(entries) };
  objects.push(tree);
  return hashObject(tree, format);
}
