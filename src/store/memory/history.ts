import { assert } from '../../lib/assert.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { CompactedError, type Revision, type StoreEvent } from '../store.ts';

const NONE: JsonObject = Object.freeze({});

/** How much history is kept for watches and reads in the past. */
export interface HistoryLimits {
  readonly historyEvents: number;
  /** Memory of the superseded values that history alone keeps alive, by estimate; infinite, nothing is estimated. */
  readonly historyBytes: number;
}

export interface Commit {
  readonly revision: Revision;
  /** Frozen, never empty, at most one event per key. */
  readonly events: readonly StoreEvent[];
}

/**
 * The newest commits, oldest first.
 *
 * Invariant: the commit of revision r stands at `#commits[#head + r - compactedRevision - 1]`; there is no gap.
 */
export class History {
  readonly #limits: HistoryLimits;
  #commits: { readonly commit: Commit; readonly bytes: number }[] = [];
  #head = 0;
  #events = 0;
  #bytes = 0;
  #compactedRevision: Revision;

  constructor(limits: HistoryLimits, startRevision: Revision) {
    this.#limits = limits;
    this.#compactedRevision = startRevision;
  }

  /** Commits after this revision are all here. */
  get compactedRevision(): Revision {
    return this.#compactedRevision;
  }

  get newestRevision(): Revision {
    return this.#compactedRevision + this.#commits.length - this.#head;
  }

  push(commit: Commit): void {
    assert(commit.revision === this.newestRevision + 1, 'commits are pushed in revision order');
    const bytes = Number.isFinite(this.#limits.historyBytes) ? bytesKeptBy(commit) : 0;
    this.#commits.push({ commit, bytes });
    this.#events += commit.events.length;
    this.#bytes += bytes;
  }

  /** The commit of a revision that is kept. */
  at(revision: Revision): Commit {
    const kept = this.#commits[this.#head + revision - this.#compactedRevision - 1];
    assert(kept !== undefined && kept.commit.revision === revision, `revision ${revision} is in the history`);
    return kept.commit;
  }

  /** Throws `CompactedError` when a commit after `revision` is no longer kept. */
  requireAfter(revision: Revision): void {
    if (revision < this.#compactedRevision) throw new CompactedError(revision, this.#compactedRevision);
  }

  /** Drops the oldest commits while the bounds are exceeded, but none after `floor`. */
  trim(floor: Revision): void {
    while (
      this.#compactedRevision < floor &&
      (this.#events > this.#limits.historyEvents || this.#bytes > this.#limits.historyBytes)
    ) {
      this.#dropOldest();
    }
  }

  /** Drops the commits up to `revision`. */
  compact(revision: Revision): void {
    while (this.#compactedRevision < revision && this.#head < this.#commits.length) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#commits[this.#head];
    assert(oldest !== undefined, 'there is a commit to drop');
    this.#events -= oldest.commit.events.length;
    this.#bytes -= oldest.bytes;
    this.#compactedRevision = oldest.commit.revision;
    this.#head++;
    if (this.#head < 1_000 || this.#head < this.#commits.length / 2) return;
    this.#commits = this.#commits.slice(this.#head);
    this.#head = 0;
  }
}

function bytesKeptBy({ events }: Commit): number {
  let bytes = 0;
  for (const event of events) {
    if (event.previous === undefined) continue;
    bytes += estimateBytes(event.previous.value, event.type === 'put' ? event.entry.value : undefined);
  }
  return bytes;
}

/**
 * About how much memory a JSON value takes beyond the parts that it shares with its `successor`: these are kept alive
 * by that. Nearly all of an object is shared by its next version, so that this costs in proportion to the change.
 */
function estimateBytes(value: JsonValue, successor: JsonValue | undefined): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 32;
  const fields = value as JsonObject;
  const others = typeof successor === 'object' && successor !== null ? (successor as JsonObject) : NONE;
  for (const key in fields) {
    const child = fields[key];
    if (child === undefined) continue;
    const other = others[key];
    bytes += 8;
    if (typeof child !== 'object' || child !== other) bytes += estimateBytes(child, other);
  }
  return bytes;
}
