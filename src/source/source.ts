/**
 * The port to a Git repository: reading one branch as trees of blobs, and publishing one folder to another branch. It
 * knows nothing of manifests. Failures are `SourceError`s that say whether waiting helps.
 */
export interface Source {
  /** What a person calls it: the path or URL, without credentials. */
  readonly description: string;
  /**
   * The commit that the branch points at, after a fetch where the repository is remote. Costs one ref read when there
   * is no news. Rejects with `RepositoryMissing`, `BranchMissing`, `Unreachable` or `Unauthorized`.
   */
  resolve(signal?: AbortSignal): Promise<CommitInfo>;
  /** The commit of any branch, tag or (abbreviated) id that the repository has already; no fetch. */
  resolveRevision(revision: string): Promise<CommitInfo>;
  /**
   * Calls back when the branch may have moved; too often is fine, never is not. Remote repositories are asked every
   * `interval`.
   */
  watch(onChange: () => void): Promise<() => Promise<void>>;
  /** One folder's entries, sorted by name. `tree` is the id of a tree or a commit. */
  readTree(tree: string): Promise<readonly TreeEntry[]>;
  /**
   * A blob's bytes; of a symlink, the path it points to. Rejects with `BlobTooLarge` beyond `maxBytes` without keeping
   * it in memory. Every driver is several times faster with a few dozen reads under way at once than with one after the
   * other.
   */
  readBlob(blob: string, maxBytes: number): Promise<Uint8Array>;
  /**
   * Where the tip of a branch is, or `undefined` when it does not exist (after a fetch of it where the repository is
   * remote).
   */
  readBranch(branch: string): Promise<CommitInfo | undefined>;
  /**
   * Replaces one folder of `branch` with `files` in a commit on the current tip (an orphan when the branch is new),
   * with a retry when the tip has moved. Files of other folders stay. Returns the new commit, or `undefined` when
   * nothing would change. Rejects with `ReadOnly`, `FolderTaken` (see `guard`), `Unreachable`.
   */
  publish(request: PublishRequest): Promise<CommitInfo | undefined>;
  close(): Promise<void>;
}

export interface CommitInfo {
  readonly id: string;
  /** Id of its root tree. */
  readonly tree: string;
  readonly parents: readonly string[];
  readonly authorName: string;
  readonly authorEmail: string;
  readonly committedAtMs: number;
  /** The whole message. */
  readonly message: string;
}

export interface TreeEntry {
  readonly name: string;
  readonly type: 'blob' | 'tree' | 'symlink' | 'submodule';
  readonly id: string;
  readonly executable: boolean;
}

export interface PublishRequest {
  readonly branch: string;
  /** One path segment. */
  readonly folder: string;
  /** Paths below the folder and their text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly nowMs: number;
  /** Asked with the folder's present files before it is replaced; a text means `FolderTaken` with that reason. */
  readonly guard: (present: ReadonlyMap<string, Uint8Array>) => string | undefined;
  /** Older commits of the branch are dropped so that at most this many remain. */
  readonly maxHistory: number;
}

export type SourceErrorReason =
  | 'RepositoryMissing'
  | 'RepositoryInvalid'
  | 'BranchMissing'
  | 'BranchInvalid'
  | 'RevisionMissing'
  | 'Unreachable'
  | 'Unauthorized'
  | 'HostKeyUnknown'
  | 'ObjectMissing'
  | 'ObjectCorrupt'
  | 'BlobTooLarge'
  | 'ReadOnly'
  | 'FolderTaken'
  | 'RefLocked'
  | 'TooLarge'
  | 'Closed'
  | 'Unknown';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly reason: SourceErrorReason;

  constructor(reason: SourceErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
