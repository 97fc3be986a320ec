import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { BerthError, messageOf } from '../../lib/errors.ts';
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
import { OpenApiDocuments } from './openapi/openapi-documents.ts';
import { parseRequestTarget } from './request-target.ts';
import { respondError, type Status, settledStatus, statusOf } from './respond.ts';
import { handlePortForward } from './streams/port-forward.ts';
import { handleRemoteCommand } from './streams/remote-command.ts';
import { tokenCheck } from './token-check.ts';

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

/** A port that only who has the token comes in by. */
export interface TokenDoorOptions {
  /** Of the loopback; 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly token: string;
}

export interface TokenDoor {
  readonly port: number;
  /** Ends everything that came in by it, and stops listening. */
  close(): Promise<void>;
}

/** The API over HTTP. Whoever comes in may do everything: it listens where only the right people can. */
export interface ApiServer {
  /** Listens on a unix socket that only this user can open, in a directory that only this user can enter. */
  listenOnSocket(path: string): Promise<void>;
  /** Listens on a loopback port (0: any free one) without any protection: for tests. Returns the port. */
  listenOnLoopback(port: number): Promise<number>;
  /**
   * Listens on a loopback port with TLS for who sends the token: Kubernetes' clients take no unix socket. Berth's own
   * routes are not served there. Rejects with Node's error when the port is taken.
   */
  listenWithToken(options: TokenDoorOptions): Promise<TokenDoor>;
  /** Ends watches and streams, answers what is under way, and stops listening. */
  close(): Promise<void>;
}

/** Longest path of a unix socket on Linux, without its closing zero. */
const MAX_SOCKET_PATH_BYTES = 107;

export function createApiServer(options: ApiServerOptions): ApiServer {
  return new HttpApiServer(options);
}

/** One place where the server listens. */
interface Door {
  readonly server: Server;
  /** One for each request under way; each is aborted when its client goes or the door closes. */
  readonly controllers: Set<AbortController>;
  readonly admits: (request: IncomingMessage) => boolean;
  readonly extraRoutes: readonly ExtraRoute[];
}

class HttpApiServer implements ApiServer {
  readonly #parts: ServerParts;
  readonly #extraRoutes: readonly ExtraRoute[];
  readonly #doors = new Set<Door>();
  #underWay = 0;

  constructor(options: ApiServerOptions) {
    const { registry, podStreams, metrics, version, logger = silentLogger, extraRoutes = [] } = options;
    this.#parts = { registry, podStreams, metrics, version, logger, openApi: new OpenApiDocuments() };
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
    await this.#listen(this.#openDoor(), (server, onListening) => server.listen(path, onListening));
    await chmod(path, 0o600);
  }

