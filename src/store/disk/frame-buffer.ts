import type { Entry, Revision, StoreEvent } from '../store.ts';
import { type Stringify, writeChanges } from './changes-codec.ts';
import { FRAME_HEADER_BYTES, FRAME_KINDS, finishFrame } from './frame.ts';

const INITIAL_BYTES = 256 * 1024;
/** What a batch that was larger than usual leaves behind is not kept. */
const KEPT_BYTES = 2 * 1024 * 1024;

/** The frames of one batch, one behind the other in memory that is used again for later batches. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #sizeBytes = 0;
  #frames: { readonly start: number; readonly revision: Revision }[] = [];

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** The revision of the newest frame; 0 when there is none. */
  get revision(): Revision {
    return this.#frames.at(-1)?.revision ?? 0;
  }

  /** Adds the frame of a transaction. Throws for a value that is no JSON, and holds what it held before. */
  add(revision: Revision, changes: readonly (StoreEvent | Entry)[], stringify: Stringify): void {
    const start = this.#sizeBytes;
    const room = { reserve: (end: number, bytes: number) => this.#reserve(end, bytes) };
    const end = writeChanges(room, start + FRAME_HEADER_BYTES, changes, stringify);
    this.#sizeBytes = end;
    this.#frames.push({ start, revision });
  }

  /**
   * The bytes of all frames, finished for being written behind what is on disk up to `syncedOffset`. They are valid
   * until `clear`.
   */
  finish(syncedOffset: number): Buffer {
    for (const [index, { start, revision }] of this.#frames.entries()) {
      const end = this.#frames[index + 1]?.start ?? this.#sizeBytes;
      finishFrame(this.#bytes.subarray(start, end), FRAME_KINDS.transaction, revision, syncedOffset);
    }
    return this.#bytes.subarray(0, this.#sizeBytes);
  }

  clear(): void {
    this.#sizeBytes = 0;
    this.#frames = [];
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** The memory, with room for `bytes` behind `used`. */
  #reserve(used: number, bytes: number): Buffer {
    if (used + bytes <= this.#bytes.length) return this.#bytes;
    const grown = Buffer.allocUnsafeSlow(Math.max(used + bytes, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, used);
    this.#bytes = grown;
    return grown;
  }
}
