/** Counts what happened, by name: a run in which something never happens has not tested it. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  add(other: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(other)) this.count(name, count);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Sorted by name. */
  toJSON(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
