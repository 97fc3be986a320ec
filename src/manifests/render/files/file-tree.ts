import type { ListedFile } from '../../select-manifest-files.ts';

/** What stands at a path. */
export type TreeEntry =
  | { readonly type: 'file'; readonly path: string; readonly id: string }
  | { readonly type: 'folder'; readonly path: string }
  /** A link whose target has to be read before anybody can say. */
  | { readonly type: 'unread'; readonly id: string }
  /** A link that leaves the repository, or leads in a circle. */
  | { readonly type: 'outside' };

const MAX_LINKS = 40;

/** The files of one commit, or of a working directory, by their paths. Links are followed as the disk would, inside of the repository only. */
export class FileTree {
  readonly #entries = new Map<string, ListedFile>();
  readonly #folders = new Set<string>(['']);
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

  /** What a clean path leads to; `linkText` gives the target of a link by its blob. */
  find(path: string, linkText: (id: string) => string | undefined): TreeEntry | undefined {
    if (this.#folders.has(path)) return { type: 'folder', path };
    const entry = this.#entries.get(path);
    if (entry?.type === 'blob') return { type: 'file', path, id: entry.id };
    return this.#hasLinks ? this.#follow(path, linkText) : undefined;
  }

  #follow(path: string, linkText: (id: string) => string | undefined): TreeEntry | undefined {
    let rest = path.split('/');
    let done: string[] = [];
    for (let links = 0; rest.length > 0; ) {
      const [step = ''] = rest;
      const at = [...done, step].join('/');
      const entry = this.#entries.get(at);
      if (entry?.type !== 'symlink') {
        if (entry === undefined && !this.#folders.has(at)) return undefined;
        done = [...done, step];
        rest = rest.slice(1);
        continue;
      }
      const target = entry.target ?? linkText(entry.id);
      if (target === undefined) return { type: 'unread', id: entry.id };
      const resolved = joinPath(done.join('/'), target);
      if (resolved === undefined || target.startsWith('/') || ++links > MAX_LINKS) return { type: 'outside' };
      rest = [...resolved.split('/').filter((part) => part !== ''), ...rest.slice(1)];
      done = [];
    }
    const found = done.join('/');
    if (this.#folders.has(found)) return { type: 'folder', path: found };
    const entry = this.#entries.get(found);
    return entry?.type === 'blob' ? { type: 'file', path: found, id: entry.id } : undefined;
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
