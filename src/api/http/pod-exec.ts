import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { isJsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { badRequest } from '../failures.ts';
import type { PodExecSession } from '../pod-streams.ts';
import { isFlagSet, type RequestScope } from './exchange.ts';
import { CHANNEL, EXEC_PROTOCOLS } from './exec-protocol.ts';
import { containerOf } from './pod-log.ts';
import type { ResourceTarget } from './resources.ts';
import { statusOf } from './respond.ts';

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: LIMITS.requestBodyBytes,
  handleProtocols: (offered) => EXEC_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

/** Takes over an upgraded connection, and runs the command that the query names in a container. */
export async function handleExec(
  exchange: RequestScope,
  target: ResourceTarget,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { query, request } = exchange;
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  const container = containerOf(exchange, target, query.get('container'));
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  if (!EXEC_PROTOCOLS.some((protocol) => offered.includes(protocol))) {
    throw badRequest(`the upgrade must offer one of the protocols ${EXEC_PROTOCOLS.join(', ')}`);
  }
  await exchange.client.durable();
  const webSocket = await new Promise<WebSocket>((resolve) => sockets.handleUpgrade(request, socket, head, resolve));
  const channels = new ExecChannels(webSocket);
  exchange.signal.addEventListener('abort', () => webSocket.terminate(), { once: true });
  try {
    const session = await exchange.server.podStreams.exec(container, {
      command,
      stdin: isFlagSet(query, 'stdin'),
      tty: isFlagSet(query, 'tty'),
      onOutput: (stream, chunk) => channels.send(CHANNEL[stream], chunk),
    });
    channels.attach(session);
    channels.end(exitStatus(await session.exitCode));
  } catch (error) {
    channels.end(statusOf(error));
  }
}

/** How the end of a command is told: a Status whose cause carries the exit code, which kubectl ends with itself. */
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  const message = `command terminated with non-zero exit code: exit status ${exitCode}`;
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
  return { metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details };
}

/** One connection's channels. What arrives before the command has started waits for it. */
class ExecChannels {
  readonly #webSocket: WebSocket;
  readonly #waiting: Buffer[] = [];
  #session: PodExecSession | undefined;
  #isClosed = false;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: RawData) => this.#receive(toBuffer(data)));
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => {
      this.#isClosed = true;
      this.#session?.close();
    });
  }

  attach(session: PodExecSession): void {
    this.#session = session;
    if (this.#isClosed) return session.close();
    for (const message of this.#waiting.splice(0)) this.#receive(message);
  }

  send(channel: number, chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#webSocket.send(Buffer.concat([Buffer.from([channel]), chunk]));
    if (this.#webSocket.bufferedAmount > LIMITS.watchBacklogBytes) this.#webSocket.terminate();
  }

  end(status: object): void {
    this.send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    this.#webSocket.close(1000);
  }

  #receive(message: Buffer): void {
    const session = this.#session;
    if (session === undefined) {
      this.#waiting.push(message);
      if (this.#waiting.length > MAX_EARLY_MESSAGES) this.#webSocket.terminate();
      return;
    }
    const payload = message.subarray(1);
    if (message[0] === CHANNEL.stdin) session.writeStdin(payload);
    else if (message[0] === CHANNEL.close && payload[0] === CHANNEL.stdin) session.endStdin();
    else if (message[0] === CHANNEL.resize) resize(session, payload);
  }
}

const MAX_EARLY_MESSAGES = 1000;

/** `{"Width":80,"Height":24}`. A size that cannot be set or read is not worth ending the session for. */
function resize(session: PodExecSession, payload: Buffer): void {
  try {
    const size: unknown = JSON.parse(payload.toString('utf8'));
    if (!isJsonObject(size)) return;
    const { Width, Height } = size;
    if (typeof Width === 'number' && typeof Height === 'number') {
      session.resize({ columns: Width, rows: Height }).catch(() => {});
    }
  } catch {
    return;
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
