import { jsonEqual } from '../../lib/json.ts';
import type { Entry, StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';

/**
 * "A write that anyone outside saw survives a crash; a revision never goes backwards; a watch sees every later event
 * once and in order." Keeps its own copy of what is durable, and compares what each start finds on the disk with it.
 */
export class DurabilityChecker implements LifeWatcher {
  readonly #machine: Machine;
  readonly #durable = new Map<string, Entry>();
  /** Commits that nobody outside relies on yet. */
  #pending: (readonly StoreEvent[])[] = [];
  #durableRevision = 0;
  #memoryRevision = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The newest version of an object that a crash would leave. */
  get(key: string): Entry | undefined {
    return this.#durable.get(key);
  }

  /** What a crash would leave below this prefix. */
  list(prefix: string): readonly Entry[] {
    return [...this.#durable.values()].filter(({ key }) => key.startsWith(prefix));
  }

  get revision(): number {
    return this.#durableRevision;
  }

  onOpen({ store }: OpenLife): void {
    if (store.revision < this.#durableRevision)
      this.#report(`the store came up at ${store.revision}, and ${this.#durableRevision} had been durable`);
    const survived = this.#pending.filter((events) => revisionOf(events) <= store.revision);
    if (survived.length < this.#pending.length) this.#machine.tally.count('a crash lost commits that nobody saw');
    if (survived.length > 0) this.#machine.tally.count('a crash kept commits that nobody saw');
    for (const events of survived) this.#apply(events);
    this.#pending = [];
    this.#durableRevision = store.revision;
    this.#memoryRevision = store.revision;
    this.#compare(store.list(''));
  }

  onCommit(events: readonly StoreEvent[]): void {
    const revision = revisionOf(events);
    if (revision !== this.#memoryRevision + 1) this.#report(`revision ${revision} follows ${this.#memoryRevision}`);
    this.#memoryRevision = revision;
    this.#pending.push(events);
  }

  onDurable(events: readonly StoreEvent[]): void {
    const expected = this.#pending.shift();
    if (expected === undefined || !jsonEqual(expected, events))
      this.#report(`the durable watch tells of ${revisionOf(events)} something else than the one in memory did`);
    this.#apply(events);
    this.#durableRevision = revisionOf(events);
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#durable.set(event.entry.key, event.entry);
      else this.#durable.delete(event.key);
    }
  }

  #compare(found: readonly Entry[]): void {
    const missing = new Set(this.#durable.keys());
    for (const entry of found) {
      missing.delete(entry.key);
      const known = this.#durable.get(entry.key);
      if (known?.modRevision !== entry.modRevision || !jsonEqual(known.value, entry.value))
        return this.#report(`${entry.key} is not what it was before the crash`);
    }
    if (missing.size > 0) this.#report(`lost by the crash: ${[...missing].slice(0, 5).join(', ')}`);
  }

  #report(message: string): void {
    this.#machine.report('durability', message);
  }
}

function revisionOf(events: readonly StoreEvent[]): number {
  return events[0]?.revision ?? 0;
}
