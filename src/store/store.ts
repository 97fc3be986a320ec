import type { JsonObject } from '../lib/json.ts';

/** A position in the store's history: 1 for the first committed transaction, and one more for each after it. */
export type Revision = number;

/** One version of one key. `value` is deeply frozen and shared with every other reader. */
export interface Entry {
  readonly key: string;
  readonly value: JsonObject;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
}

export type StoreEvent =
  | { readonly type: 'put'; readonly revision: Revision; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: 'delete'; readonly revision: Revision; readonly key: string; readonly previous: Entry };

/**
 * A declared index: for each entry, the index keys under which it is found. Kept up to date inside transactions, so
 * that a transaction's own writes are seen by its own index reads.
 */
export interface IndexDefinition {
  readonly name: string;
  readonly keysOf: (key: string, value: JsonObject) => readonly string[];
}

/** Reads at the newest revision; inside a transaction they see its own writes. Lists are sorted by key. */
export interface Reader {
  readonly revision: Revision;
  get(key: string): Entry | undefined;
  /** Entries whose key starts with `prefix`. */
  list(prefix: string): readonly Entry[];
  /** Entries that the index files under `indexKey`. */
  byIndex(index: string, indexKey: string): readonly Entry[];
  count(prefix: string): number;
}

export interface Transaction extends Reader {
  /** The revision that this transaction will have when it commits with at least one write. */
  readonly nextRevision: Revision;
  put(key: string, value: JsonObject): void;
  /** Deletes the key; does nothing when it is absent. */
  delete(key: string): void;
}

export interface WatchOptions {
  /** Keys that start with this. */
  readonly prefix: string;
  /** Events after this revision are delivered, the past ones first. Default: the revision at the call. */
  readonly afterRevision?: Revision;
  /**
   * `memory` (for components inside the process): told in the same tick as the commit, before it is durable.
   * `durable` (for whatever leaves the process): told once the revision is on disk.
   */
  readonly when: 'memory' | 'durable';
  /**
   * Called in revision order, once per event; all events of one revision in one call. Past events are delivered before
   * `watch` returns. It may read, write and start or stop watches: what it writes is delivered in the same tick, after
   * the commit at hand has reached every watch. It must not throw: that is a bug and stops the process.
   */
  readonly onEvents: (events: readonly StoreEvent[]) => void;
}

/**
 * In-memory multi-version store over a write-ahead log. Synchronous inside; whatever leaves the process waits for
 * `durable`. It knows keys and JSON values, not Kubernetes.
 */
export interface Store extends Reader {
  /**
   * Runs `body` in one tick; its writes get one revision and one log record, which a crash keeps or loses whole. When
   * `body` throws, every write is undone and the error passes on. A body that changes nothing makes no revision.
   *
   * A call inside another transaction joins it: one revision for both. When the inner body throws, its own writes are
   * undone before the error passes on, so that the outer body may catch it and go on with what it wrote itself.
   *
   * A key that is written more than once makes one event, from the version before the transaction to the one after it;
   * one that is deleted and put again counts as created in this revision. After a failed write or sync every call
   * throws `DiskFailed`.
   */
  transact<T>(body: (transaction: Transaction) => T): T;
  /** The newest revision that is on disk. */
  readonly durableRevision: Revision;
  /**
   * Resolves once `revision` (default: the newest) is on disk. Rejects with `DiskFailed` after a failed write or sync.
   */
  durable(revision?: Revision): Promise<void>;
  /** Throws `CompactedError` when `afterRevision` is older than the kept history. Returns what stops the watch. */
  watch(options: WatchOptions): () => void;
  /** The entry as it was at `revision`; throws `CompactedError` when that is no longer known. */
  getAt(key: string, revision: Revision): Entry | undefined;
  /** The entries below a prefix as they were at `revision`; throws `CompactedError` when that is no longer known. */
  listAt(prefix: string, revision: Revision): readonly Entry[];
  /** The oldest revision after which a watch can start. */
  readonly compactedRevision: Revision;
  /**
   * Forgets history up to `revision`, as far as no running watch still waits for it. The store also does so by itself,
   * within its configured bounds.
   */
  compact(revision: Revision): void;
  /** Called once when a write or sync failed and the store refuses further writes: the process has to stop. */
  onFailure(callback: (error: Error) => void): void;
  /** Waits for what is pending, writes a snapshot where that is cheap, and releases the files. */
  close(): Promise<void>;
}

/** The asked-for revision is older than the history that is kept: list again and watch from there. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compactedRevision: Revision;

  constructor(asked: Revision, compactedRevision: Revision) {
    super(`revision ${asked} is too old: history starts after ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}
