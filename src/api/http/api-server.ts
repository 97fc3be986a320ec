import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { BerthError } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { ApiError } from '../api-error.ts';
import type { Identity } from '../client.ts';
import type { NodeAgentMetrics } from '../metrics.ts';
import type { PodStreams } from '../pod-streams.ts';
import type { Registry } from '../registry.ts';
import { dispatch, noSuchResource } from './dispatch.ts';
import type { Exchange, RequestScope, ServerParts } from './exchange.ts';
import type { ExtraRoute } from './extra-routes.ts';
import { handleExec } from './pod-exec.ts';
import { parseRequestTarget } from './request-target.ts';
import { respondError, statusOf } from './respond.ts';

export interface ApiServerOptions {
  readonly registry: Registry;
  readonly podStreams: PodStreams;
  /** What nodes and pods use; left out, `metrics.k8s.io` is not there. */
  readonly metrics?: NodeAgentMetrics;
  /** Of Berth. */
  readonly version: string;
  readonly logger?: Logger;
  readonly extraRoutes?: readonly ExtraRoute[];
}

/** The API over HTTP. Whoever can connect may do everything: it listens where only the right people can. */
export interface ApiServer {
  /** Listens on a unix socket that only this user can open, in a directory that only this user can enter. */
  listenOnSocket(path: string): Promise<void>;
  /** Listens on a loopback port (0: any free one) without any protection: for tests. Returns the port. */
  listenOnLoopback(port: number): Promise<number>;
  /** Ends watches and streams, answers what is under way, and stops listening. */
  close(): Promise<void>;
}

/** Longest path of a unix socket on Linux, without its closing zero. */
const MAX_SOCKET_PATH_BYTES = 107;

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new HttpApiServer(options);
}

class HttpApiServer implements ApiServer {
  readonly #parts: ServerParts;
  readonly #extraRoutes: readonly ExtraRoute[];
  readonly #servers: Server[] = [];
  /** One for each request under way; each is aborted when its client goes or the server closes. */
  readonly #controllers = new Set<AbortController>();
  #underWay = 0;

  constructor(options: ApiServerOptions) {
    const { registry, podStreams, metrics, version, logger = silentLogger, extraRoutes = [] } = options;
    this.#parts = { registry, podStreams, metrics, version, logger };
    this.#extraRoutes = extraRoutes;
  }

  async listenOnSocket(path: string): Promise<void> {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      const detail = `the path of the API socket, ${path}, is longer than ${MAX_SOCKET_PATH_BYTES} bytes`;
      throw new BerthError('ConfigInvalid', {
        verb: 'listen',
        detail,
        help: 'choose a --data-dir with a shorter path',
      });
    }
    const directory = dirname(path);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    // The data directory is locked by this process, so a socket that is there was left behind by one that died.
    await rm(path, { force: true });
    await this.#listen((server, onListening) => server.listen(path, onListening));
    await chmod(path, 0o600);
  }

  async listenOnLoopback(port: number): Promise<number> {
    const server = await this.#listen((created, onListening) => created.listen(port, '127.0.0.1', onListening));
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const controller of this.#controllers) controller.abort();
    await Promise.all(this.#servers.map(closeServer));
  }

  #listen(bind: (server: Server, onListening: () => void) => void): Promise<Server> {
    const server = createServer({ requestTimeout: LIMITS.httpRequestMs, keepAliveTimeout: 30_000 });
    server.on('request', (request, response) => void this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      bind(server, () => {
        server.off('error', reject);
        this.#servers.push(server);
        resolve(server);
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange: Exchange = { ...this.#open(request, response), response, warnings: [] };
    try {
      this.#count(response);
      await dispatch(exchange, this.#extraRoutes);
    } catch (error) {
      if (!exchange.signal.aborted || !response.headersSent) await respondError(exchange, error);
    }
  }

  /** The only upgrade that is served is `exec`. Refusals go out as plain HTTP. */
  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const scope = this.#open(request, socket);
      const target = parseRequestTarget(scope.path);
      if (target.type !== 'resource' || target.subresource !== 'exec' || target.name === undefined)
        throw noSuchResource();
      this.#count(socket);
      const { kind, namespace, name, subresource } = target;
      await handleExec(scope, { kind, namespace, name, subresource }, socket, head);
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  /** Bounds what is under way at one time; a watch counts until it ends. */
  #count(stream: ServerResponse | Duplex): void {
    if (this.#underWay >= LIMITS.httpStreams) {
      throw new ApiError('TooManyRequests', 'too many requests, please try again later', { retryAfterSeconds: 1 });
    }
    this.#underWay++;
    stream.once('close', () => this.#underWay--);
  }

  #open(request: IncomingMessage, stream: ServerResponse | Duplex): RequestScope {
    const { path, query } = splitUrl(request);
    const identity = identityOf(request, query);
    const controller = new AbortController();
    this.#controllers.add(controller);
    stream.once('close', () => {
      this.#controllers.delete(controller);
      controller.abort();
    });
    return {
      request,
      method: request.method ?? 'GET',
      path,
      query,
      identity,
      client: this.#parts.registry.client(identity),
      server: this.#parts,
      signal: controller.signal,
    };
  }
}

function splitUrl(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** "The prefix of the user agent" names the manager of fields where the request does not (managedfields.ManagerForRequest). */
function identityOf(request: IncomingMessage, query: URLSearchParams): Identity {
  const agent = (request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128);
  return { user: 'system:admin', fieldManager: query.get('fieldManager')?.slice(0, 128) || agent || 'unknown' };
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  if (socket.destroyed) return;
  const status = statusOf(error);
  const body = JSON.stringify(status);
  const head = `HTTP/1.1 ${status.code} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}
