import { mkdtemp, rm, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import type { JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryStore } from '../../store/index.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { type ApiClient, type ApiRequest, createApiClient } from '../http-client/index.ts';
import { REGISTRY_INDEXES } from '../indexes.ts';
import type { PodExecOptions, PodLogOptions, PodStreams } from '../pod-streams.ts';
import { configMap, createTestRegistry, deployment, pod, type TestRegistry } from '../testing.ts';
import { type ApiServer, createApiServer } from './index.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

let folder: string;
let socketPath: string;
let world: TestRegistry;
let client: Client;
let server: ApiServer;
let api: ApiClient;
let logCalls: PodLogOptions[];
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-api-'));
  socketPath = join(folder, 'run', 'api.sock');
  logCalls = [];
  warnings = [];
  await open(createTestRegistry({ clock: linuxClock }));
});

afterEach(async () => {
  await server.close();
  world.registry.close();
  await rm(folder, { recursive: true });
});

async function open(registry: TestRegistry): Promise<void> {
  await server?.close();
  world = registry;
  client = registry.client;
  server = createApiServer({
    registry: registry.registry,
    podStreams,
    version: '0.1.0',
    logger: { ...silentLogger, warn: (message) => warnings.push(message), error: (message) => warnings.push(message) },
    extraRoutes: [
      {
        method: 'POST',
        path: '/berth/v1/plan',
        handle: ({ query, body }) => ({ json: { query: query.get('app'), body } }),
      },
      { method: 'GET', path: '/berth/v1/sync', handle: () => ({ lines: countTo(3) }) },
    ],
  });
  await server.listenOnSocket(socketPath);
  api = createApiClient({ socketPath, userAgent: 'test/1' });
}

async function* countTo(end: number) {
  for (let n = 1; n <= end; n++) yield { n };
}

const podStreams: PodStreams = {
  async logs(container, options) {
    logCalls.push(options);
    if (container.container === 'none') throw new ApiError('BadRequest', 'container "none" is waiting to start');
    let close = () => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    async function* chunks() {
      yield Buffer.from('one\n');
      yield Buffer.from('two\n');
      if (options.follow) await closed;
    }
    return { chunks: chunks(), close };
  },
  async exec(_container, options: PodExecOptions) {
    let finish: (code: number) => void = () => {};
    const exitCode = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const input: Buffer[] = [];
    if (options.command[0] === 'exit') setImmediate(() => finish(Number(options.command[1])));
    return {
      exitCode,
      writeStdin: (chunk) => input.push(Buffer.from(chunk)),
      endStdin: () => {
        options.onOutput('stdout', Buffer.concat(input));
        options.onOutput('stderr', Buffer.from('done'));
        finish(0);
      },
      resize: async ({ columns, rows }) => options.onOutput('stdout', Buffer.from(`${columns}x${rows};`)),
      close: () => finish(130),
    };
  },
};

async function refused(request: ApiRequest): Promise<ApiError> {
  try {
    await api.request(request);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((found: unknown, step) => (found as Record<string | number, unknown> | undefined)?.[step], value);
}

async function take(lines: AsyncIterable<JsonValue>, count: number): Promise<JsonValue[]> {
  const taken: JsonValue[] = [];
  for await (const line of lines) {
    taken.push(line);
    if (taken.length === count) break;
  }
  return taken;
}

describe('the socket', () => {
  it('is for its owner only, and replaces one that was left behind', async () => {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700);
    await open(world);
    expect(await api.request({ path: '/version' })).toMatchObject({
      major: '1',
      gitVersion: expect.stringContaining('berth'),
    });
  });

  it('says clearly that nobody listens, and that its path is too long', async () => {
    const nobody = createApiClient({ socketPath: join(folder, 'nope.sock') });
    await expect(nobody.request({ path: '/version' })).rejects.toMatchObject({
      code: 'NotRunning',
      help: expect.stringContaining('berth up'),
    });
    await expect(server.listenOnSocket(join(folder, 'x'.repeat(120)))).rejects.toMatchObject({ code: 'ConfigInvalid' });
  });
});

