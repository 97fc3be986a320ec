type Severity = 'error' | 'warning';

/**
 * Keeps a bounded number of errors and as many warnings, and counts the rest. Neither crowds the other out: an error
 * that nobody sees would let its commit through without the object that it is about. Nor does one file crowd out
 * another: the first ones of all files go before their second ones, and so on.
 */
export class BoundedProblems<Problem extends { readonly severity: Severity }> {
  readonly #limit: number;
  readonly #kept = { error: new FairShare<Problem>(), warning: new FairShare<Problem>() };
  readonly #omitted = new Map<string, number>();
  #added = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `make` is called only where the problem is kept; it may find that there is nothing to tell. */
  add(severity: Severity, path: string, make: () => Problem | undefined): void {
    const kept = this.#kept[severity];
    const isFull = kept.size >= this.#limit;
    if (isFull && !kept.wouldKeep(path)) {
      kept.pass(path);
      this.omit(path, 1);
      return;
    }
    const problem = make();
    if (problem === undefined) return;
    if (isFull) this.#drop(severity);
    kept.add({ problem, path, index: this.#added++ });
  }

  /** Some of a file were left out already. */
  omit(path: string, count: number): void {
    if (count > 0) this.#omitted.set(path, (this.#omitted.get(path) ?? 0) + count);
  }

  /** Leaves out warnings until there is no more of both than the limit of each; gives what is kept, errors first. */
  takeErrorsFirst(): readonly Problem[] {
    const { error, warning } = this.#kept;
    while (error.size + warning.size > this.#limit) this.#drop('warning');
    return [...inOrder(error.entries), ...inOrder(warning.entries)];
  }

  #drop(severity: Severity): void {
    const path = this.#kept[severity].dropLast();
    if (path !== undefined) this.omit(path, 1);
  }

  /** In the order in which they were added. */
  get items(): readonly Problem[] {
    return inOrder([...this.#kept.error.entries, ...this.#kept.warning.entries]);
  }

  get omittedCount(): number {
    return countOmitted(this.#omitted);
  }

  /** How many were left out, by file. */
  get omitted(): ReadonlyMap<string, number> {
    return this.#omitted;
  }
}

export function countOmitted(omitted: ReadonlyMap<string, number>): number {
  return [...omitted.values()].reduce((sum, count) => sum + count, 0);
}

interface Entry<Problem> {
  readonly problem: Problem;
  readonly path: string;
  readonly index: number;
}

function inOrder<Problem>(entries: readonly Entry<Problem>[]): readonly Problem[] {
  return [...entries].sort((a, b) => a.index - b.index).map(({ problem }) => problem);
}

/** Problems in rounds: the nth of every file is in the nth round, in the order in which they came. */
class FairShare<Problem> {
  /** The last one is never empty. */
  readonly #rounds: Entry<Problem>[][] = [];
  /** How many of each file came. */
  readonly #seenOf = new Map<string, number>();
  size = 0;

  get entries(): readonly Entry<Problem>[] {
    return this.#rounds.flat();
  }

  /** Whether the next one of a file goes before the last one that is kept. */
  wouldKeep(path: string): boolean {
    return this.#roundOf(path) < this.#rounds.length - 1;
  }

  add(entry: Entry<Problem>): void {
    const round = this.#roundOf(entry.path);
    while (this.#rounds.length <= round) this.#rounds.push([]);
    this.#rounds[round]?.push(entry);
    this.size++;
    this.pass(entry.path);
  }

  /** One of a file came. */
  pass(path: string): void {
    this.#seenOf.set(path, this.#roundOf(path) + 1);
  }

  /** Gives the file of the one that is gone. */
  dropLast(): string | undefined {
    const last = this.#rounds.at(-1)?.pop();
    if (last === undefined) return undefined;
    this.size--;
    while (this.#rounds.at(-1)?.length === 0) this.#rounds.pop();
    return last.path;
  }

  #roundOf(path: string): number {
    return this.#seenOf.get(path) ?? 0;
  }
}
