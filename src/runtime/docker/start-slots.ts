/**
 * Lets a bounded number of starts run at once, first come first served. The engine's throughput is flat beyond a few at a time; more
 * only make every one of them slower.
 *
 * Invariant: nobody waits while a slot is free.
 */
export class StartSlots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
