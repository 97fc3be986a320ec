import { assert } from '../../lib/assert.ts';
import { deepFreeze, type JsonObject } from '../../lib/json.ts';
import type { Entry, IndexDefinition, Revision, Store, StoreEvent, Transaction, WatchOptions } from '../store.ts';
import { Durability } from './durability.ts';
import { type Commit, History, type HistoryLimits } from './history.ts';
import { KeySpace } from './key-space.ts';
import { WatchChannel } from './watch-channel.ts';

/** Makes commits durable, in revision order. */
export interface CommitLog {
  /**
   * Takes a commit within the tick that made it, before anybody is told of it. A throw refuses the transaction. Returns
   * whether the commit is durable already; if not, the log says so later through `LogListener`.
   */
  append(commit: Commit): boolean;
  /** Waits for what is pending and releases everything; never rejects for a failure that it reported before. */
  close(): Promise<void>;
}

/** What a log tells the store. Never called from within `append`. */
export interface LogListener {
  onDurable(revision: Revision): void;
  /** Final: no later commit becomes durable. */
  onFailure(error: Error): void;
}

/** A state to begin with: `entries` sorted by key, none newer than `revision`. */
export interface StoreContent {
  readonly revision: Revision;
  readonly entries: readonly Entry[];
}

export interface MvccStoreOptions {
  readonly indexes: readonly IndexDefinition[];
  readonly limits: HistoryLimits;
  readonly content: StoreContent;
  readonly connectLog: (listener: LogListener) => CommitLog;
}

interface Undo {
  readonly key: string;
  readonly before: Entry | undefined;
}

/**
 * The multi-version store in memory, over any log. Transactions write straight into the maps and keep an undo list.
 *
 * Invariant: outside a transaction the key space is the state after `revision`; inside, it is that plus the writes in
 * `#undo`.
 */
export class MvccStore implements Store {
  readonly #keys: KeySpace;
  readonly #history: History;
  readonly #memoryWatches: WatchChannel;
  readonly #durableWatches: WatchChannel;
  readonly #durability: Durability;
  readonly #log: CommitLog;
  readonly #writer = (key: string, entry: Entry | undefined) => this.#write(key, entry);
  #revision: Revision;
  /** The writes of the running transaction, oldest first; `undefined` outside of one. */
  #undo: Undo[] | undefined;
  #transaction: ActiveTransaction | undefined;
  #closing: Promise<void> | undefined;

