import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import { API_REASONS, ApiError, type ApiErrorDetails, type ApiReason } from '../api-error.ts';
import { connectionError } from './connection-error.ts';
import type { ExecStreams } from './exec.ts';
import { splitLines } from './split-lines.ts';

export type { ExecStreams } from './exec.ts';

export interface ApiClientOptions {
  readonly socketPath: string;
  /** Names the client in the objects that it writes. */
  readonly userAgent?: string;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As `resourcePathOf` gives it, or one of Berth's own. */
  readonly path: string;
  /** A list repeats its parameter. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: JsonValue;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/**
 * Speaks with a running Berth. Rejects with an `ApiError` for a refusal, and with a `BerthError` (`NotRunning`,
 * `RightsMissing`, `ApiUnreachable`) when nobody answers.
 */
export interface ApiClient {
  /** Sends one request and reads its answer as JSON. */
  request(request: ApiRequest): Promise<JsonValue>;
  /** The answer line by line, each of them JSON: a watch, or the progress of a long call. */
  lines(request: ApiRequest): AsyncIterable<JsonValue>;
  /** The answer as bytes: a log. */
  bytes(request: ApiRequest): AsyncIterable<Uint8Array>;
  /** Runs a command in a container through the path of an `exec` subresource; resolves with its exit code. */
  exec(request: Pick<ApiRequest, 'path' | 'query' | 'signal'>, streams: ExecStreams): Promise<number>;
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  return {
    request: async (request) => parseJson(await readAll(await send(options, request))),
    lines: (request) => lines(options, request),
    bytes: (request) => bytes(options, request),
    exec: async (request, streams) => {
      const path = pathWithQuery(request);
      // Loaded when it is called: the other commands do without WebSockets.
      const { runExec } = await import('./exec.ts');
      return runExec({ socketPath: options.socketPath, path, signal: request.signal }, streams, errorOfAnswer);
    },
  };
}

async function* bytes(options: ApiClientOptions, request: ApiRequest): AsyncIterable<Uint8Array> {
  const answer = await send(options, request);
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (!request.signal?.aborted) throw connectionError(options.socketPath, error);
  } finally {
    answer.destroy();
  }
}

async function* lines(options: ApiClientOptions, request: ApiRequest): AsyncIterable<JsonValue> {
  for await (const line of splitLines(bytes(options, request))) yield parseJson(line);
}

/** Sends a request, and resolves with its answer once the head of it is there and is no refusal. */
async function send(options: ApiClientOptions, request: ApiRequest): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body), 'utf8');
  const message = sendRequest({
    // One connection for each request: the kernel makes them in microseconds, and none is left open at the end.
    agent: false,
    socketPath: options.socketPath,
    method: request.method ?? 'GET',
    path: pathWithQuery(request),
    signal: request.signal,
    headers: {
      Accept: request.accept ?? 'application/json',
      'User-Agent': options.userAgent ?? 'berth',
      ...(body === undefined
        ? {}
        : { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': body.length }),
    },
  });
  message.end(body);
  const answer = await answerOf(message, options.socketPath);
  if ((answer.statusCode ?? 500) < 400) return answer;
  throw errorOfAnswer(answer.statusCode ?? 500, await readAll(answer));
}

function answerOf(message: ClientRequest, socketPath: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    message.once('response', resolve);
    message.on('error', (error) => reject(connectionError(socketPath, error)));
  });
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function pathWithQuery({ path, query = {} }: Pick<ApiRequest, 'path' | 'query'>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new ApiError('InternalError', 'the answer of the API is no JSON');
  }
}

/** A `Status` as the error that it stands for. */
function errorOfAnswer(code: number, text: string): ApiError {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    status = undefined;
  }
  if (!isJsonObject(status) || typeof status['message'] !== 'string') {
    return new ApiError('InternalError', `the API answered with code ${code}`);
  }
  const { reason, message, details } = status;
  const known =
    typeof reason === 'string' && Object.hasOwn(API_REASONS, reason) ? (reason as ApiReason) : 'InternalError';
  return new ApiError(known, message, (isJsonObject(details) ? details : {}) as ApiErrorDetails);
}
