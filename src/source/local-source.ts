import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { branchMissing } from './branch-missing.ts';
import { writeBetweenCollections } from './local/collector-lock.ts';
import { type GitDirectory, openGitDirectory } from './local/git-directory.ts';
import { LockNote } from './local/lock-note.ts';
import { ObjectWriter } from './local/object-writer.ts';
import { RefReader } from './local/ref-reader.ts';
import { RefWatch } from './local/ref-watch.ts';
import { RefWriter } from './local/ref-writer.ts';
import { openObjectReader, type SourceDriver } from './open-object-reader.ts';
import { type PublishTarget, publishFolder } from './publish-folder.ts';
import { branchRef } from './ref-name.ts';
import { ReliableReader } from './reliable-reader.ts';
import { RepositoryReader } from './repository-reader.ts';
import type { CommitInfo, PublishRequest, Source, TreeEntry } from './source.ts';
import type { GitProgram } from './system-git/git-process.ts';

export interface LocalSourceOptions {
  /** A bare repository, a `.git` folder or a working tree. */
  readonly repository: string;
  /** As a person calls it. */
  readonly description: string;
  readonly branch: string;
  readonly driver: SourceDriver;
  readonly program: GitProgram;
  readonly clock: Clock;
  readonly random: Random;
  readonly pollMs: number;
  /** In the data directory: where the locks that are taken in the repository are noted. */
  readonly lockNote: string;
}

/** A repository on this machine, read in place and published to under Git's own locks. */
export class LocalSource implements Source {
  readonly description: string;
  readonly #options: LocalSourceOptions;
  readonly #objects: ReliableReader;
  readonly #reader: RepositoryReader;
  #refs: RefReader | undefined;
  readonly #watches = new Set<RefWatch>();

  constructor(options: LocalSourceOptions) {
    this.description = options.description;
    this.#options = options;
    const { repository, driver, program, clock } = options;
    this.#objects = new ReliableReader({ clock, open: () => openObjectReader(repository, driver, program) });
    this.#reader = new RepositoryReader(this.#objects);
  }

  async resolve(): Promise<CommitInfo> {
    const refs = await this.#openRefs();
    const id = await refs.read(branchRef(this.#options.branch));
    if (id === undefined) throw branchMissing(this.#options.branch, this.description, await refs.listBranches());
    return this.#reader.readCommit(id);
  }

  async resolveRevision(revision: string): Promise<CommitInfo> {
    return this.#reader.resolveRevision(revision, await this.#openRefs());
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const { repository, branch, clock, pollMs } = this.#options;
    const refWatch = await RefWatch.start({ repository, branch, clock, pollMs, onChange });
    this.#watches.add(refWatch);
    return async () => {
      this.#watches.delete(refWatch);
      await refWatch.close();
    };
  }

  readTree(tree: string): Promise<readonly TreeEntry[]> {
    return this.#reader.readTree(tree);
  }

  readBlob(blob: string, maxBytes: number): Promise<Uint8Array> {
    return this.#reader.readBlob(blob, maxBytes);
  }

  async readBranch(branch: string): Promise<CommitInfo | undefined> {
    const id = await (await this.#openRefs()).read(branchRef(branch));
    return id === undefined ? undefined : this.#reader.readCommit(id);
  }

  async publish(request: PublishRequest): Promise<CommitInfo | undefined> {
    const note = new LockNote(this.#options.lockNote);
    return publishInto(await openGitDirectory(this.#options.repository), this.#reader, request, {
      ...this.#options,
      note,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watches].map((refWatch) => refWatch.close()));
    await this.#objects.close();
  }

  /** Checks the repository each time, because it may go, come back and be another. */
  async #openRefs(): Promise<RefReader> {
    const { path } = await openGitDirectory(this.#options.repository);
    if (this.#refs?.gitDirectory !== path) this.#refs = new RefReader(path);
    return this.#refs;
  }
}

/**
 * Publishes into a repository on this machine; whoever pushes to it at the same moment is waited for, never
 * overwritten.
 */
export function publishInto(
  directory: GitDirectory,
  reader: RepositoryReader,
  request: PublishRequest,
  world: { readonly clock: Clock; readonly random: Random; readonly note: LockNote },
): Promise<CommitInfo | undefined> {
  const refs = new RefReader(directory.path);
  const objectWriter = new ObjectWriter({ directory, ...world });
  const refWriter = new RefWriter({ directory, ...world });
  const target: PublishTarget = {
    format: directory.format,
    reader,
    readTip: async (branch) => {
      const id = await refs.read(branchRef(branch));
      return id === undefined ? undefined : reader.readCommit(id);
    },
    writeObjects: (objects) =>
      writeBetweenCollections(directory.path, world.clock, () => objectWriter.writeAll(objects)),
    move: ({ expected, id }) =>
      refWriter.update({
        branch: request.branch,
        expected,
        id,
        author: request.author,
        reason: `berth: ${request.message}`,
      }),
    mayRewrite: () => true,
  };
  return publishFolder(target, request, world);
}