  constructor({ indexes, limits, content, connectLog }: MvccStoreOptions) {
    this.#keys = new KeySpace(indexes, content.entries);
    this.#revision = content.revision;
    this.#history = new History(limits, content.revision);
    this.#memoryWatches = new WatchChannel(this.#history, content.revision);
    this.#durableWatches = new WatchChannel(this.#history, content.revision);
    this.#durability = new Durability(content.revision);
    this.#log = connectLog({
      onDurable: (revision) => this.#onDurable(revision),
      onFailure: (error) => this.#durability.fail(error),
    });
  }

  get revision(): Revision {
    return this.#revision;
  }

  get durableRevision(): Revision {
    return this.#durability.revision;
  }

  get compactedRevision(): Revision {
    return this.#history.compactedRevision;
  }

  get(key: string): Entry | undefined {
    return this.#keys.get(key);
  }

  list(prefix: string): readonly Entry[] {
    return this.#keys.list(prefix);
  }

  byIndex(index: string, indexKey: string): readonly Entry[] {
    return this.#keys.byIndex(index, indexKey);
  }

  count(prefix: string): number {
    return this.#keys.count(prefix);
  }

  transact<T>(body: (transaction: Transaction) => T): T {
    if (this.#undo !== undefined) return this.#runBody(body, this.#undo);
    this.#requireOpen();
    const undo: Undo[] = [];
    this.#undo = undo;
    this.#transaction = new ActiveTransaction(this, this.#keys, this.#writer);
    let isDurable: boolean | undefined;
    let result: T;
    try {
      result = this.#runBody(body, undo);
      isDurable = this.#commit(undo);
    } finally {
      this.#transaction.end();
      this.#transaction = undefined;
      this.#undo = undefined;
    }
    if (isDurable !== undefined) this.#announce(isDurable);
    return result;
  }

  durable(revision: Revision = this.#revision): Promise<void> {
    return this.#durability.wait(revision);
  }

  watch(options: WatchOptions): () => void {
    const afterRevision = options.afterRevision ?? this.#revision;
    this.#history.requireAfter(afterRevision);
    const channel = options.when === 'memory' ? this.#memoryWatches : this.#durableWatches;
    return channel.add(options, afterRevision);
  }

  getAt(key: string, revision: Revision): Entry | undefined {
    const newest = this.#keys.get(key);
    if (newest !== undefined && newest.modRevision <= revision) return newest;
    return this.#stateAt(revision, (changed) => changed === key).get(key);
  }

  listAt(prefix: string, revision: Revision): readonly Entry[] {
    const past = this.#stateAt(revision, (changed) => changed.startsWith(prefix));
    if (past.size === 0) return this.#keys.list(prefix);
    const entries = this.#keys.list(prefix).filter((entry) => !past.has(entry.key));
    for (const entry of past.values()) if (entry !== undefined) entries.push(entry);
    return entries.sort(byKey);
  }

  compact(revision: Revision): void {
    this.#history.compact(Math.min(revision, this.#historyFloor()));
  }

  onFailure(callback: (error: Error) => void): void {
    this.#durability.onFailure(callback);
  }

  close(): Promise<void> {
    assert(this.#undo === undefined, 'the store is not closed inside a transaction');
    this.#closing ??= this.#log.close().finally(() => this.#durability.close());
    return this.#closing;
  }

  /** Runs a body as (a part of) the transaction; when it throws, this part's writes are undone and no others. */
  #runBody<T>(body: (transaction: Transaction) => T, undo: Undo[]): T {
    const mark = undo.length;
    assert(this.#transaction !== undefined, 'a transaction is running');
    try {
      const result = body(this.#transaction);
      assert(!(result instanceof Promise), 'the body of a transaction is synchronous');
      return result;
    } catch (error) {
      this.#rollBack(undo, mark);
      throw error;
    }
  }

  #requireOpen(): void {
    const refusal = this.#durability.refusal;
    if (refusal !== undefined) throw refusal;
    if (this.#closing !== undefined) throw new Error('the store is closed');
  }

  #write(key: string, entry: Entry | undefined): void {
    const before = this.#keys.get(key);
    if (before === undefined && entry === undefined) return;
    this.#keys.set(key, entry);
    this.#undo?.push({ key, before });
  }

  #rollBack(undo: Undo[], mark: number): void {
    for (const { key, before } of undo.splice(mark).reverse()) this.#keys.set(key, before);
  }

  /** Logs the writes as one commit; returns whether it is durable already, `undefined` when nothing has changed. */
  #commit(undo: Undo[]): boolean | undefined {
    if (undo.length === 0) return undefined;
    const events = this.#eventsOf(undo);
    if (events.length === 0) return undefined;
    const commit: Commit = { revision: this.#revision + 1, events: Object.freeze(events) };
    let isDurable: boolean;
    try {
      isDurable = this.#log.append(commit);
    } catch (error) {
      this.#rollBack(undo, 0);
      throw error;
    }
    this.#revision = commit.revision;
    this.#history.push(commit);
    return isDurable;
  }

  /** One event per key, in the order of their first write; none for a key that was created and deleted again. */
  #eventsOf(undo: readonly Undo[]): StoreEvent[] {
    const revision = this.#revision + 1;
    const firstBefore = new Map<string, Entry | undefined>();
    for (const { key, before } of undo) if (!firstBefore.has(key)) firstBefore.set(key, before);
    const events: StoreEvent[] = [];
    for (const [key, previous] of firstBefore) {
      const entry = this.#keys.get(key);
      if (entry !== undefined) events.push(Object.freeze({ type: 'put', revision, entry, previous }));
      else if (previous !== undefined) events.push(Object.freeze({ type: 'delete', revision, key, previous }));
    }
    return events;
  }

  #announce(isDurable: boolean): void {
    if (isDurable) this.#durability.advance(this.#revision);
    this.#memoryWatches.advance(this.#revision);
    if (isDurable) this.#durableWatches.advance(this.#durability.revision);
    this.#history.trim(this.#historyFloor());
  }

  #onDurable(revision: Revision): void {
    this.#durability.advance(revision);
    this.#durableWatches.advance(revision);
    this.#history.trim(this.#historyFloor());
  }

  /** History up to here is needed by no watch: a watch that was started is never cut. */
  #historyFloor(): Revision {
    return Math.min(this.#memoryWatches.floor, this.#durableWatches.floor);
  }

  /** The versions at `revision` of those keys that changed after it: the undone writes, newest first. */
  #stateAt(revision: Revision, isWanted: (key: string) => boolean): Map<string, Entry | undefined> {
    this.#history.requireAfter(revision);
    assert(revision <= this.#revision, `revision ${revision} is not in the future`);
    const past = new Map<string, Entry | undefined>();
    for (const { key, before } of (this.#undo ?? []).toReversed()) if (isWanted(key)) past.set(key, before);
    for (let newer = this.#revision; newer > revision; newer--) {
      for (const event of this.#history.at(newer).events) {
        const key = event.type === 'put' ? event.entry.key : event.key;
        if (isWanted(key)) past.set(key, event.previous);
      }
    }
    return past;
  }
}

/** The transaction as its body sees it; of no use once the body has returned. */
class ActiveTransaction implements Transaction {
  readonly #store: MvccStore;
  readonly #keys: KeySpace;
  readonly #write: (key: string, entry: Entry | undefined) => void;
  #isOver = false;

  constructor(store: MvccStore, keys: KeySpace, write: (key: string, entry: Entry | undefined) => void) {
    this.#store = store;
    this.#keys = keys;
    this.#write = write;
  }

  get revision(): Revision {
    return this.#store.revision;
  }

  get nextRevision(): Revision {
    return this.#store.revision + 1;
  }

  get(key: string): Entry | undefined {
    return this.#keys.get(key);
  }

  list(prefix: string): readonly Entry[] {
    return this.#keys.list(prefix);
  }

  byIndex(index: string, indexKey: string): readonly Entry[] {
    return this.#keys.byIndex(index, indexKey);
  }

  count(prefix: string): number {
    return this.#keys.count(prefix);
  }

  put(key: string, value: JsonObject): void {
    this.#requireRunning();
    const revision = this.nextRevision;
    const createRevision = this.#keys.get(key)?.createRevision ?? revision;
    this.#write(key, Object.freeze({ key, value: deepFreeze(value), createRevision, modRevision: revision }));
  }

  delete(key: string): void {
    this.#requireRunning();
    this.#write(key, undefined);
  }

  end(): void {
    this.#isOver = true;
  }

  #requireRunning(): void {
    assert(!this.#isOver, 'a transaction is written to only while its body runs');
  }
}

function byKey(a: Entry, b: Entry): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
