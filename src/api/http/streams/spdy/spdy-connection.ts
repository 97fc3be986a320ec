import type { Duplex } from 'node:stream';
import { LIMITS } from '../../../../lib/limits.ts';
import { drained } from '../../respond.ts';
import { dataFrame, FrameReader, pingFrame, replyFrame, resetFrame, type SpdyFrame } from './frames.ts';
import { HeaderDecoder, HeaderEncoder } from './header-block.ts';

/** One stream that the client has opened. */
export class SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Gets what arrives; the connection reads on once it has settled. */
  onData: (bytes: Buffer) => void | Promise<void> = () => {};
  /** Nothing more arrives: the client has ended its side, or the stream, or all. Called once. */
  onEnd: () => void = () => {};
  readonly #socket: Duplex;
  #isEnded = false;

  constructor(id: number, headers: ReadonlyMap<string, string>, socket: Duplex) {
    this.id = id;
    this.headers = headers;
    this.#socket = socket;
  }

  /** Resolves once there is room for more. What is written after the end is dropped. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length && !this.#isEnded; from += CHUNK_BYTES) {
      const chunk = bytes.subarray(from, from + CHUNK_BYTES);
      if (!this.#socket.write(dataFrame(this.id, chunk, false))) await drained(this.#socket);
    }
  }

  /** Ends this side. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#socket.writable) this.#socket.write(dataFrame(this.id, new Uint8Array(0), true));
  }

  /** The client has given the stream up: nothing is written any more. */
  abandon(): void {
    this.#isEnded = true;
  }
}

const CHUNK_BYTES = 64 * 1024;

/**
 * The server's side of a SPDY/3.1 connection: streams that the client opens, all over one socket. One reader for all of them: a stream whose consumer is slow holds up
 * the others, as the protocol is spoken here without windows.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #frames = new FrameReader();
  readonly #decoder = new HeaderDecoder();
  readonly #encoder = new HeaderEncoder();

  constructor(socket: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    // Whoever reads learns of it.
    socket.on('error', () => {});
  }

  /** Reads until the client has gone. A client that does not keep to the protocol is hung up on. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        for (const frame of this.#frames.push(chunk)) await this.#take(frame);
      }
    } catch {
      // The connection broke, or what came is no SPDY: either way there is nobody to tell.
      this.#socket.destroy();
    } finally {
      this.#decoder.close();
      for (const stream of this.#streams.values()) stream.onEnd();
      this.#streams.clear();
      this.#socket.end();
    }
  }

  /** Hangs up once what was written has been sent. */
  close(): void {
    this.#socket.end();
  }

  async #take(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'open':
        return this.#open(frame.streamId, frame.isLast, await this.#decoder.decode(frame.headerBlock));
      case 'headers':
        await this.#decoder.decode(frame.headerBlock);
        break;
      case 'data':
        await this.#streams.get(frame.streamId)?.onData(frame.bytes);
        break;
      case 'reset':
        this.#streams.get(frame.streamId)?.abandon();
        return this.#end(frame.streamId);
      case 'ping':
        this.#socket.write(pingFrame(frame.id));
        return;
      case 'ignored':
        return;
    }
    if (frame.isLast) this.#end(frame.streamId);
  }

  #open(id: number, isLast: boolean, headers: ReadonlyMap<string, string>): void {
    if (this.#streams.size >= LIMITS.spdyStreams) return void this.#socket.write(resetFrame(id, 3));
    const stream = new SpdyStream(id, headers, this.#socket);
    this.#streams.set(id, stream);
    this.#socket.write(replyFrame(id, this.#encoder.empty()));
    this.#onStream(stream);
    if (isLast) this.#end(id);
  }

  #end(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.onEnd();
  }
}
