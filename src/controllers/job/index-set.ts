/**
 * Completion indexes of an Indexed Job, kept as the API writes them: "a text format … comma separated decimals, in
 * which three or more consecutive numbers are compressed: 1,3-5,7" (batch/v1, completedIndexes).
 *
 * Invariant: the intervals are sorted, do not overlap and do not touch.
 */
export class IndexSet {
  readonly #intervals: readonly (readonly [first: number, last: number])[];
  readonly size: number;

  private constructor(intervals: readonly (readonly [number, number])[]) {
    this.#intervals = intervals;
    this.size = intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  /** Reads the API's text; what is no interval, or lies at or beyond `completions`, is left out. */
  static parse(text: string | undefined, completions = Number.POSITIVE_INFINITY): IndexSet {
    const found: [number, number][] = [];
    for (const part of (text ?? '').split(',')) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (match === null) continue;
      const first = Number(match[1]);
      const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
      if (first <= last) found.push([first, last]);
    }
    return new IndexSet(merge(found));
  }

  static of(indexes: Iterable<number>): IndexSet {
    return new IndexSet(merge([...indexes].map((index) => [index, index])));
  }

  has(index: number): boolean {
    let low = 0;
    let high = this.#intervals.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#intervals[middle] ?? [0, -1];
      if (index < first) high = middle - 1;
      else if (index > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(other: IndexSet): IndexSet {
    if (other.size === 0) return this;
    return this.size === 0 ? other : new IndexSet(merge([...this.#intervals, ...other.#intervals]));
  }

  /** How many indexes are in both. */
  overlap(other: IndexSet): number {
    let count = 0;
    for (const [first, last] of this.#intervals) {
      for (const [from, to] of other.#intervals) {
        count += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
      }
    }
    return count;
  }

  /** The lowest `count` indexes below `completions` that are not in the set. */
  firstMissing(count: number, completions: number): readonly number[] {
    const missing: number[] = [];
    let next = 0;
    for (const [first, last] of [...this.#intervals, [completions, completions] as const]) {
      for (; next < Math.min(first, completions); next++) {
        if (missing.length >= count) return missing;
        missing.push(next);
      }
      next = Math.max(next, last + 1);
    }
    return missing;
  }

  toString(): string {
    const show = ([first, last]: readonly [number, number]) =>
      first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    return this.#intervals.map(show).join(',');
  }
}

function merge(intervals: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}