describe('objects', () => {
  it('are created, read, replaced, patched, applied and deleted', async () => {
    const made = await api.request({
      method: 'POST',
      path: CONFIG_MAPS,
      body: { metadata: { name: 'a' }, data: { x: '1' } },
    });
    expect(made).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', managedFields: [{ manager: 'test' }] },
    });
    expect(await api.request({ path: `${CONFIG_MAPS}/a` })).toEqual(made);
    const put = await api.request({
      method: 'PUT',
      path: `${CONFIG_MAPS}/a`,
      body: { ...(made as object), data: { x: '2' } },
    });
    expect(field(put, 'data')).toEqual({ x: '2' });
    const patched = await api.request({
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      body: { data: { y: '3' } },
      contentType: 'application/merge-patch+json',
    });
    expect(field(patched, 'data')).toEqual({ x: '2', y: '3' });
    const applied = await api.request({
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      query: { fieldManager: 'git', force: true },
      body: { apiVersion: 'v1', kind: 'ConfigMap', data: { z: '4' } },
      contentType: 'application/apply-patch+yaml',
    });
    expect(field(applied, 'data')).toEqual({ x: '2', y: '3', z: '4' });
    expect(await api.request({ method: 'DELETE', path: `${CONFIG_MAPS}/a` })).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps' },
    });
    expect((await refused({ path: `${CONFIG_MAPS}/a` })).message).toBe('configmaps "a" not found');
  });

  it('dry-run without a trace', async () => {
    const { revision } = world.store;
    const body = { metadata: { name: 'a' } };
    expect(await api.request({ method: 'POST', path: CONFIG_MAPS, query: { dryRun: 'All' }, body })).toMatchObject({
      metadata: { name: 'a' },
    });
    expect(world.store.revision).toBe(revision);
    expect((await refused({ method: 'POST', path: CONFIG_MAPS, query: { dryRun: 'Some' }, body })).reason).toBe(
      'BadRequest',
    );
  });

  it('have their status and scale apart', async () => {
    client.create(deployment('web', 1));
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    expect(await api.request({ path: `${path}/scale` })).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=web' },
    });
    const scaled = await api.request({
      method: 'PATCH',
      path: `${path}/scale`,
      body: { spec: { replicas: 3 } },
      contentType: 'application/merge-patch+json',
    });
    expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    const scale = await api.request({ path: `${path}/scale` });
    expect(
      await api.request({
        method: 'PUT',
        path: `${path}/scale`,
        body: { ...(scale as object), spec: { replicas: 2 } },
      }),
    ).toMatchObject({ spec: { replicas: 2 } });
    const body = { metadata: { name: 'web' }, spec: { replicas: 9 }, status: { replicas: 2 } };
    const reported = await api.request({
      method: 'PATCH',
      path: `${path}/status`,
      body,
      contentType: 'application/merge-patch+json',
    });
    expect(reported).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 } });
  });

  it('are waited for until they are on disk', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 150 });
    await open(createTestRegistry({ clock: linuxClock, store }));
    const path = `${CONFIG_MAPS}/a`;
    const made = api.request({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'a' } } });
    while (client.get('ConfigMap', { namespace: 'default', name: 'a' }) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const { revision } = store;
    expect(store.durableRevision).toBeLessThan(revision);
    await api.request({ path });
    expect(store.durableRevision).toBe(revision);
    await made;
  });
});

