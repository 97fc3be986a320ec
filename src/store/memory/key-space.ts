import { assert } from '../../lib/assert.ts';
import type { Entry, IndexDefinition } from '../store.ts';
import { type Slot, SortedSlots } from './sorted-slots.ts';

interface Index {
  readonly definition: IndexDefinition;
  readonly buckets: Map<string, SortedSlots>;
}

interface IndexMove {
  readonly index: Index;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const NONE: readonly string[] = [];

/**
 * The newest version of every key, in key order and under every declared index.
 *
 * Invariant: `#slots`, `#sorted` and the index buckets hold the same slots; a bucket without slots does not exist.
 */
export class KeySpace {
  readonly #slots = new Map<string, Slot>();
  readonly #sorted = new SortedSlots();
  readonly #indexes = new Map<string, Index>();

  /** `entries` must be sorted by key, each key once. */
  constructor(indexes: readonly IndexDefinition[], entries: readonly Entry[]) {
    for (const definition of indexes) {
      assert(!this.#indexes.has(definition.name), `index ${definition.name} is declared twice`);
      this.#indexes.set(definition.name, { definition, buckets: new Map() });
    }
    const slots = entries.map((entry) => ({ key: entry.key, entry }));
    this.#sorted.load(slots);
    for (const slot of slots) {
      this.#slots.set(slot.key, slot);
      for (const index of this.#indexes.values()) {
        for (const indexKey of index.definition.keysOf(slot.key, slot.entry.value)) addToBucket(index, indexKey, slot);
      }
    }
    assert(this.#slots.size === slots.length, 'entries to load hold each key once');
  }

  get(key: string): Entry | undefined {
    return this.#slots.get(key)?.entry;
  }

  list(prefix: string): Entry[] {
    return this.#sorted.list(prefix);
  }

  count(prefix: string): number {
    return prefix === '' ? this.#slots.size : this.#sorted.count(prefix);
  }

  byIndex(name: string, indexKey: string): Entry[] {
    const index = this.#indexes.get(name);
    assert(index !== undefined, `index ${name} is not declared`);
    return index.buckets.get(indexKey)?.list('') ?? [];
  }

  /** Sets or (with `undefined`) removes the version of a key. When an index function throws, nothing has changed. */
  set(key: string, next: Entry | undefined): void {
    const slot = this.#slots.get(key);
    const moves: IndexMove[] = [];
    for (const index of this.#indexes.values()) {
      const before = slot === undefined ? NONE : index.definition.keysOf(key, slot.entry.value);
      const after = next === undefined ? NONE : index.definition.keysOf(key, next.value);
      if (before.length > 0 || after.length > 0) moves.push({ index, before, after });
    }
    const changed = this.#place(key, slot, next);
    if (changed === undefined) return;
    for (const { index, before, after } of moves) {
      for (const indexKey of before) if (!after.includes(indexKey)) removeFromBucket(index, indexKey, key);
      for (const indexKey of after) if (!before.includes(indexKey)) addToBucket(index, indexKey, changed);
    }
  }

  #place(key: string, slot: Slot | undefined, next: Entry | undefined): Slot | undefined {
    if (next === undefined) {
      this.#slots.delete(key);
      this.#sorted.remove(key);
      return slot;
    }
    if (slot !== undefined) {
      slot.entry = next;
      return slot;
    }
    const created = { key, entry: next };
    this.#slots.set(key, created);
    this.#sorted.insert(created);
    return created;
  }
}

function addToBucket(index: Index, indexKey: string, slot: Slot): void {
  let bucket = index.buckets.get(indexKey);
  if (bucket === undefined) {
    bucket = new SortedSlots();
    index.buckets.set(indexKey, bucket);
  }
  bucket.insert(slot);
}

function removeFromBucket(index: Index, indexKey: string, key: string): void {
  const bucket = index.buckets.get(indexKey);
  bucket?.remove(key);
  if (bucket?.isEmpty) index.buckets.delete(indexKey);
}
