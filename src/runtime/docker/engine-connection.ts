import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { RuntimeError } from '../runtime.ts';
import { type EngineAddress, formatEngineAddress } from './engine-address.ts';
import { engineResponseError, type RequestPurpose } from './engine-errors.ts';
import { textAt } from './json-path.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path below the API version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with the content type. */
  readonly content?: { readonly type: string; readonly bytes: Buffer };
  readonly headers?: Readonly<Record<string, string>>;
  readonly purpose: RequestPurpose;
  /** Until the whole answer is here, or its head for a stream. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The newest version of the API that Berth was written against, and so the newest it asks for. Engine 20.10 offers up
 * to 1.41, Engine 29 needs at least 1.44; an engine that has left this one behind is asked for the oldest it still
 * knows.
 */
const API_VERSION_MAX = '1.47';

/** An engine that is alive answers a query in milliseconds, and in seconds under load. */
const QUERY_TIMEOUT_MS = 10_000;
/**
 * Creating and starting wait for storage and for the kernel; the kubelet's own bound for runtime requests is two
 * minutes.
 */
const WORK_TIMEOUT_MS = 120_000;
const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * HTTP to the engine, with keep-alive, a time limit on every call and version negotiation. Every failure is a
 * `RuntimeError`: `EngineUnavailable` when the engine cannot be reached, goes away or does not answer a query in time.
 */
export class EngineConnection {
  readonly #address: EngineAddress;
  readonly #agent: HttpAgent;
  readonly #queryTimeoutMs: number;
  readonly #streams = new Set<{ destroy(error?: Error): unknown }>();
  /** `/v1.41`, once it is negotiated. */
  #prefix: Promise<string> | undefined;
  #isClosed = false;

  constructor(address: EngineAddress, options: { readonly queryTimeoutMs?: number } = {}) {
    this.#address = address;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    // Sockets that idle longer than a moment only hold memory; a burst of calls still shares them.
    const agentOptions = { keepAlive: true, maxFreeSockets: 8, timeout: 30_000 };
    this.#agent =
      address.kind === 'tcp' && address.tls !== undefined ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  }

  /** Whether the engine runs on this machine, so that its paths are this machine's. */
  get isLocal(): boolean {
    return this.#address.kind === 'unix';
  }

  /** The decoded JSON of the answer; an empty answer is `undefined`. */
  async json(request: EngineRequest): Promise<unknown> {
    const { response, finish } = await this.#exchange(request);
    try {
      return parseJson(await readBody(response));
    } catch (error) {
      throw this.#transportError(error, request);
    } finally {
      finish();
    }
  }