describe('refusals', () => {
  const json = 'application/json';
  it.each([
    ['a path that is not there', { path: '/api/v1/nope' }, 404, 'NotFound'],
    ['a refused kind', { path: '/apis/apps/v1/daemonsets' }, 404, 'NotFound'],
    ['a wrong method', { method: 'PATCH', path: CONFIG_MAPS, body: {} }, 405, 'MethodNotAllowed'],
    ['another kind', { method: 'POST', path: CONFIG_MAPS, body: { apiVersion: 'v1', kind: 'Pod' } }, 400, 'BadRequest'],
    ['another name', { method: 'PUT', path: `${CONFIG_MAPS}/a`, body: { metadata: { name: 'b' } } }, 400, 'BadRequest'],
    [
      'another namespace',
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'a', namespace: 'b' } } },
      400,
      'BadRequest',
    ],
    [
      'metadata that is none',
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'a', labels: { x: 1 } } } },
      400,
      'BadRequest',
    ],
    [
      'a value of the wrong type',
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'a' }, data: { x: 1 } } },
      422,
      'Invalid',
    ],
    [
      'protobuf',
      { method: 'POST', path: CONFIG_MAPS, body: {}, contentType: 'application/vnd.kubernetes.protobuf' },
      415,
      'UnsupportedMediaType',
    ],
    [
      'an unknown patch',
      { method: 'PATCH', path: `${CONFIG_MAPS}/a`, body: {}, contentType: json },
      415,
      'UnsupportedMediaType',
    ],
    [
      'an apply by nobody',
      { method: 'PATCH', path: `${CONFIG_MAPS}/a`, body: {}, contentType: 'application/apply-patch+yaml' },
      400,
      'BadRequest',
    ],
    ['a bad selector', { path: CONFIG_MAPS, query: { labelSelector: '=' } }, 400, 'BadRequest'],
    ['a bad limit', { path: CONFIG_MAPS, query: { limit: 'x' } }, 400, 'BadRequest'],
    ['a bad token', { path: CONFIG_MAPS, query: { continue: 'x' } }, 400, 'BadRequest'],
    ['a future revision', { path: CONFIG_MAPS, query: { resourceVersion: 999999 } }, 504, 'Timeout'],
    [
      'an unknown field, strictly',
      {
        method: 'POST',
        path: CONFIG_MAPS,
        query: { fieldValidation: 'Strict' },
        body: { metadata: { name: 'a' }, dta: {} },
      },
      422,
      'Invalid',
    ],
    ['a namespace that lives for ever', { method: 'DELETE', path: '/api/v1/namespaces/default' }, 403, 'Forbidden'],
    ['exec without an upgrade', { path: `${PODS}/p/exec` }, 400, 'BadRequest'],
  ] as const)('of %s', async (_what, request, code, reason) => {
    const { revision } = world.store;
    const error = await refused(request as unknown as ApiRequest);
    expect([error.httpStatus, error.reason]).toEqual([code, reason]);
    expect(world.store.revision).toBe(revision);
  });

  it.each([
    ['that ends early', () => '{"metadata":', 400],
    ['that is a list', () => '[]', 400],
    ['that is empty', () => '', 400],
    ['that is too long', () => 'x'.repeat(LIMITS.requestBodyBytes + 1), 413],
    ['that is not UTF-8', () => Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400],
    [
      'that is nested too deeply',
      () => `{"metadata":{"name":"a"},"data":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`,
      400,
    ],
    ['with a prototype', () => '{"metadata":{"name":"a"},"data":{"__proto__":"x"}}', 400],
  ])('of a body %s', async (_what, body, code) => {
    expect(await sendRaw('POST', CONFIG_MAPS, body())).toMatchObject({
      status: code,
      body: { kind: 'Status', status: 'Failure', code },
    });
  });

  it('drops unknown fields with a warning unless told otherwise', async () => {
    const body = JSON.stringify({ metadata: { name: 'a' }, dta: { x: '1' } });
    const answer = await sendRaw('POST', CONFIG_MAPS, body);
    expect(answer).toMatchObject({ status: 201, warning: '299 - "unknown field \\"dta\\""' });
    expect(
      client.getObject({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' })?.['dta'],
    ).toBeUndefined();
  });
});

function sendRaw(method: string, path: string, body: string | Buffer) {
  return new Promise<{ status: number; warning: string | undefined; body: unknown }>((resolve, reject) => {
    const message = httpRequest(
      { agent: false, socketPath, method, path, headers: { 'Content-Type': 'application/json' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => {
          const warning = answer.headers['warning'];
          resolve({
            status: answer.statusCode ?? 0,
            warning: warning === undefined ? undefined : String(warning),
            body: JSON.parse(text),
          });
        });
      },
    );
    message.on('error', reject);
    message.end(body);
  });
}

describe('lists', () => {
  it('come in pages of one revision', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) client.create(configMap(name));
    const first = await api.request({ path: '/api/v1/configmaps', query: { limit: 2 } });
    expect(field(first, 'metadata')).toMatchObject({
      remainingItemCount: 3,
      resourceVersion: String(world.store.revision),
    });
    client.create(configMap('aa'));
    client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'd' });
    const names: unknown[] = (field(first, 'items') as object[]).map((item) => field(item, 'metadata', 'name'));
    let next = field(first, 'metadata', 'continue');
    while (typeof next === 'string') {
      const page = await api.request({ path: '/api/v1/configmaps', query: { limit: 2, continue: next } });
      expect(field(page, 'metadata', 'resourceVersion')).toBe(field(first, 'metadata', 'resourceVersion'));
      names.push(...(field(page, 'items') as object[]).map((item) => field(item, 'metadata', 'name')));
      next = field(page, 'metadata', 'continue');
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    const token = String(field(first, 'metadata', 'continue'));
    world.store.compact(world.store.revision);
    expect((await refused({ path: '/api/v1/configmaps', query: { continue: token } })).reason).toBe('Expired');
  });

  it('come as tables and as metadata', async () => {
    client.create(configMap('a', { x: '1' }));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = await api.request({ path: CONFIG_MAPS, accept });
    expect(table).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['a', 1, '0s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
    expect(await api.request({ path: `${CONFIG_MAPS}/a`, accept, query: { includeObject: 'Object' } })).toMatchObject({
      rows: [{ object: { data: { x: '1' } } }],
    });
    const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    expect(await api.request({ path: CONFIG_MAPS, accept: partial })).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ metadata: { name: 'a' } }],
    });
  });

  it('are deleted as a whole', async () => {
    for (const name of ['a', 'b']) client.create(configMap(name));
    client.create({ ...configMap('kept'), metadata: { name: 'kept', namespace: 'kube-system' } });
    await api.request({ method: 'DELETE', path: CONFIG_MAPS });
    expect(client.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['kept']);
  });
});

