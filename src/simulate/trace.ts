import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Lines that are kept for a person; the hash covers all. */
const KEPT_LINES = 2_000;

/** What happened in a simulated world, in order, as lines. Two runs are the same history exactly when their hashes are equal. */
export class Trace {
  readonly #hash = sha256.create();
  readonly #lines: string[] = [];
  #count = 0;

  add(line: string): void {
    this.#hash.update(utf8ToBytes(`${line}\n`));
    this.#count++;
    this.#lines.push(line);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
  }

  get count(): number {
    return this.#count;
  }

  /** The newest lines, oldest first. */
  get tail(): readonly string[] {
    return this.#lines.slice(-KEPT_LINES);
  }

  hash(): string {
    return bytesToHex(this.#hash.clone().digest());
  }
}
