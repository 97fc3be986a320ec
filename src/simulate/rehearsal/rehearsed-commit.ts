import type { ApplicationFolder, ApplicationLoader, LoadedCommit, OpenedApplication } from '../../gitops/index.ts';
import { type CommitInfo, type PublishRequest, type Source, SourceError, type TreeEntry } from '../../source/source.ts';

/** Reads trees once, and then answers from memory. */
export class CachedTrees {
  readonly #read: (tree: string) => Promise<readonly TreeEntry[]>;
  readonly #trees = new Map<string, readonly TreeEntry[]>();

  constructor(read: (tree: string) => Promise<readonly TreeEntry[]>) {
    this.#read = read;
  }

  async readTree(tree: string): Promise<readonly TreeEntry[]> {
    const known = this.#trees.get(tree);
    if (known !== undefined) return known;
    const entries = await this.#read(tree);
    this.#trees.set(tree, entries);
    return entries;
  }
}

/**
 * The repository of a rehearsal: its branch points at whatever commit was pushed last, and nobody can publish to it. It
 * wakes nobody: what was pushed is planned against what is live before the loop is told to take it in.
 */
export class RehearsedRepository implements Source, ApplicationLoader {
  readonly description: string;
  readonly #trees: CachedTrees;
  #current: LoadedCommit | undefined;

  constructor(description: string, trees: CachedTrees) {
    this.description = description;
    this.#trees = trees;
  }

  push(commit: LoadedCommit): void {
    this.#current = commit;
  }

  async resolve(): Promise<CommitInfo> {
    if (this.#current !== undefined) return this.#current.commit;
    throw new SourceError('BranchMissing', 'nothing was pushed yet');
  }

  resolveRevision(): Promise<CommitInfo> {
    return this.resolve();
  }

  async watch(): Promise<() => Promise<void>> {
    return async () => {};
  }

  readTree(tree: string): Promise<readonly TreeEntry[]> {
    return this.#trees.readTree(tree);
  }

  readBlob(blob: string): Promise<Uint8Array> {
    return Promise.reject(new SourceError('ObjectMissing', `nothing reads ${blob} in a rehearsal`));
  }

  async readBranch(): Promise<CommitInfo | undefined> {
    return undefined;
  }

  async publish(_request: PublishRequest): Promise<CommitInfo | undefined> {
    return undefined;
  }

  async close(): Promise<void> {}

  /** What was loaded before the rehearsal, so that nothing is read while virtual time runs. */
  async open({ path }: ApplicationFolder): Promise<OpenedApplication | undefined> {
    const found = this.#current?.applications.find(({ application }) => application.path === path);
    if (found === undefined || found.identity === '') return undefined;
    return { identity: found.identity, load: async () => found.loaded };
  }
}
