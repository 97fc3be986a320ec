import type { Entry } from '../store.ts';

/** The place of one key: it stays while the key exists, and its entry changes with every version. */
export interface Slot {
  readonly key: string;
  entry: Entry;
}

interface Position {
  readonly block: number;
  readonly index: number;
}

/**
 * A block is split in two when it grows over this. Moving a few hundred pointers costs less than one cache miss per
 * tree level.
 */
const MAX_BLOCK_LENGTH = 512;

/**
 * Slots sorted by key (in UTF-16 code unit order), so that a prefix list costs in proportion to its result.
 *
 * Invariant: the keys of `#blocks`, read one block after the other, strictly ascend; only the single block of an empty
 * set is empty.
 */
export class SortedSlots {
  readonly #blocks: Slot[][] = [[]];

  /** Replaces everything by slots that are sorted already. */
  load(slots: readonly Slot[]): void {
    this.#blocks.length = 0;
    for (let start = 0; start < slots.length; start += MAX_BLOCK_LENGTH / 2) {
      this.#blocks.push(slots.slice(start, start + MAX_BLOCK_LENGTH / 2));
    }
    if (this.#blocks.length === 0) this.#blocks.push([]);
  }

  get isEmpty(): boolean {
    return this.#blocks[0]?.length === 0;
  }

  /** Adds a slot; does nothing when its key is present. */
  insert(slot: Slot): void {
    const { block, index } = this.#lowerBound(slot.key);
    const slots = this.#blocks[block];
    if (slots === undefined || slots[index]?.key === slot.key) return;
    slots.splice(index, 0, slot);
    if (slots.length > MAX_BLOCK_LENGTH) this.#blocks.splice(block + 1, 0, slots.splice(MAX_BLOCK_LENGTH / 2));
  }

  /** Removes the slot of a key; does nothing when it is absent. */
  remove(key: string): void {
    const { block, index } = this.#lowerBound(key);
    const slots = this.#blocks[block];
    if (slots === undefined || slots[index]?.key !== key) return;
    slots.splice(index, 1);
    if (slots.length === 0 && this.#blocks.length > 1) this.#blocks.splice(block, 1);
  }

  /** The entries whose key starts with `prefix`, sorted by key. */
  list(prefix: string): Entry[] {
    const entries: Entry[] = [];
    let { block, index } = this.#lowerBound(prefix);
    for (; block < this.#blocks.length; block++, index = 0) {
      const slots = this.#blocks[block] ?? [];
      for (; index < slots.length; index++) {
        const slot = slots[index];
        if (slot === undefined || !slot.key.startsWith(prefix)) return entries;
        entries.push(slot.entry);
      }
    }
    return entries;
  }

  /** How many keys start with `prefix`; costs two searches and one step per block. */
  count(prefix: string): number {
    const start = this.#lowerBound(prefix);
    const end = this.#partition((key) => key < prefix || key.startsWith(prefix));
    let total = end.index - start.index;
    for (let block = start.block; block < end.block; block++) total += this.#blocks[block]?.length ?? 0;
    return total;
  }

  /** The first position whose key is not before `key`. */
  #lowerBound(key: string): Position {
    const position = this.#partition((other) => other < key);
    const isAtBlockEnd = position.index === this.#blocks[position.block]?.length;
    const next = this.#blocks[position.block + 1]?.[0];
    return isAtBlockEnd && next?.key === key ? { block: position.block + 1, index: 0 } : position;
  }

  /**
   * The first position whose key is not `isBefore`, as the end of the block that holds its predecessor where there is
   * one.
   */
  #partition(isBefore: (key: string) => boolean): Position {
    const blocksBefore = countWhile(this.#blocks, (slots) => slots[0] !== undefined && isBefore(slots[0].key));
    const block = Math.max(0, blocksBefore - 1);
    return { block, index: countWhile(this.#blocks[block] ?? [], (slot) => isBefore(slot.key)) };
  }
}

/**
 * The length of the leading part of `items` for which `holds`, by binary search: it must hold for a leading part only.
 */
function countWhile<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
