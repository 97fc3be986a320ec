import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { DockerRuntime } from './docker-runtime.ts';
import { EngineConnection, type EngineRequest } from './engine-connection.ts';

/** An engine that answers as each test wants it to. */
let folder: string;
let socket: string;
let server: Server | undefined;
let engine: EngineConnection;
let requests: string[];
let version: unknown;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const QUERY: EngineRequest = { method: 'GET', path: '/info', purpose: 'query' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-engine-'));
  socket = join(folder, 'docker.sock');
  requests = [];
  version = { ApiVersion: '1.41', MinAPIVersion: '1.12' };
  answer = (_request, response) => response.end('{"ok":true}');
  engine = new EngineConnection({ kind: 'unix', path: socket }, { queryTimeoutMs: 150 });
  await listen();
});

afterEach(async () => {
  engine.close();
  await stopListening();
  await rm(folder, { recursive: true });
});

async function listen(): Promise<void> {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === '/version') response.end(JSON.stringify(version));
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
}

async function stopListening(): Promise<void> {
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  server = undefined;
}

describe('a call', () => {
  it('negotiates the version once, and anew when the engine was away', async () => {
    await Promise.all([engine.json(QUERY), engine.json(QUERY)]);
    expect(requests).toEqual(['GET /version', 'GET /v1.41/info', 'GET /v1.41/info']);
    await stopListening();
    await expect(engine.json(QUERY)).rejects.toMatchObject({ reason: 'EngineUnavailable' });
    version = { ApiVersion: '1.51', MinAPIVersion: '1.44' };
    await listen();
    await engine.json(QUERY);
    expect(requests.at(-1)).toBe('GET /v1.47/info');
  });

  it.each([
    ['query', 'EngineUnavailable'],
    ['start', 'Timeout'],
  ] as const)('for a %s that is not answered ends in time with %s', async (purpose, reason) => {
    answer = () => {};
    const startMs = performance.now();
    await expect(engine.json({ ...QUERY, purpose, timeoutMs: 150 })).rejects.toMatchObject({ reason });
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it('that is answered in part ends in time, too', async () => {
    answer = (_request, response) => response.write('{"half":');
    await expect(engine.json(QUERY)).rejects.toMatchObject({ reason: 'EngineUnavailable' });
  });

  it('is unavailable when the engine hangs up', async () => {
    answer = (request) => request.socket.destroy();
    await expect(engine.json(QUERY)).rejects.toMatchObject({ reason: 'EngineUnavailable' });
  });

  it.each([
    [500, '{"message":"boom"}', { reason: 'Unknown', message: 'boom' }],
    [404, '{"message":"No such container: x"}', { reason: 'NotFound', message: 'No such container: x' }],
    [502, '<html>bad gateway</html>', { reason: 'Unknown', message: '<html>bad gateway</html>' }],
    [503, '', { reason: 'Unknown', message: 'the engine answered with status 503' }],
    [200, 'no json', { reason: 'Unknown', message: 'the engine sent no JSON' }],
  ])('that is answered %s %j says so', async (status, body, expected) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    await expect(engine.json(QUERY)).rejects.toMatchObject(expected);
  });

  it('is refused once the connection is closed', async () => {
    engine.close();
    await expect(engine.json(QUERY)).rejects.toMatchObject({ reason: 'EngineUnavailable' });
  });

  it('ends with the reason of its signal', async () => {
    answer = () => {};
    const abort = new AbortController();
    const call = engine.json({ ...QUERY, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('streams of an engine that goes away', () => {
  function open() {
    return new DockerRuntime({ engine, clusterUid: 'c-1', nodeIp: '192.0.2.1', log: silentLogger });
  }

  it('tell of it once, and not at all when they were closed', async () => {
    answer = (_request, response) => response.writeHead(200).flushHeaders();
    const lost: string[] = [];
    await open().watch(
      () => {},
      (error) => lost.push(error.message),
    );
    const close = await open().watch(
      () => {},
      () => lost.push('closed'),
    );
    close();
    await stopListening();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lost).toHaveLength(1);
  });

  it('deliver events however their bytes are cut', async () => {
    const attributes = {
      'io.kubernetes.docker.type': 'container',
      'io.kubernetes.container.name': 'äpp',
      exitCode: '1',
    };
    const line = Buffer.from(`${JSON.stringify({ Action: 'die', Actor: { ID: 'c1', Attributes: attributes } })}\n`);
    answer = async (_request, response) => {
      response.writeHead(200).flushHeaders();
      for (const byte of Buffer.concat([line, Buffer.from('no json\n\n'), line])) response.write(Buffer.from([byte]));
    };
    const names: string[] = [];
    await open().watch(
      (event) => names.push(event.name),
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(names).toEqual(['äpp', 'äpp']);
  });

  it('end a pull, a log and an exec with an error instead of an end', async () => {
    answer = (request, response) => {
      if (request.url?.endsWith('/exec/e1/json')) return request.socket.destroy();
      if (request.url?.includes('/json')) return response.end('{"Config":{"Tty":false}}');
      if (request.url?.endsWith('/exec')) return response.end('{"Id":"e1"}');
      response.writeHead(200).flushHeaders();
      setTimeout(() => request.socket.destroy(), 20);
    };
    server?.on('upgrade', (_request, raw) => {
      raw.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      setTimeout(() => raw.destroy(), 20);
    });
    const runtime = open();
    await expect(runtime.pullImage('busybox:1', { credentials: [] })).rejects.toMatchObject({
      reason: 'EngineUnavailable',
    });
    const log = await runtime.logs('c1', { follow: true, timestamps: false });
    await expect(log.lines[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: 'EngineUnavailable' });
    const session = await runtime.exec('c1', { command: ['x'], tty: false, stdin: false, onOutput: () => {} });
    await expect(session.exitCode).rejects.toMatchObject({ reason: 'EngineUnavailable' });
  });

  it('report the failure that a pull streams with status 200', async () => {
    answer = (_request, response) =>
      response.end(
        '{"status":"Pulling"}\r\n{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n',
      );
    const pull = open().pullImage('busybox:1', { credentials: [] });
    await expect(pull).rejects.toMatchObject({ reason: 'ImageNotFound', message: 'manifest unknown' });
    expect(requests).toContain('POST /v1.41/images/create?fromImage=docker.io%2Flibrary%2Fbusybox&tag=1');
  });
});
