import type { ListedFile } from '../../select-manifest-files.ts';

/** What stands at a path. */
export type TreeEntry =
  | { readonly type: 'file'; readonly path: string; readonly id: string }
  | { readonly type: 'folder'; readonly path: string }
  /** A link, or a folder above the path, that has to be read before anybody can say. */
  | { readonly type: 'unread'; readonly what: 'link' | 'folder'; readonly id: string }
  /** A link that leaves the repository, or leads in a circle. */
  | { readonly type: 'outside' };

/** The text of a link by its blob; undefined when it was not read. */
export type LinkText = (id: string) => string | undefined;

/** The files of a repository at one moment. Links are followed as the disk would, inside of the repository only. */
export interface RepositoryTree {
  /** What a clean path leads to. */
  find(path: string, linkText: LinkText): TreeEntry | undefined;
  /** Everything below a folder; `path` is clean and leads over no link. */
  list(path: string): FolderListing;
}

export type FolderListing =
  /** Sorted by path; links are listed as what they are. `id` is equal for equal contents. */
  | { readonly type: 'listed'; readonly id: string; readonly files: readonly ListedFile[] }
  /** Ids of folders that have to be read first. */
  | { readonly type: 'unread'; readonly ids: readonly string[] };

/** What stands at one path before any link is followed. */
export type OwnEntry = { readonly type: 'folder' } | { readonly type: 'unread'; readonly id: string } | ListedFile;

const MAX_LINKS = 40;

/** Follows a path step by step, as the disk would. `entryAt` gives what stands at a path whose folders are no links. */
export function followPath(
  path: string,
  entryAt: (path: string) => OwnEntry | undefined,
  linkText: LinkText,
): TreeEntry | undefined {
  let rest = path.split('/').filter((step) => step !== '');
  let done = '';
  let last: OwnEntry | undefined = entryAt('');
  for (let links = 0; ; ) {
    const [step] = rest;
    if (step === undefined) break;
    const at = done === '' ? step : `${done}/${step}`;
    last = entryAt(at);
    if (last === undefined) return undefined;
    if (last.type === 'unread') return { type: 'unread', what: 'folder', id: last.id };
    if (last.type !== 'symlink') {
      done = at;
      rest = rest.slice(1);
      continue;
    }
    const target = last.target ?? linkText(last.id);
    if (target === undefined) return { type: 'unread', what: 'link', id: last.id };
    const resolved = joinPath(done, target);
    if (resolved === undefined || target.startsWith('/') || ++links > MAX_LINKS) return { type: 'outside' };
    rest = [...resolved.split('/').filter((part) => part !== ''), ...rest.slice(1)];
    done = '';
    last = entryAt('');
  }
  if (last === undefined) return undefined;
  if (last.type === 'unread') return { type: 'unread', what: 'folder', id: last.id };
  if (last.type === 'folder') return { type: 'folder', path: done };
  return last.type === 'blob' ? { type: 'file', path: done, id: last.id } : undefined;
}

/** A tree of which all files are listed, such as that of a test. */
export class FileTree implements RepositoryTree {
  readonly #entries = new Map<string, ListedFile>();
  readonly #folders = new Set<string>(['']);
  /** What plain files and folders are found as: lookups are many, and each would make its answer anew. */
  readonly #found = new Map<string, TreeEntry>();
  readonly #hasLinks: boolean;

  constructor(files: Iterable<ListedFile>) {
    let hasLinks = false;
    for (const file of files) {
      if (file.type === 'tree') this.#addFolder(file.path);
      else {
        this.#entries.set(file.path, file);
        hasLinks ||= file.type === 'symlink';
        const slash = file.path.lastIndexOf('/');
        if (slash > 0) this.#addFolder(file.path.slice(0, slash));
      }
    }
    this.#hasLinks = hasLinks;
  }

  #addFolder(path: string): void {
    for (let folder = path; !this.#folders.has(folder); ) {
      this.#folders.add(folder);
      const slash = folder.lastIndexOf('/');
      folder = slash < 0 ? '' : folder.slice(0, slash);
    }
  }

  find(path: string, linkText: LinkText): TreeEntry | undefined {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = this.#findPlain(path);
    if (found !== undefined) {
      this.#found.set(path, found);
      return found;
    }
    return this.#hasLinks ? followPath(path, (at) => this.#entryAt(at), linkText) : undefined;
  }

  #findPlain(path: string): TreeEntry | undefined {
    if (this.#folders.has(path)) return { type: 'folder', path };
    const entry = this.#entries.get(path);
    return entry?.type === 'blob' ? { type: 'file', path, id: entry.id } : undefined;
  }

  list(path: string): FolderListing {
    const prefix = path === '' ? '' : `${path}/`;
    const below = [...this.#entries.values()].filter((file) => file.path.startsWith(prefix));
    const files = below.sort((a, b) => (a.path < b.path ? -1 : 1));
    const id = JSON.stringify(files.map((file) => [file.path.slice(prefix.length), file.type, file.id]));
    return { type: 'listed', id, files };
  }

  #entryAt(path: string): OwnEntry | undefined {
    return this.#folders.has(path) ? { type: 'folder' } : this.#entries.get(path);
  }
}

/** A relative path from a folder, cleaned; undefined when it leaves the repository. */
export function joinPath(folder: string, path: string): string | undefined {
  const steps: string[] = [];
  for (const step of [...folder.split('/'), ...path.split('/')]) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join('/');
}

/** Whether a path is a folder or lies below it. */
export function isInFolder(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
