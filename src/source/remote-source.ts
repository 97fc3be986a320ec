import type { Clock, Timer } from '../lib/clock.ts';
import { type Random, randomFraction } from '../lib/random.ts';
import { branchMissing } from './branch-missing.ts';
import type { ObjectFormat } from './git-object.ts';
import { openGitDirectory } from './local/git-directory.ts';
import { ObjectWriter } from './local/object-writer.ts';
import type { OwnClone } from './local/own-clone.ts';
import { RefReader } from './local/ref-reader.ts';
import { openObjectReader, type SourceDriver } from './open-object-reader.ts';
import { type BranchMove, type PublishTarget, publishFolder } from './publish-folder.ts';
import { branchRef } from './ref-name.ts';
import { ReliableReader } from './reliable-reader.ts';
import type { FetchRequest, RemoteTransport } from './remote-transport.ts';
import { RepositoryReader } from './repository-reader.ts';
import { type CommitInfo, type PublishRequest, type Source, SourceError, type TreeEntry } from './source.ts';
import type { GitProgram } from './system-git/git-process.ts';

export interface RemoteSourceOptions {
  readonly description: string;
  readonly branch: string;
  readonly driver: SourceDriver;
  readonly program: GitProgram;
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
  readonly clone: OwnClone;
  readonly transport: RemoteTransport;
  /** Another way to fetch, for what the first finds too large; `undefined` when there is none. */
  readonly openFallback?: () => Promise<RemoteTransport | undefined>;
}

/** Polls are spread by this part of the interval, so that many boxes do not ask one server at the same second. */
const JITTER = 0.1;
/** The desired state needs its newest commit only. */
const SHALLOW = 1;

/**
 * A remote repository behind a shallow clone of its own. Each question about a branch costs one ref read; objects come
 * only when the branch is somewhere that the clone has not.
 */
export class RemoteSource implements Source {
  readonly description: string;
  readonly #options: RemoteSourceOptions;
  readonly #objects: ReliableReader;
  readonly #reader: RepositoryReader;
  readonly #timers = new Set<Timer>();
  #transport: RemoteTransport;
  /** Fetches and pushes go one after the other: they write the same clone. */
  #turn: Promise<unknown> = Promise.resolve();
  /** An object that should be in the clone was not: the next fetch begins a new one. */
  #isDamaged = false;
  /** The remote refused to have its history shortened; it is not asked again until Berth starts anew. */
  #isRewriteRefused = false;

  constructor(options: RemoteSourceOptions) {
    this.description = options.description;
    this.#options = options;
    this.#transport = options.transport;
    const { clone, driver, program, clock } = options;
    const open = async () => openObjectReader(await clone.open(), driver, program);
    this.#objects = new ReliableReader({ clock, open });
    this.#reader = new RepositoryReader(this.#objects);
  }

  async resolve(signal?: AbortSignal): Promise<CommitInfo> {
    const { branch } = this.#options;
    const commit = await this.#locked(() => this.#bring(branch, SHALLOW, signal));
    if (commit !== undefined) return commit;
    const heads = await this.#transport.listRefs('refs/heads/', signal);
    throw branchMissing(
      branch,
      this.description,
      [...heads.keys()].map((ref) => ref.slice('refs/heads/'.length)).sort(),
    );
  }

