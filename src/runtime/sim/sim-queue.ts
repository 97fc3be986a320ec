/** What waits for its one reader. */
export class SimQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #state: 'open' | 'ended' | Error = 'open';
  #wake: (() => void) | undefined;

  push(item: T): void {
    if (this.#state !== 'open') return;
    this.#waiting.push(item);
    this.#wake?.();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake?.();
  }

  fail(error: Error): void {
    if (this.#state === 'open') this.#state = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.#waiting.shift();
      if (item !== undefined) {
        yield item;
        continue;
      }
      if (this.#state instanceof Error) throw this.#state;
      if (this.#state === 'ended') return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
