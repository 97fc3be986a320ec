import { randomFillSync } from 'node:crypto';
import type { Random } from '../../lib/random.ts';

const POOL_WORDS = 1024;

/** Random numbers of the kernel, drawn in pools because each draw is a system call. */
export class LinuxRandom implements Random {
  readonly #pool = new Uint32Array(POOL_WORDS);
  #next = POOL_WORDS;

  nextUint32(): number {
    if (this.#next === POOL_WORDS) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    return this.#pool[this.#next++] ?? 0;
  }
}
