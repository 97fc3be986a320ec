import { LIMITS } from '../../../../lib/limits.ts';

/**
 * Frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-3, 2.2), as far as Kubernetes' clients use it: streams with headers,
 * data, and their ends. Settings, window updates and going away need no answer: Kubernetes' own implementation of SPDY
 * has no flow control either.
 */
export type SpdyFrame =
  | { readonly type: 'open'; readonly streamId: number; readonly isLast: boolean; readonly headerBlock: Buffer }
  | { readonly type: 'headers'; readonly streamId: number; readonly isLast: boolean; readonly headerBlock: Buffer }
  | { readonly type: 'data'; readonly streamId: number; readonly isLast: boolean; readonly bytes: Buffer }
  | { readonly type: 'reset'; readonly streamId: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'ignored' };

/** What a client sends is no SPDY, or too much of it. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

const VERSION = 3;
const HEADER_BYTES = 8;
const CONTROL_BIT = 0x8000;
const FLAG_LAST = 0x01;
const CONTROL = { open: 1, reply: 2, reset: 3, ping: 6, headers: 8 } as const;

/** Cuts what arrives into frames. Throws a `SpdyError`. */
export class FrameReader {
  /**
   * A frame whose end has not come yet: room for its head, and for all of it once the head says how much that is. Each
   * byte is copied once at most.
   */
  #part: Buffer = Buffer.alloc(HEADER_BYTES);
  #partBytes = 0;

  push(chunk: Buffer): SpdyFrame[] {
    const frames: SpdyFrame[] = [];
    for (let rest = chunk; rest.length > 0; ) {
      const whole = this.#partBytes === 0 && rest.length >= HEADER_BYTES ? frameBytes(rest) : Number.POSITIVE_INFINITY;
      if (rest.length >= whole) {
        frames.push(parseFrame(rest.subarray(0, whole)));
        rest = rest.subarray(whole);
      } else {
        rest = this.#keep(rest);
        const frame = this.#takePart();
        if (frame !== undefined) frames.push(frame);
      }
    }
    return frames;
  }

  /** Returns what did not fit. */
  #keep(bytes: Buffer): Buffer {
    const copied = bytes.copy(this.#part, this.#partBytes);
    this.#partBytes += copied;
    return bytes.subarray(copied);
  }

  #takePart(): SpdyFrame | undefined {
    if (this.#partBytes < this.#part.length) return undefined;
    const whole = frameBytes(this.#part);
    if (whole > this.#partBytes) {
      this.#part = Buffer.concat([this.#part], whole);
      return undefined;
    }
    const frame = parseFrame(this.#part);
    this.#part = Buffer.alloc(HEADER_BYTES);
    this.#partBytes = 0;
    return frame;
  }
}

/** Of the frame that begins here, its head included. */
function frameBytes(bytes: Buffer): number {
  const length = bytes.readUIntBE(5, 3);
  if (length > LIMITS.spdyFrameBytes) throw new SpdyError(`a frame of ${length} bytes`);
  return HEADER_BYTES + length;
}

function parseFrame(frame: Buffer): SpdyFrame {
  const first = frame.readUInt16BE(0);
  const isLast = (frame.readUInt8(4) & FLAG_LAST) !== 0;
  const body = frame.subarray(HEADER_BYTES);
  if ((first & CONTROL_BIT) === 0) return { type: 'data', streamId: frame.readUInt32BE(0), isLast, bytes: body };
  if ((first & ~CONTROL_BIT) !== VERSION) throw new SpdyError(`version ${first & ~CONTROL_BIT}`);
  switch (frame.readUInt16BE(2)) {
    case CONTROL.open:
      return { type: 'open', streamId: idOf(body, 10), isLast, headerBlock: body.subarray(10) };
    case CONTROL.headers:
    case CONTROL.reply:
      return { type: 'headers', streamId: idOf(body, 4), isLast, headerBlock: body.subarray(4) };
    case CONTROL.reset:
      return { type: 'reset', streamId: idOf(body, 8) };
    case CONTROL.ping:
      return { type: 'ping', id: idOf(body, 4) };
    default:
      return { type: 'ignored' };
  }
}

function idOf(body: Buffer, minimumBytes: number): number {
  if (body.length < minimumBytes) throw new SpdyError('a frame that is too short');
  return body.readUInt32BE(0);
}

export function dataFrame(streamId: number, bytes: Uint8Array, isLast: boolean): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt8(isLast ? FLAG_LAST : 0, 4);
  head.writeUIntBE(bytes.length, 5, 3);
  return Buffer.concat([head, bytes]);
}

export function replyFrame(streamId: number, headerBlock: Buffer): Buffer {
  return controlFrame(CONTROL.reply, streamId, headerBlock);
}

/** Refuses a stream (REFUSED_STREAM). */
export function refusedFrame(streamId: number): Buffer {
  return controlFrame(CONTROL.reset, streamId, Buffer.from([0, 0, 0, 3]));
}

export function pingFrame(id: number): Buffer {
  return controlFrame(CONTROL.ping, id, Buffer.alloc(0));
}

function controlFrame(type: number, id: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + 4);
  head.writeUInt16BE(CONTROL_BIT | VERSION, 0);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(4 + rest.length, 5, 3);
  head.writeUInt32BE(id, HEADER_BYTES);
  return Buffer.concat([head, rest]);
}