describe('watches', () => {
  const summary = (line: JsonValue) => `${field(line, 'type')} ${field(line, 'object', 'metadata', 'name')}`;

  it('go on from a list, once each and in order', async () => {
    client.create(configMap('a'));
    const resourceVersion = String(world.store.revision);
    const made = client.create(configMap('b'));
    client.update({ ...made, data: { x: '1' } });
    client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
    const lines = api.lines({ path: CONFIG_MAPS, query: { watch: true, resourceVersion } });
    expect((await take(lines, 3)).map(summary)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED a']);
  });

  it('begin with what is there, and see an object come and go by its labels', async () => {
    const a = client.create({
      ...configMap('a'),
      metadata: { name: 'a', namespace: 'default', labels: { app: 'web' } },
    });
    client.create(configMap('b'));
    const seen: string[] = [];
    for await (const line of api.lines({ path: CONFIG_MAPS, query: { watch: 'true', labelSelector: 'app=web' } })) {
      seen.push(summary(line));
      if (seen.length === 1) client.update({ ...a, metadata: { ...a.metadata, labels: {} } });
      if (seen.length === 2)
        client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'b' }, 'merge', {
          metadata: { labels: { app: 'web' } },
        });
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
  });

  it('mark the end of the initial events', async () => {
    client.create(configMap('a'));
    const query = {
      watch: true,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
    };
    const lines = await take(api.lines({ path: CONFIG_MAPS, query }), 2);
    expect(lines.map(summary)[0]).toBe('ADDED a');
    expect(lines[1]).toMatchObject({
      type: 'BOOKMARK',
      object: {
        metadata: {
          resourceVersion: String(world.store.revision),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  it('end after their timeout, and with an error where history is gone', async () => {
    expect(
      await take(
        api.lines({
          path: CONFIG_MAPS,
          query: { watch: true, timeoutSeconds: 1, resourceVersion: world.store.revision },
        }),
        1,
      ),
    ).toEqual([]);
    client.create(configMap('a'));
    client.create(configMap('b'));
    world.store.compact(world.store.revision);
    const [line] = await take(api.lines({ path: CONFIG_MAPS, query: { watch: true, resourceVersion: 1 } }), 1);
    expect(line).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('tell only what is on disk', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 50 });
    await open(createTestRegistry({ clock: linuxClock, store }));
    const lines = api.lines({ path: CONFIG_MAPS, query: { watch: true } });
    setTimeout(() => client.create(configMap('a')), 50);
    const [line] = await take(lines, 1);
    expect(Number(field(line, 'object', 'metadata', 'resourceVersion'))).toBeLessThanOrEqual(store.durableRevision);
  });

  it('cut off a client that does not read', async () => {
    client.create(configMap('a'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    const socket = connect(socketPath).pause();
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET ${CONFIG_MAPS}?watch=true&resourceVersion=${world.store.revision} HTTP/1.1\r\nHost: x\r\n\r\n`);
    let writes = 0;
    while (!warnings.includes('watch ended: the client does not keep up')) {
      client.patch(reference, 'merge', { data: { x: `${writes++}`.padEnd(1_000_000, 'x') } });
      expect(writes).toBeLessThan(200);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(writes).toBeGreaterThan(LIMITS.watchBacklogBytes / 1_100_000);
    socket.destroy();
  });
});

describe('pods', () => {
  beforeEach(() => {
    client.create(pod('p'));
    client.create(
      pod('two', {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      }),
    );
  });

  it('show their logs with what was asked for', async () => {
    const query = { tailLines: 2, timestamps: true, previous: true, sinceSeconds: 10 };
    let text = '';
    for await (const chunk of api.bytes({ path: `${PODS}/p/log`, query })) text += Buffer.from(chunk).toString();
    expect(text).toBe('one\ntwo\n');
    expect(logCalls).toMatchObject([{ follow: false, tailLines: 2, timestamps: true, previous: true }]);
  });

  it('follow a log until the client goes', async () => {
    let text = '';
    for await (const chunk of api.bytes({ path: `${PODS}/p/log`, query: { follow: true } })) {
      text += Buffer.from(chunk).toString();
      if (text.includes('two')) break;
    }
    expect(text).toBe('one\ntwo\n');
  });

  it.each([
    [{}, 'a container name must be specified for pod two, choose one of: [a b]'],
    [{ container: 'c' }, 'container c is not valid for pod two'],
    [
      { container: 'a', tailLines: '-1' },
      'tailLines: Invalid value: "-1": must be a whole number that is not negative',
    ],
  ])('refuse a log of %j', async (query, message) => {
    expect((await refused({ path: `${PODS}/two/log`, query })).message).toBe(message);
  });

  it.each([
    [['exit', '0'], 0],
    [['exit', '3'], 3],
  ])('run %j', async (command, exitCode) => {
    const onOutput = () => {};
    expect(await api.exec({ path: `${PODS}/p/exec`, query: { command, stdout: true } }, { onOutput })).toBe(exitCode);
  });

  it('pipe input and sizes through exec', async () => {
    const output: Record<string, string> = { stdout: '', stderr: '' };
    async function* stdin() {
      yield Buffer.from('hello ');
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield Buffer.from('world');
    }
    async function* terminalSizes() {
      yield { columns: 80, rows: 24 };
    }
    const exitCode = await api.exec(
      { path: `${PODS}/p/exec`, query: { command: ['cat'], stdin: true, stdout: true, stderr: true } },
      {
        onOutput: (stream, chunk) => {
          output[stream] += Buffer.from(chunk).toString();
        },
        stdin: stdin(),
        terminalSizes: terminalSizes(),
      },
    );
    expect(exitCode).toBe(0);
    expect(output).toEqual({ stdout: '80x24;hello world', stderr: 'done' });
  });

  it('refuse an exec that cannot be', async () => {
    const streams = { onOutput: () => {} };
    await expect(api.exec({ path: `${PODS}/nope/exec`, query: { command: ['x'] } }, streams)).rejects.toMatchObject({
      reason: 'NotFound',
    });
    await expect(api.exec({ path: `${PODS}/p/exec` }, streams)).rejects.toMatchObject({ reason: 'BadRequest' });
    await expect(api.exec({ path: `${PODS}/p/log`, query: { command: ['x'] } }, streams)).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });

  it('are bound and evicted', async () => {
    await api.request({
      method: 'POST',
      path: `${PODS}/p/binding`,
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
    });
    expect(client.get('Pod', { namespace: 'default', name: 'p' })?.spec?.nodeName).toBe('n1');
    await api.request({
      method: 'POST',
      path: `${PODS}/p/eviction`,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
    });
    expect(client.get('Pod', { namespace: 'default', name: 'p' })?.metadata.deletionGracePeriodSeconds).toBe(30);
  });
});

describe('everything else', () => {
  it.each(['/healthz', '/livez', '/readyz'])('%s answers', async (path) => {
    let text = '';
    for await (const chunk of api.bytes({ path })) text += Buffer.from(chunk).toString();
    expect(text).toBe('ok');
  });

  it('says what is served', async () => {
    expect(await api.request({ path: '/api' })).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = field(await api.request({ path: '/apis' }), 'groups') as object[];
    expect(groups.map((group) => field(group, 'name'))).toContain('apps');
    const resources = field(await api.request({ path: '/apis/apps/v1' }), 'resources') as object[];
    expect(resources.map((resource) => field(resource, 'name'))).toEqual(
      expect.arrayContaining(['deployments', 'deployments/status', 'deployments/scale']),
    );
    expect(await api.request({ path: '/apis/apps' })).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { version: 'v1' },
    });
    expect((await refused({ path: '/apis/nope' })).reason).toBe('NotFound');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    expect(await api.request({ path: '/api', accept })).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      items: [{ versions: [{ version: 'v1' }] }],
    });
  });

  it('mounts routes of its own', async () => {
    expect(
      await api.request({ method: 'POST', path: '/berth/v1/plan', query: { app: 'shop' }, body: { a: 1 } }),
    ).toEqual({ query: 'shop', body: { a: 1 } });
    expect(await take(api.lines({ path: '/berth/v1/sync' }), 9)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await refused({ path: '/berth/v1/plan' })).reason).toBe('MethodNotAllowed');
  });
});
