/** Lines that are kept for a person; the hash covers all. */
const KEPT_LINES = 2_000;

/**
 * What happened in a simulated world, in order, as lines. Two runs are the same history exactly when their hashes are
 * equal.
 */
export class Trace {
  readonly #hash = new LineHash();
  readonly #lines: string[] = [];
  #count = 0;

  add(line: string): void {
    this.#hash.add(line);
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

  /** 16 hexadecimal digits. */
  hash(): string {
    return this.#hash.digest();
  }
}

/**
 * Two 32-bit multiplicative hashes side by side: nobody forges histories, and a cryptographic one
 * takes a noticeable part of a run.
 */
class LineHash {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  add(line: string): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < line.length; i++) {
      const unit = line.charCodeAt(i);
      a = Math.imul(a ^ unit, 2_654_435_761);
      b = Math.imul(b ^ unit, 1_597_334_677);
    }
    // Ends the line, and mixes the high bits, which the next line's characters would not reach, into the low ones.
    this.#a = Math.imul(a ^ (a >>> 16) ^ b, 2_246_822_507);
    this.#b = Math.imul(b ^ (b >>> 15) ^ a, 3_266_489_909);
  }

  digest(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