  /** `json`, or `undefined` where the engine knows no such thing. */
  async find(request: EngineRequest): Promise<unknown> {
    try {
      return await this.json(request);
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }

  /** The answer's body as it arrives. Destroying it ends the connection. */
  async stream(request: EngineRequest): Promise<IncomingMessage> {
    const { response, finish } = await this.#exchange(request);
    finish();
    this.#track(response);
    return response;
  }

  /** A raw two-way connection, as exec has it. */
  async hijack(request: EngineRequest): Promise<Duplex> {
    const headers = { ...request.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
    const { socket, finish } = await this.#exchange({ ...request, headers });
    finish();
    if (socket === undefined) throw new RuntimeError('Unknown', 'the engine did not open a raw connection');
    this.#track(socket);
    return socket;
  }

  /** What the engine says of itself, without a version: this is what versions are negotiated with. */
  version(): Promise<unknown> {
    const request: EngineRequest = { method: 'GET', path: '/version', purpose: 'query' };
    return this.#exchangeAt('', request).then(({ response, finish }) =>
      readBody(response).then(parseJson).finally(finish),
    );
  }

  /** Ends all streams and refuses further calls. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
    this.#agent.destroy();
  }

  async #exchange(request: EngineRequest): Promise<Exchange> {
    this.#prefix ??= this.version().then((version) => `/v${selectApiVersion(version)}`);
    let prefix: string;
    try {
      prefix = await this.#prefix;
    } catch (error) {
      this.#prefix = undefined;
      throw this.#transportError(error, request);
    }
    return this.#exchangeAt(prefix, request);
  }

  async #exchangeAt(prefix: string, request: EngineRequest): Promise<Exchange> {
    const exchange = await this.#send(prefix, request);
    const status = exchange.response.statusCode ?? 0;
    if (exchange.socket !== undefined || status < 300 || status === 304) return exchange;
    const text = await readBody(exchange.response)
      .catch(() => '')
      .finally(exchange.finish);
    throw engineResponseError(status, errorText(text), request.purpose);
  }

  #send(prefix: string, request: EngineRequest): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed)
        return reject(new RuntimeError('EngineUnavailable', 'the connection to the engine was closed'));
      const isSecure = this.#address.kind === 'tcp' && this.#address.tls !== undefined;
      const content = contentOf(request);
      const outgoing = (isSecure ? httpsRequest : httpRequest)(this.#optionsOf(prefix, request, content));
      const timeoutMs = request.timeoutMs ?? (request.purpose === 'query' ? this.#queryTimeoutMs : WORK_TIMEOUT_MS);
      const timer = setTimeout(() => outgoing.destroy(new NoAnswer(timeoutMs)), timeoutMs);
      const onAbort = () => outgoing.destroy();
      request.signal?.addEventListener('abort', onAbort, { once: true });
      const finish = () => {
        clearTimeout(timer);
      };
      outgoing.on('error', (error) => {
        finish();
        // An idle connection that the engine has closed meanwhile says nothing about the engine: a fresh one is asked.
        // Every call of the driver may be repeated: what exists already is found again, and a command can be started
        // only once.
        if (outgoing.reusedSocket && isHangUp(error) && request.signal?.aborted !== true)
          resolve(this.#send(prefix, request));
        else reject(this.#transportError(error, request));
      });
      outgoing.on('close', () => request.signal?.removeEventListener('abort', onAbort));
      outgoing.on('response', (response) => resolve({ response, finish }));
      outgoing.on('upgrade', (response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve({ response, socket, finish });
      });
      if (request.signal?.aborted) onAbort();
      outgoing.end(content?.bytes);
    });
  }

  #optionsOf(prefix: string, request: EngineRequest, content: EngineRequest['content']): RequestOptions {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    const address = this.#address;
    return {
      method: request.method,
      path: `${prefix}${request.path}${query.size === 0 ? '' : `?${query}`}`,
      headers: {
        Host: 'docker',
        ...(content === undefined ? {} : { 'Content-Type': content.type }),
        'Content-Length': content?.bytes.length ?? 0,
        ...request.headers,
      },
      agent: this.#agent,
      ...(address.kind === 'unix'
        ? { socketPath: address.path }
        : { host: address.host, port: address.port, ...address.tls }),
    };
  }

  #track(stream: Duplex | IncomingMessage): void {
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
  }

  /**
   * Anything that is no answer of the engine means that it is away; its version may be another one when it comes back.
   */
  #transportError(error: unknown, request: EngineRequest): unknown {
    if (error instanceof RuntimeError) return error;
    if (request.signal?.aborted) return request.signal.reason;
    this.#prefix = undefined;
    const where = formatEngineAddress(this.#address);
    if (error instanceof NoAnswer) {
      const reason = request.purpose === 'query' ? 'EngineUnavailable' : 'Timeout';
      return new RuntimeError(reason, `the engine did not answer within ${error.afterMs / 1000} s`, error);
    }
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return new RuntimeError('EngineUnavailable', `cannot reach the container engine at ${where}${code}`, error);
  }
}

interface Exchange {
  readonly response: IncomingMessage;
  /** Set when the engine switched to a raw connection. */
  readonly socket?: Duplex;
  /** Stops the clock. */
  finish(): void;
}

class NoAnswer extends Error {
  readonly afterMs: number;

  constructor(afterMs: number) {
    super('no answer');
    this.afterMs = afterMs;
  }
}

function isHangUp(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function contentOf(request: EngineRequest): EngineRequest['content'] {
  if (request.content !== undefined || request.body === undefined) return request.content;
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(request.body)) };
}

/** The newest version that both sides know, else the oldest of an engine that is far ahead. */
export function selectApiVersion(version: unknown): string {
  const newest = textAt(version, 'ApiVersion') || API_VERSION_MAX;
  const oldest = textAt(version, 'MinAPIVersion') || newest;
  if (compareVersions(oldest, API_VERSION_MAX) > 0) return oldest;
  return compareVersions(newest, API_VERSION_MAX) < 0 ? newest : API_VERSION_MAX;
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > RESPONSE_BYTES_MAX) throw new RuntimeError('Unknown', 'the engine sent more than 64 MiB for one call');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  try {
    return JSON.parse(trimmed);
  } catch (error) {
    throw new RuntimeError('Unknown', 'the engine sent no JSON', error);
  }
}

/** The engine wraps its message in JSON; a proxy in front of it may not. */
function errorText(body: string): string {
  try {
    return textAt(JSON.parse(body), 'message') || body;
  } catch {
    return body;
  }
}
