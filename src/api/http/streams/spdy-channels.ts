import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProcessStreams } from '../../../lib/byte-streams.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { ApiError } from '../../api-error.ts';
import { type CommandChannels, CommandInput } from './command-channels.ts';
import { SPDY_PROTOCOL } from './remote-command-protocol.ts';
import { SpdyConnection, type SpdyStream } from './spdy/spdy-connection.ts';
import { acceptSpdyUpgrade } from './spdy/upgrade.ts';

/** Names of the streams that a client opens, in their header `streamtype` (k8s.io/api/core/v1, StreamType…). */
export type StreamName = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/**
 * Takes an upgraded connection over, and waits for the streams that the client said it wants. Throws a refusal, or an
 * `ApiError` of the reason `Timeout`.
 */
export async function openSpdyChannels(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  wanted: readonly StreamName[],
): Promise<CommandChannels> {
  acceptSpdyUpgrade(request, socket, head, SPDY_PROTOCOL);
  const channels = new SpdyChannels(socket);
  try {
    await channels.opened(wanted);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return channels;
}

class SpdyChannels implements CommandChannels {
  readonly #socket: Duplex;
  readonly #connection: SpdyConnection;
  readonly #input = new CommandInput();
  readonly #streams = new Map<string, SpdyStream>();
  #onOpened: () => void = () => {};

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#connection = new SpdyConnection(socket, (stream) => this.#take(stream));
    socket.once('close', () => this.#input.end());
    void this.#connection.run();
  }

  async opened(wanted: readonly StreamName[]): Promise<void> {
    const isComplete = () => wanted.every((name) => this.#streams.has(name));
    if (isComplete()) return;
    await new Promise<void>((resolve, reject) => {
      const late = () => {
        clearTimeout(timer);
        reject(new ApiError('Timeout', 'timed out waiting for the client to create its streams'));
      };
      const timer = setTimeout(late, LIMITS.streamCreationMs);
      this.#onOpened = () => {
        if (!isComplete()) return;
        clearTimeout(timer);
        resolve();
      };
      if (this.#socket.destroyed) late();
      else this.#socket.once('close', late);
    });
  }

  attach(process: ProcessStreams): void {
    this.#input.attach(process);
  }

  send(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    void this.#streams.get(stream)?.write(chunk);
    if (this.#socket.writableLength > LIMITS.watchBacklogBytes) this.#socket.destroy();
  }

  end(status: object): void {
    void this.#streams.get('error')?.write(Buffer.from(JSON.stringify(status)));
    for (const stream of this.#streams.values()) stream.end();
    this.#input.end();
    this.#connection.close();
  }

  #take(stream: SpdyStream): void {
    const name = stream.headers.get('streamtype') ?? '';
    this.#streams.set(name, stream);
    if (name === 'stdin' || name === 'resize') stream.onData = (bytes) => this.#input.push({ type: name, bytes });
    if (name === 'stdin') stream.onEnd = () => void this.#input.push({ type: 'endOfStdin' });
    this.#onOpened();
  }
}
