import { LIMITS } from '../lib/limits.ts';
import { type ObjectFormat, parseCommit, parseTag, parseTree, type RawTreeEntry, toTreeEntry } from './git-object.ts';
import { isBranchName } from './ref-name.ts';
import type { ReliableReader } from './reliable-reader.ts';
import { type CommitInfo, SourceError, type TreeEntry } from './source.ts';

/** What revision lookup needs of the refs. */
export interface RefLookup {
  read(ref: string): Promise<string | undefined>;
}

/** Reads commits, trees and blobs by id, and finds revisions: what every driver shares above its objects. */
export class RepositoryReader {
  readonly #objects: ReliableReader;
  #lastCommit: CommitInfo | undefined;

  constructor(objects: ReliableReader) {
    this.#objects = objects;
  }

  async readCommit(id: string): Promise<CommitInfo> {
    if (this.#lastCommit?.id === id) return this.#lastCommit;
    const object = await this.#objects.read(id, LIMITS.gitObjectBytes);
    if (object.type !== 'commit') throw new SourceError('ObjectMissing', `${id} is a ${object.type}, not a commit`);
    this.#lastCommit = parseCommit(id, object.bytes);
    return this.#lastCommit;
  }

  /** One folder's entries, sorted by name. */
  async readTree(id: string): Promise<readonly TreeEntry[]> {
    const entries = (await this.readRawTree(id)).map(toTreeEntry);
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** A tree's entries as they are stored; `id` may also be a commit's. */
  async readRawTree(id: string): Promise<readonly RawTreeEntry[]> {
    const object = await this.#objects.read(id, LIMITS.gitObjectBytes);
    if (object.type === 'commit') return this.readRawTree(parseCommit(id, object.bytes).tree);
    if (object.type !== 'tree') throw new SourceError('ObjectMissing', `${id} is a ${object.type}, not a tree`);
    return parseTree(object.bytes, formatOf(id));
  }

  async readBlob(id: string, maxBytes: number): Promise<Uint8Array> {
    const object = await this.#objects.read(id, maxBytes);
    if (object.type !== 'blob') throw new SourceError('ObjectMissing', `${id} is a ${object.type}, not a file`);
    return object.bytes;
  }

  /**
   * A commit's bytes when the repository has it now; without waiting for it, because a shallow clone ends somewhere.
   */
  async readCommitBytes(id: string): Promise<Uint8Array | undefined> {
    // A pack that `git gc` takes away during the one attempt looks damaged: only an attempt that fails is worth the
    // patience.
    const patiently = () => this.#objects.read(id, LIMITS.gitObjectBytes);
    const object = await this.#objects.readOnce(id, LIMITS.gitObjectBytes).catch(patiently);
    return object?.type === 'commit' ? object.bytes : undefined;
  }

  /**
   * A branch, a tag, a branch of a remote (`origin/main`), a full ref name, `HEAD`, or an id of at least four digits,
   * in that order. Rejects with `RevisionMissing`.
   */
  async resolveRevision(revision: string, refs: RefLookup): Promise<CommitInfo> {
    for (const place of ['refs/heads/', 'refs/tags/', 'refs/remotes/', '']) {
      const ref = `${place}${revision}`;
      if (ref !== 'HEAD' && !(ref.startsWith('refs/') && isBranchName(ref))) continue;
      const id = await refs.read(ref);
      if (id !== undefined) return this.#peel(id);
    }
    const prefix = revision.toLowerCase();
    if (!/^[0-9a-f]{4,64}$/.test(prefix)) throw revisionMissing(revision, 'it is no branch, no tag and no commit id');
    const named = await this.#commitOf(prefix);
    if (named !== undefined) return named;
    const ids = await this.#objects.expand(prefix);
    const [id, second] = ids;
    if (id === undefined)
      throw revisionMissing(revision, 'no commit has this id; after a shallow fetch only the newest is there');
    if (second === undefined) return this.#peel(id);
    const commits = await this.#onlyCommits(ids);
    const [only, other] = commits;
    if (only === undefined || other !== undefined)
      throw revisionMissing(revision, 'several objects start like this; give more digits');
    return this.#peel(only);
  }

  /** The commit of a whole id: nothing else can start like it, so that the others need not be looked through. */
  async #commitOf(id: string): Promise<CommitInfo | undefined> {
    if (!/^(?:.{40}|.{64})$/.test(id)) return undefined;
    const object = await this.#objects.readOnce(id, LIMITS.gitObjectBytes).catch(() => undefined);
    return object?.type === 'commit' ? parseCommit(id, object.bytes) : undefined;
  }

  async #onlyCommits(ids: readonly string[]): Promise<string[]> {
    const commits: string[] = [];
    for (const id of ids) {
      if ((await this.#objects.readOnce(id, LIMITS.gitObjectBytes).catch(() => undefined))?.type === 'commit')
        commits.push(id);
    }
    return commits;
  }

  /** Follows annotated tags to the commit. */
  async #peel(id: string): Promise<CommitInfo> {
    const object = await this.#objects.read(id, LIMITS.gitObjectBytes);
    if (object.type === 'tag') return this.#peel(parseTag(id, object.bytes));
    if (object.type !== 'commit') throw revisionMissing(id, `it is a ${object.type}, not a commit`);
    return parseCommit(id, object.bytes);
  }
}

function revisionMissing(revision: string, why: string): SourceError {
  return new SourceError('RevisionMissing', `there is no revision ${JSON.stringify(revision)}: ${why}`);
}

function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}
