import type { Random } from '../../../src/lib/random.ts';

/**
 * Numbers that only rise: who came later has the greater uid, and of equal nodes the first is chosen. What a scenario tells so does not depend on how
 * many numbers were drawn before, for things that it is not about.
 */
export class RisingRandom implements Random {
  #count = 0;

  nextUint32(): number {
    this.#count++;
    // The lowest bits are mixed, as names are made of remainders and would repeat otherwise.
    const mixed = Math.imul(this.#count, 0x9e3779b1) >>> 20;
    return ((this.#count << 12) | mixed) >>> 0;
  }
}
