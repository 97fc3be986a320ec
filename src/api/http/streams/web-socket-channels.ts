import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../../../lib/limits.ts';
import { badRequest } from '../../failures.ts';
import type { ProcessStreams } from '../../pod-streams.ts';
import { type CommandChannels, CommandInput } from './command-channels.ts';
import { CHANNEL, WEB_SOCKET_PROTOCOLS } from './remote-command-protocol.ts';

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: LIMITS.requestBodyBytes,
  handleProtocols: (offered) => WEB_SOCKET_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

/** Takes an upgraded connection over. Throws a refusal where the client speaks none of the protocols. */
export async function openWebSocketChannels(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<CommandChannels> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  if (!WEB_SOCKET_PROTOCOLS.some((protocol) => offered.includes(protocol))) {
    throw badRequest(`the upgrade must offer one of the protocols ${WEB_SOCKET_PROTOCOLS.join(', ')}`);
  }
  const webSocket = await new Promise<WebSocket>((resolve) => sockets.handleUpgrade(request, socket, head, resolve));
  return new WebSocketChannels(webSocket);
}

class WebSocketChannels implements CommandChannels {
  readonly #webSocket: WebSocket;
  readonly #input: CommandInput;
  #isClosed = false;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    this.#input = new CommandInput(() => webSocket.terminate());
    webSocket.on('message', (data: RawData) => this.#receive(toBuffer(data)));
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => {
      this.#isClosed = true;
      this.#input.push({ type: 'gone' });
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
    this.#webSocket.close(1000);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  #send(channel: number, chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#webSocket.send(Buffer.concat([Buffer.from([channel]), chunk]));
    if (this.#webSocket.bufferedAmount > LIMITS.watchBacklogBytes) this.#webSocket.terminate();
  }

  #receive(message: Buffer): void {
    const bytes = message.subarray(1);
    if (message[0] === CHANNEL.stdin) this.#input.push({ type: 'stdin', bytes });
    else if (message[0] === CHANNEL.resize) this.#input.push({ type: 'resize', bytes });
    else if (message[0] === CHANNEL.close && bytes[0] === CHANNEL.stdin) this.#input.push({ type: 'endOfStdin' });
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
