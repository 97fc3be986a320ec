import type { Duplex } from 'node:stream';
import { drained } from '../../../../lib/drained.ts';
import { LIMITS } from '../../../../lib/limits.ts';
import { dataFrame, FrameReader, pingFrame, refusedFrame, replyFrame, SpdyError, type SpdyFrame } from './frames.ts';
import { HeaderDecoder, HeaderEncoder } from './header-block.ts';

interface StreamOptions {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly socket: Duplex;
  /** Both sides have ended. */
  readonly onOver: () => void;
}

/** One stream that the client has opened. */
export class SpdyStream {
  readonly headers: ReadonlyMap<string, string>;
  /** Gets what arrives; the connection reads on once it has settled. */
  onData: (bytes: Buffer) => void | Promise<void> = () => {};
  /** Nothing more arrives: the client has ended its side. Called once. */
  onEnd: () => void = () => {};
  /**
   * The client has given the stream up, or is gone: nothing is written any more. Called once at most, after `onEnd`.
   */
  onAbandoned: () => void = () => {};
  readonly #options: StreamOptions;
  #hasClientEnded = false;
  #hasEnded = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.headers = options.headers;
  }

  get id(): number {
    return this.#options.id;
  }

  /**
   * Resolves once there is room for more; who does not wait keeps the order all the same. What is written after the end
   * is dropped.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { id, socket } = this.#options;
    if (this.#hasEnded || !socket.writable) return;
    let hasRoom = true;
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
      hasRoom = socket.write(dataFrame(id, bytes.subarray(from, from + CHUNK_BYTES), false));
    }
    if (!hasRoom) await drained(socket);
  }

  /** Ends this side. */
  end(): void {
    if (this.#hasEnded) return;
    const { id, socket } = this.#options;
    this.#hasEnded = true;
    if (socket.writable) socket.write(dataFrame(id, new Uint8Array(0), true));
    if (this.#hasClientEnded) this.#options.onOver();
  }

  /** Tells the client that nobody wants this stream, and forgets it. */
  refuse(): void {
    const { id, socket } = this.#options;
    if (socket.writable) socket.write(refusedFrame(id));
    this.abandon();
  }

  /** For the connection: something has arrived. */
  async receive(bytes: Buffer): Promise<void> {
    if (!this.#hasClientEnded) await this.onData(bytes);
  }

  /** For the connection: nothing more will. */
  endOfClient(): void {
    if (this.#hasClientEnded) return;
    this.#hasClientEnded = true;
    this.onEnd();
    if (this.#hasEnded) this.#options.onOver();
  }

  /** For the connection: nobody reads it any more. */
  abandon(): void {
    this.#hasEnded = true;
    this.endOfClient();
    this.onAbandoned();
    this.#options.onOver();
  }
}

const CHUNK_BYTES = 64 * 1024;
/** "If the server is initiating a ping, it must use an even-numbered id" (SPDY/3, 2.6.5). */
const OWN_PING = 2;

/**
 * The server's side of a SPDY/3.1 connection: streams that the client opens, all over one socket. One reader for all of
 * them: a stream whose consumer is slow holds up the others, as the protocol is spoken here without windows.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  /** Streams of which one side at least has not ended. */
  readonly #streams = new Map<number, SpdyStream>();
  readonly #frames = new FrameReader();
  readonly #decoder = new HeaderDecoder();
  readonly #encoder = new HeaderEncoder();

  constructor(socket: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    // Whoever reads learns of it.
    socket.on('error', () => {});
    // Also while a stream that has no room holds up the reader.
    socket.once('close', () => this.#abandonAll());
  }

  /** Reads until the client has gone. A client that does not keep to the protocol is hung up on. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        for (const frame of this.#frames.push(chunk)) await this.#take(frame);
        // Nobody reads what each ping and each refused stream is answered with.
        if (this.#socket.writableLength > LIMITS.watchBacklogBytes) throw new SpdyError('too much is not read');
      }
    } catch {
      // The connection broke, or what came is no SPDY: either way there is nobody to tell.
      this.#socket.destroy();
    } finally {
      this.#decoder.close();
      this.#abandonAll();
      this.close();
    }
  }

  /**
   * Hangs up once what was written has been sent, whether or not the client does: one that stays takes the place of
   * another.
   */
  close(): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.end();
    const hangUp = setTimeout(() => this.#socket.destroy(), LIMITS.streamHangUpMs);
    this.#socket.once('close', () => clearTimeout(hangUp));
  }

  /** Hands data over. Whoever has gone meanwhile lets the ping fail, and with it the connection. */
  async #receive(id: number, bytes: Buffer): Promise<void> {
    const pings = setInterval(() => this.#socket.write(pingFrame(OWN_PING)), LIMITS.heldUpPingMs);
    try {
      await this.#streams.get(id)?.receive(bytes);
    } finally {
      clearInterval(pings);
    }
  }

  #abandonAll(): void {
    for (const stream of [...this.#streams.values()]) stream.abandon();
  }

  async #take(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'open':
        return this.#open(frame.streamId, frame.isLast, await this.#decoder.decode(frame.headerBlock));
      case 'headers':
        await this.#decoder.decode(frame.headerBlock);
        break;
      case 'data':
        await this.#receive(frame.streamId, frame.bytes);
        break;
      case 'reset':
        return this.#streams.get(frame.streamId)?.abandon();
      case 'ping':
        // An even one is the answer to our own.
        if (frame.id % 2 === 1) this.#socket.write(pingFrame(frame.id));
        return;
      case 'ignored':
        return;
    }
    if (frame.isLast) this.#streams.get(frame.streamId)?.endOfClient();
  }

  #open(id: number, isLast: boolean, headers: ReadonlyMap<string, string>): void {
    const socket = this.#socket;
    if (this.#streams.has(id)) throw new SpdyError(`stream ${id} is opened twice`);
    if (this.#streams.size >= LIMITS.spdyStreams) return void socket.write(refusedFrame(id));
    const stream = new SpdyStream({ id, headers, socket, onOver: () => this.#streams.delete(id) });
    this.#streams.set(id, stream);
    socket.write(replyFrame(id, this.#encoder.empty()));
    this.#onStream(stream);
    if (isLast) stream.endOfClient();
  }
}
