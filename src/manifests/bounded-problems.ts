type Severity = 'error' | 'warning';

/**
 * Keeps a bounded number of errors and as many warnings, and counts the rest. Neither crowds the other out: an error that nobody sees would let its commit
 * through without the object that it is about. Nor does one file crowd out another: each keeps its first one, however many there are.
 */
export class BoundedProblems<Problem extends { readonly severity: Severity }> {
  readonly items: Problem[] = [];
  readonly #limit: number;
  readonly #kept = { error: 0, warning: 0 };
  /** `severity path` of files that have one. */
  readonly #files = new Set<string>();
  readonly #omitted = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `make` is called only where the problem is kept; it may find that there is nothing to tell. */
  add(severity: Severity, path: string, make: () => Problem | undefined): void {
    const file = `${severity} ${path}`;
    if (this.#kept[severity] >= this.#limit && this.#files.has(file)) {
      this.omit(path, 1);
      return;
    }
    const problem = make();
    if (problem === undefined) return;
    this.#files.add(file);
    this.#kept[severity]++;
    this.items.push(problem);
  }

  /** Some of a file were left out already. */
  omit(path: string, count: number): void {
    if (count > 0) this.#omitted.set(path, (this.#omitted.get(path) ?? 0) + count);
  }

  get omittedCount(): number {
    return [...this.#omitted.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many were left out, by file. */
  get omitted(): ReadonlyMap<string, number> {
    return this.#omitted;
  }
}
