import { createHash } from 'node:crypto';
import type { CommitInfo, TreeEntry } from '../source.ts';

/** A commit as a test or the simulator makes it. */
export interface MemoryCommit {
  readonly message: string;
  readonly authorName?: string;
  readonly authorEmail?: string;
  readonly atMs: number;
}

interface Blob {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** What a folder holds, by path relative to it. A text that starts with `→ ` is a symlink to the rest of it. */
export type MemoryFiles = ReadonlyMap<string, string>;

const SYMLINK_MARK = '→ ';

/**
 * A Git repository in memory, for the simulated world and for tests: content-addressed blobs, trees and commits with
 * Git's own ids, and branches that tell when they move. It outlives the incarnations of Berth that read it.
 */
export class MemoryRepository {
  readonly #blobs = new Map<string, Blob>();
  /** Ids by text: most files of a commit are those of the one before. */
  readonly #blobIds = new Map<string, string>();
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #commits = new Map<string, CommitInfo>();
  readonly #branches = new Map<string, string>();
  readonly #listeners = new Set<(branch: string) => void>();

  /** Branches by name with the ids of their tips, sorted. */
  get branches(): ReadonlyMap<string, string> {
    return new Map([...this.#branches].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Makes a commit with exactly these files on top of the branch and moves the branch to it. */
  commit(branch: string, files: MemoryFiles, commit: MemoryCommit): CommitInfo {
    const parent = this.#branches.get(branch);
    return this.commitOn(branch, parent === undefined ? [] : [parent], files, commit);
  }

  /** The same with chosen parents: none makes an orphan, others than the tip a force push. */
  commitOn(branch: string, parents: readonly string[], files: MemoryFiles, commit: MemoryCommit): CommitInfo {
    const tree = this.#writeTree(files);
    const { message, authorName = 'A User', authorEmail = 'user@example.com', atMs } = commit;
    const seconds = Math.floor(atMs / 1000);
    const person = `${authorName} <${authorEmail}> ${seconds} +0000`;
    const lines = [
      `tree ${tree}`,
      ...parents.map((id) => `parent ${id}`),
      `author ${person}`,
      `committer ${person}`,
      '',
      message,
    ];
    const id = objectId('commit', Buffer.from(lines.join('\n')));
    const info: CommitInfo = { id, tree, parents, authorName, authorEmail, committedAtMs: seconds * 1000, message };
    this.#commits.set(id, info);
    this.moveBranch(branch, id);
    return info;
  }

  /** Moves a branch to a commit, or deletes it, and tells whoever listens. */
  moveBranch(branch: string, commit: string | undefined): void {
    if (commit === undefined) this.#branches.delete(branch);
    else this.#branches.set(branch, commit);
    for (const listener of this.#listeners) listener(branch);
  }

  onMove(listener: (branch: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tip(branch: string): CommitInfo | undefined {
    return this.getCommit(this.#branches.get(branch) ?? '');
  }

  getCommit(id: string): CommitInfo | undefined {
    return this.#commits.get(id);
  }

  /** Commits whose id starts with `prefix`. */
  findCommits(prefix: string): readonly CommitInfo[] {
    return [...this.#commits.values()].filter(({ id }) => id.startsWith(prefix));
  }

  getTree(id: string): readonly TreeEntry[] | undefined {
    return this.#trees.get(this.#commits.get(id)?.tree ?? id);
  }

  getBlob(id: string): Uint8Array | undefined {
    return this.#blobs.get(id)?.bytes;
  }

  /** All files below a tree or commit, as texts by path. */
  readFiles(treeOrCommit: string, prefix = ''): Map<string, string> {
    const files = new Map<string, string>();
    for (const entry of this.getTree(treeOrCommit) ?? []) {
      const path = `${prefix}${entry.name}`;
      if (entry.type === 'tree')
        for (const [inner, text] of this.readFiles(entry.id, `${path}/`)) files.set(inner, text);
      else files.set(path, `${entry.type === 'symlink' ? SYMLINK_MARK : ''}${this.#blobs.get(entry.id)?.text ?? ''}`);
    }
    return files;
  }

  #writeTree(files: MemoryFiles): string {
    const folders = new Map<string, Map<string, string>>();
    const entries: TreeEntry[] = [];
    for (const [path, text] of files) {
      const slash = path.indexOf('/');
      if (slash === -1) {
        entries.push(this.#writeFile(path, text));
        continue;
      }
      const folder = folders.get(path.slice(0, slash)) ?? new Map<string, string>();
      folders.set(path.slice(0, slash), folder.set(path.slice(slash + 1), text));
    }
    for (const [name, inner] of folders)
      entries.push({ name, type: 'tree', id: this.#writeTree(inner), executable: false });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const id = objectId('tree', encodeTree(entries));
    this.#trees.set(id, entries);
    return id;
  }

  #writeFile(name: string, text: string): TreeEntry {
    const isSymlink = text.startsWith(SYMLINK_MARK);
    const id = this.#writeBlob(isSymlink ? text.slice(SYMLINK_MARK.length) : text);
    return { name, type: isSymlink ? 'symlink' : 'blob', id, executable: false };
  }

  #writeBlob(text: string): string {
    const known = this.#blobIds.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    const id = objectId('blob', bytes);
    this.#blobs.set(id, { text, bytes });
    this.#blobIds.set(text, id);
    return id;
  }
}

/** Git sorts folders as if their name ended in a slash. */
function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  const sortKey = ({ name, type }: TreeEntry) => (type === 'tree' ? `${name}/` : name);
  const sorted = [...entries].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const modes = { blob: '100644', tree: '40000', symlink: '120000', submodule: '160000' } as const;
  return Buffer.concat(
    sorted.flatMap(({ name, type, id }) => [Buffer.from(`${modes[type]} ${name}\0`), Buffer.from(id, 'hex')]),
  );
}

function objectId(type: string, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}
