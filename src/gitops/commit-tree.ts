import { LIMITS } from '../lib/limits.ts';
import {
  type FolderListing,
  followPath,
  type LinkText,
  type ListedFile,
  type OwnEntry,
  type RepositoryTree,
  type TreeEntry,
} from '../manifests/index.ts';
import type { TreeEntry as GitEntry } from '../source/source.ts';
import type { TreeReader } from './tree-reader.ts';

/** The entries of one folder by name, or the id of what has to be read to know them. */
type Folder = ReadonlyMap<string, GitEntry> | string;

/**
 * The files of one commit as the renderer looks them up. Folders are read when something in them is asked for, so that
 * a commit costs the folders that are new in it and not a listing of the repository.
 */
export class CommitTree implements RepositoryTree {
  readonly #reader: TreeReader;
  readonly #rootTree: string;
  readonly #folders = new Map<string, ReadonlyMap<string, GitEntry>>();

  constructor(reader: TreeReader, rootTree: string) {
    this.#reader = reader;
    this.#rootTree = rootTree;
  }

  find(path: string, linkText: LinkText): TreeEntry | undefined {
    return followPath(path, (at) => this.#entryAt(at), linkText);
  }

  list(path: string): FolderListing {
    const folder = this.#idOf(path);
    if (folder === undefined) return { type: 'listed', id: '', files: [] };
    if (folder.isUnread) return { type: 'unread', ids: [folder.id] };
    const files: ListedFile[] = [];
    const unread = new Set<string>();
    this.#collect(folder.id, path === '' ? '' : `${path}/`, files, unread);
    if (unread.size > 0) return { type: 'unread', ids: [...unread] };
    return { type: 'listed', id: folder.id, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  }

  #collect(tree: string, prefix: string, files: ListedFile[], unread: Set<string>): void {
    const entries = this.#reader.peek(tree);
    if (entries === undefined) unread.add(tree);
    for (const { name, type, id } of entries?.values() ?? []) {
      if (type === 'tree') this.#collect(id, `${prefix}${name}/`, files, unread);
      else files.push({ path: `${prefix}${name}`, type, id });
      if (files.length > LIMITS.applicationFiles) return;
    }
  }

  #entryAt(path: string): OwnEntry | undefined {
    if (path === '') return { type: 'folder' };
    const slash = path.lastIndexOf('/');
    const folder = this.#folderAt(slash < 0 ? '' : path.slice(0, slash));
    if (typeof folder === 'string') return { type: 'unread', id: folder };
    const entry = folder?.get(path.slice(slash + 1));
    if (entry === undefined) return undefined;
    return entry.type === 'tree' ? { type: 'folder' } : { path, type: entry.type, id: entry.id };
  }

  #folderAt(path: string): Folder | undefined {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const id = this.#idOf(path);
    if (id === undefined || id.isUnread) return id?.id;
    const entries = this.#reader.peek(id.id);
    if (entries === undefined) return id.id;
    this.#folders.set(path, entries);
    return entries;
  }

  /** The tree of a folder, or of the one above it that is not read. */
  #idOf(path: string): { readonly id: string; readonly isUnread: boolean } | undefined {
    if (path === '') return { id: this.#rootTree, isUnread: false };
    const slash = path.lastIndexOf('/');
    const parent = this.#folderAt(slash < 0 ? '' : path.slice(0, slash));
    if (typeof parent === 'string') return { id: parent, isUnread: true };
    const entry = parent?.get(path.slice(slash + 1));
    return entry?.type === 'tree' ? { id: entry.id, isUnread: false } : undefined;
  }
}
