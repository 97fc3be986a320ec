import { assert } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import { deepFreeze } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { IndexDefinition, Store } from '../store.ts';
import type { Commit, HistoryLimits } from './history.ts';
import { type CommitLog, type LogListener, MvccStore, type StoreContent } from './mvcc-store.ts';

export interface MemoryStoreOptions {
  readonly indexes: readonly IndexDefinition[];
  /** Needed for `syncDelayMs` only. */
  readonly clock?: Clock;
  /**
   * How long each sync of the pretended disk takes, asked anew for each; without it every commit is durable at once.
   */
  readonly syncDelayMs?: () => number;
  /** What the store holds from the start; its values get frozen. Default: nothing, at revision 0. */
  readonly content?: StoreContent;
  readonly limits?: Partial<HistoryLimits>;
}

/**
 * A store that forgets everything with the process. With a delay its durability runs behind as a disk's does, with
 * group commit; the state that a crash would leave is `listAt('', durableRevision)`, which is always kept.
 */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const { clock, syncDelayMs } = options;
  assert(syncDelayMs === undefined || clock !== undefined, 'a memory store with a sync delay has a clock');
  const content = options.content ?? { revision: 0, entries: [] };
  for (const entry of content.entries) deepFreeze(entry);
  return new MvccStore({
    indexes: options.indexes,
    limits: { historyEvents: LIMITS.storeHistoryEvents, historyBytes: LIMITS.storeHistoryBytes, ...options.limits },
    content,
    connectLog: (listener) =>
      clock === undefined || syncDelayMs === undefined ? IMMEDIATE_LOG : new DelayedLog(listener, clock, syncDelayMs),
  });
}

const IMMEDIATE_LOG: CommitLog = { append: () => true, close: () => Promise.resolve() };

/** Never more than one sync under way: what is committed meanwhile waits for the next one, as on a disk. */
class DelayedLog implements CommitLog {
  readonly #listener: LogListener;
  readonly #clock: Clock;
  readonly #syncDelayMs: () => number;
  #appended = 0;
  #syncing: Promise<void> | undefined;

  constructor(listener: LogListener, clock: Clock, syncDelayMs: () => number) {
    this.#listener = listener;
    this.#clock = clock;
    this.#syncDelayMs = syncDelayMs;
  }

  append(commit: Commit): boolean {
    this.#appended = commit.revision;
    this.#syncing ??= new Promise((resolve) => this.#sync(resolve));
    return false;
  }

  async close(): Promise<void> {
    await this.#syncing;
  }

  #sync(onIdle: () => void): void {
    // What the same tick commits goes into the first sync.
    this.#clock.defer(() => {
      const revision = this.#appended;
      this.#clock.setTimer(this.#syncDelayMs(), () => {
        this.#listener.onDurable(revision);
        if (this.#appended > revision) return this.#sync(onIdle);
        this.#syncing = undefined;
        onIdle();
      });
    });
  }
}