  async listenOnLoopback(port: number): Promise<number> {
    return (await this.#listenOnPort(this.#openDoor(), port)).port;
  }

  async listenWithToken({ port, certificate, key, token }: TokenDoorOptions): Promise<TokenDoor> {
    const tls = { cert: certificate, key, minVersion: 'TLSv1.2', handshakeTimeout: LIMITS.tlsHandshakeMs } as const;
    const server = createTlsServer({ ...SERVER_OPTIONS, ...tls });
    server.maxConnections = LIMITS.portConnections;
    return this.#listenOnPort({ server, controllers: new Set(), admits: tokenCheck(token), extraRoutes: [] }, port);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#doors].map((door) => this.#close(door)));
  }

  /** One without a lock of its own. */
  #openDoor(): Door {
    const server = createServer(SERVER_OPTIONS);
    return { server, controllers: new Set(), admits: () => true, extraRoutes: this.#extraRoutes };
  }

  async #listenOnPort(door: Door, port: number): Promise<TokenDoor> {
    await this.#listen(door, (server, onListening) => server.listen(port, '127.0.0.1', onListening));
    return { port: (door.server.address() as AddressInfo).port, close: () => this.#close(door) };
  }

  #listen(door: Door, bind: (server: Server, onListening: () => void) => void): Promise<void> {
    const { server } = door;
    server.on('request', (request, response) => void this.#answer(door, request, response));
    server.on('upgrade', (request, socket, head) => void this.#upgrade(door, request, socket, head));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      bind(server, () => {
        server.off('error', reject);
        // One client that could not be let in, for want of file descriptors, say. Nobody else is to suffer for it.
        server.on('error', (error) => this.#parts.logger.warn(NOT_ACCEPTED, { cause: messageOf(error) }));
        this.#doors.add(door);
        resolve();
      });
    });
  }

  async #close(door: Door): Promise<void> {
    this.#doors.delete(door);
    for (const controller of door.controllers) controller.abort();
    await closeServer(door.server);
  }

  async #answer(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange: Exchange = { ...this.#open(door, request, response), response, warnings: [] };
    try {
      admit(door, request);
      this.#count(response);
      await dispatch(exchange, door.extraRoutes);
    } catch (error) {
      if (!exchange.signal.aborted || !response.headersSent) await respondError(exchange, error);
    }
  }

  /** What is served by upgrades: `exec`, `attach` and `portforward`. Refusals go out as plain HTTP. */
  async #upgrade(door: Door, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    let scope: RequestScope | undefined;
    try {
      admit(door, request);
      scope = this.#open(door, request, socket);
      // An upgraded connection is nobody's but ours: the server closes it no more.
      scope.signal.addEventListener('abort', () => socket.destroy(), { once: true });
      const target = parseRequestTarget(scope.path);
      if (target.type !== 'resource' || target.name === undefined) throw noSuchResource();
      const { kind, namespace, name, subresource } = target;
      const handle = UPGRADES[subresource ?? ''];
      if (handle === undefined || !kind.subresources.includes(subresource ?? '')) throw noSuchResource();
      this.#count(socket);
      await handle(scope, { kind, namespace, name, subresource }, socket, head);
    } catch (error) {
      refuseUpgrade(socket, scope === undefined ? statusOf(error) : await settledStatus(scope, error));
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

  #open(door: Door, request: IncomingMessage, stream: ServerResponse | Duplex): RequestScope {
    const { path, query } = splitUrl(request);
    const identity = identityOf(request, query);
    const controller = new AbortController();
    door.controllers.add(controller);
    stream.once('close', () => {
      door.controllers.delete(controller);
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

const UPGRADES: Readonly<Record<string, typeof handleRemoteCommand>> = {
  exec: handleRemoteCommand,
  attach: handleRemoteCommand,
  portforward: handlePortForward,
};

const NOT_ACCEPTED = 'a connection to the API could not be accepted';

const SERVER_OPTIONS = { requestTimeout: LIMITS.httpRequestMs, keepAliveTimeout: LIMITS.httpKeepAliveMs };

function admit(door: Door, request: IncomingMessage): void {
  if (!door.admits(request)) throw new ApiError('Unauthorized', 'Unauthorized');
}

function splitUrl(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/**
 * "The prefix of the user agent" names the manager of fields where the request does not
 * (managedfields.ManagerForRequest).
 */
function identityOf(request: IncomingMessage, query: URLSearchParams): Identity {
  const agent = (request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128);
  return { user: 'system:admin', fieldManager: query.get('fieldManager')?.slice(0, 128) || agent || 'unknown' };
}

/** Answers, and hangs up once the client has read it, or has had the time to. */
function refuseUpgrade(socket: Duplex, status: Status): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(status);
  const head = `HTTP/1.1 ${status.code} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const hangUp = setTimeout(() => socket.destroy(), LIMITS.upgradeRefusalMs);
  socket.once('close', () => clearTimeout(hangUp));
  socket.once('end', () => socket.destroy()).resume();
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), LIMITS.httpCloseMs).unref();
  });
}
