import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { isJsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { ApiError } from '../api-error.ts';
import { CHANNEL, WEB_SOCKET_PROTOCOLS } from '../http/streams/remote-command-protocol.ts';
import { connectionError } from './connection-error.ts';

/** Where the input of a command comes from and its output goes to. */
export interface ExecStreams {
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  /** Read until its end, which the command sees. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** The first size of the terminal, and each one that follows. */
  readonly terminalSizes?: AsyncIterable<{ readonly columns: number; readonly rows: number }>;
}

export interface ExecConnection {
  readonly socketPath: string;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** Runs one command over Kubernetes' remote command protocol. `errorOfAnswer` reads the refusal of an upgrade. */
export async function runExec(
  connection: ExecConnection,
  streams: ExecStreams,
  errorOfAnswer: (code: number, body: string) => Error,
): Promise<number> {
  const { socketPath, path, signal } = connection;
  const webSocket = new WebSocket(`ws+unix://${socketPath}:${path}`, WEB_SOCKET_PROTOCOLS, {
    maxPayload: LIMITS.requestBodyBytes,
  });
  const stop = () => webSocket.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      // Input ends with the command at the latest; what fails to be sent then is of no interest.
      webSocket.on('open', () => void sendInput(webSocket, streams).catch(stop));
      webSocket.on('message', (data: Buffer) => {
        const payload = data.subarray(1);
        if (data[0] === CHANNEL.stdout) streams.onOutput('stdout', payload);
        else if (data[0] === CHANNEL.stderr) streams.onOutput('stderr', payload);
        else if (data[0] === CHANNEL.error) settle(payload.toString('utf8'), resolve, reject);
      });
      webSocket.on('unexpected-response', (_request, answer) =>
        readRefusal(answer, errorOfAnswer).then(reject, reject),
      );
      webSocket.on('error', (error) => reject(connectionError(socketPath, error)));
      webSocket.on('close', () => reject(connectionError(socketPath, new Error('the session ended early'))));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    webSocket.terminate();
  }
}

async function readRefusal(
  answer: IncomingMessage,
  errorOfAnswer: (code: number, body: string) => Error,
): Promise<Error> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return errorOfAnswer(answer.statusCode ?? 500, Buffer.concat(chunks).toString('utf8'));
}

function settle(text: string, resolve: (exitCode: number) => void, reject: (error: Error) => void): void {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return reject(new ApiError('InternalError', 'the end of the command could not be read'));
  }
  if (!isJsonObject(status)) return reject(new ApiError('InternalError', 'the end of the command could not be read'));
  if (status['status'] === 'Success') return resolve(0);
  const causes = isJsonObject(status['details']) ? status['details']['causes'] : undefined;
  const exit = Array.isArray(causes)
    ? causes.find((cause) => isJsonObject(cause) && cause['reason'] === 'ExitCode')
    : undefined;
  if (isJsonObject(exit)) return resolve(Number(exit['message']));
  reject(new ApiError('InternalError', String(status['message'] ?? 'the command failed')));
}

async function sendInput(webSocket: WebSocket, streams: ExecStreams): Promise<void> {
  const sizes = async () => {
    for await (const { columns, rows } of streams.terminalSizes ?? []) {
      webSocket.send(message(CHANNEL.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))));
    }
  };
  const input = async () => {
    if (streams.stdin === undefined) return;
    for await (const chunk of streams.stdin) webSocket.send(message(CHANNEL.stdin, chunk));
    webSocket.send(message(CHANNEL.close, Buffer.from([CHANNEL.stdin])));
  };
  await Promise.all([sizes(), input()]);
}

function message(channel: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([channel]), payload]);
}
