/** A source of random numbers. The live world draws from the kernel, the simulated one from a seed. */
export interface Random {
  /** A whole number from 0 to 2³² − 1, evenly spread. */
  nextUint32(): number;
}

/**
 * A seeded source (the `sfc32` generator): the same seed gives the same numbers in every process. Not for secrets.
 */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = (seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 15; i++) this.nextUint32();
  }

  nextUint32(): number {
    const sum = (((this.#a + this.#b) >>> 0) + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** A source of its own whose numbers do not depend on how many this one hands out later. */
  fork(): SeededRandom {
    return new SeededRandom(this.nextUint32() * 2 ** 20 + (this.nextUint32() >>> 12));
  }
}

/** A number from 0 (included) to 1 (excluded). */
export function randomFraction(random: Random): number {
  return random.nextUint32() / 2 ** 32;
}

/** A whole number from `min` to `max`, both included. */
export function randomInteger(random: Random, min: number, max: number): number {
  return min + Math.floor(randomFraction(random) * (max - min + 1));
}

/** One of `items`, evenly; the list must not be empty. */
export function randomItem<T>(random: Random, items: readonly T[]): T {
  const item = items[randomInteger(random, 0, items.length - 1)];
  if (item === undefined) throw new RangeError('randomItem: the list is empty');
  return item;
}
