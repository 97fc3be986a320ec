/** One piece of a container's output. */
export interface OutputFrame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes the engine's frames apart: one byte for the stream, three of padding, four for the length, then the payload.
 * Chunks may be cut anywhere.
 */
export class Demultiplexer {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #neededBytes = HEADER_BYTES;

  /** The frames that are whole with this chunk. */
  push(chunk: Buffer): readonly OutputFrame[] {
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#neededBytes) return [];
    let buffer = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest);
    const frames: OutputFrame[] = [];
    this.#neededBytes = HEADER_BYTES;
    while (buffer.length >= HEADER_BYTES) {
      const frameBytes = HEADER_BYTES + buffer.readUInt32BE(4);
      if (buffer.length < frameBytes) {
        this.#neededBytes = frameBytes;
        break;
      }
      frames.push({
        stream: buffer[0] === STDERR ? 'stderr' : 'stdout',
        bytes: buffer.subarray(HEADER_BYTES, frameBytes),
      });
      buffer = buffer.subarray(frameBytes);
    }
    this.#rest = buffer.length === 0 ? [] : [buffer];
    this.#restBytes = buffer.length;
    return frames;
  }
}
