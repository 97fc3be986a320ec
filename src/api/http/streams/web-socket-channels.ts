import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { ProcessStreams } from '../../../lib/byte-streams.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { type CommandChannels, CommandInput } from './command-channels.ts';
import { CHANNEL, WEB_SOCKET_PROTOCOLS } from './remote-command-protocol.ts';
import { webSocketUpgrade } from './web-socket-upgrade.ts';

const upgrade = webSocketUpgrade(WEB_SOCKET_PROTOCOLS, LIMITS.requestBodyBytes);

/** Takes an upgraded connection over. Throws a refusal where the client speaks none of the protocols. */
export async function openWebSocketChannels(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<CommandChannels> {
  return new WebSocketChannels(await upgrade(request, socket, head));
}

class WebSocketChannels implements CommandChannels {
  readonly #webSocket: WebSocket;
  readonly #input = new CommandInput();
  /** Messages that wait for room; while there are any, nothing more is read. */
  #waiting = 0;
  #isClosed = false;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: RawData) => void this.#receive(toBuffer(data)));
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => {
      this.#isClosed = true;
      this.#input.end();
    });
  }

  attach(process: ProcessStreams): void {
    this.#input.attach(process);
  }

  send(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    this.#send(CHANNEL[stream], chunk);
  }

  end(status: object): void {
    this.#send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    // What is still to come is only read to its end, so that the end of the client is seen.
    this.#input.end();
    this.#webSocket.close(1000);
  }

  #send(channel: number, chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#webSocket.send(Buffer.concat([Buffer.from([channel]), chunk]));
    if (this.#webSocket.bufferedAmount > LIMITS.watchBacklogBytes) this.#webSocket.terminate();
  }

  async #receive(message: Buffer): Promise<void> {
    this.#waiting++;
    this.#webSocket.pause();
    // Whoever has gone meanwhile lets the ping fail.
    const pings = setInterval(() => this.#webSocket.ping(), LIMITS.heldUpPingMs);
    await this.#take(message[0], message.subarray(1)).finally(() => clearInterval(pings));
    if (--this.#waiting === 0) this.#webSocket.resume();
  }

  async #take(channel: number | undefined, bytes: Buffer): Promise<void> {
    if (channel === CHANNEL.stdin) await this.#input.push({ type: 'stdin', bytes });
    else if (channel === CHANNEL.resize) await this.#input.push({ type: 'resize', bytes });
    else if (channel === CHANNEL.close && bytes[0] === CHANNEL.stdin) await this.#input.push({ type: 'endOfStdin' });
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