  async resolveRevision(revision: string): Promise<CommitInfo> {
    return this.#reader.resolveRevision(revision, new RefReader(await this.#options.clone.open()));
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const { clock, random, intervalMs } = this.#options;
    let timer: Timer;
    const schedule = () => {
      const delayMs = intervalMs * (1 - JITTER + 2 * JITTER * randomFraction(random));
      timer = clock.setTimer(delayMs, () => {
        this.#timers.delete(timer);
        schedule();
        onChange();
      });
      this.#timers.add(timer);
    };
    schedule();
    return async () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  readTree(tree: string): Promise<readonly TreeEntry[]> {
    return this.#noticeDamage(this.#reader.readTree(tree));
  }

  readBlob(blob: string, maxBytes: number): Promise<Uint8Array> {
    return this.#noticeDamage(this.#reader.readBlob(blob, maxBytes));
  }

  readBranch(branch: string): Promise<CommitInfo | undefined> {
    return this.#locked(() => this.#bringHistory(branch));
  }

  publish(request: PublishRequest): Promise<CommitInfo | undefined> {
    return this.#locked(async () => {
      const { clock, random, clone } = this.#options;
      const target: PublishTarget = {
        format: await this.#format(),
        reader: this.#reader,
        readTip: (branch) => this.#bringHistory(branch),
        writeObjects: async (objects) => {
          const directory = await openGitDirectory(await clone.open());
          await new ObjectWriter({ directory, clock, random }).writeAll(objects);
        },
        move: (move) => this.#push(move),
        mayRewrite: () => !this.#isRewriteRefused,
      };
      return this.#noticeDamage(publishFolder(target, request, { clock, random }));
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    await this.#turn.catch(() => {});
    await this.#objects.close();
    await this.#transport.close();
  }

  /** Where a branch is at the remote, with its objects in the clone; `undefined` when it does not exist there. */
  async #bring(branch: string, depth: number | undefined, signal?: AbortSignal): Promise<CommitInfo | undefined> {
    const ref = branchRef(branch);
    const id = (await this.#transport.listRefs(ref, signal)).get(ref);
    if (id === undefined) return undefined;
    const { clone } = this.#options;
    const isTired = this.#isDamaged || (await clone.isFull());
    if (!isTired && (await new RefReader(await clone.open()).read(ref)) === id) {
      const commit = await this.#reader.readCommit(id).catch(() => undefined);
      if (commit !== undefined) return commit;
    }
    if (isTired) await this.#renewClone();
    return this.#fetchAndRead(ref, depth, signal);
  }

  /** A published branch: its first commit alone at first, later everything since, so that its length is known. */
  async #bringHistory(branch: string): Promise<CommitInfo | undefined> {
    const known = await new RefReader(await this.#options.clone.open()).read(branchRef(branch));
    return this.#bring(branch, known === undefined ? SHALLOW : undefined);
  }

  async #fetchAndRead(ref: string, depth: number | undefined, signal?: AbortSignal): Promise<CommitInfo> {
    for (let attempt = 1; ; attempt++) {
      try {
        const clone = await this.#options.clone.open();
        const id = await this.#fetch({ clone, ref, signal, ...(depth === undefined ? {} : { depth }) });
        this.#objects.renew();
        const commit = await this.#reader.readCommit(id);
        await this.#reader.readRawTree(commit.tree);
        return commit;
      } catch (error) {
        // What a crash left in the clone makes the remote believe that objects are here already, or git unable to read
        // it.
        if (attempt > 1 || !isDamage(error)) throw error;
        await this.#renewClone();
      }
    }
  }

  async #fetch(request: FetchRequest): Promise<string> {
    try {
      return await this.#transport.fetch(request);
    } catch (error) {
      if (!(error instanceof SourceError) || error.reason !== 'TooLarge') throw error;
      const fallback = await this.#options.openFallback?.();
      if (fallback === undefined) throw error;
      await this.#transport.close();
      this.#transport = fallback;
      return fallback.fetch(request);
    }
  }

  async #push(move: BranchMove): Promise<boolean> {
    const outcome = await this.#transport.push({
      clone: await this.#options.clone.open(),
      ref: branchRef(move.request.branch),
      id: move.id,
      expected: move.expected,
      isRewrite: move.isRewrite,
    });
    if (outcome === 'rewriteRefused') this.#isRewriteRefused = true;
    return outcome === 'done';
  }

  async #renewClone(): Promise<void> {
    const { clone } = this.#options;
    await clone.renew();
    this.#isDamaged = false;
    this.#objects.renew();
    await clone.removeOld();
  }

  async #format(): Promise<ObjectFormat> {
    return (await openGitDirectory(await this.#options.clone.open())).format;
  }

  async #noticeDamage<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isDamage(error)) this.#isDamaged = true;
      throw error;
    }
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** Whether an error says that the clone lacks what it should have. */
function isDamage(error: unknown): boolean {
  return error instanceof SourceError && (error.reason === 'ObjectMissing' || error.reason === 'ObjectCorrupt');
}
