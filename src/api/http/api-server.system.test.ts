import { stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { createMemoryStore } from '../../store/index.ts';
import { type ApiRequest, createApiClient } from '../http-client/index.ts';
import { REGISTRY_INDEXES } from '../indexes.ts';
import { createTestRegistry, deployment, pod } from '../testing.ts';
import { CONFIG_MAPS, field, PODS, take, useTestApi } from './test-api.ts';

const t = useTestApi();

describe('the socket', () => {
  it('is for its owner only, and replaces one that was left behind', async () => {
    expect((await stat(t.socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(join(t.folder, 'run'))).mode & 0o777).toBe(0o700);
    await t.open(t.world);
    expect(await t.api.request({ path: '/version' })).toMatchObject({
      major: '1',
      gitVersion: expect.stringContaining('berth'),
    });
  });

  it('says clearly that nobody listens, and that its path is too long', async () => {
    const nobody = createApiClient({ socketPath: join(t.folder, 'nope.sock') });
    await expect(nobody.request({ path: '/version' })).rejects.toMatchObject({
      code: 'NotRunning',
      help: expect.stringContaining('berth up'),
    });
    await writeFile(join(t.folder, 'file'), '');
    const inFile = createApiClient({ socketPath: join(t.folder, 'file', 'berth.sock') });
    await expect(inFile.request({ path: '/version' })).rejects.toMatchObject({
      code: 'NotRunning',
      help: expect.stringContaining('--data-dir'),
    });
    await expect(t.server.listenOnSocket(join(t.folder, 'x'.repeat(120)))).rejects.toMatchObject({
      code: 'ConfigInvalid',
    });
  });
});

it('says of a connection that cannot be accepted that it cannot, and goes on', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  await t.server.listenOnLoopback(0);
  const [server] = listen.mock.contexts;
  listen.mockRestore();
  // What Node does where the process has no file descriptor left for it.
  expect(server instanceof Server && server.emit('error', new Error('accept EMFILE'))).toBe(true);
  expect(t.warnings).toEqual(['a connection to the API could not be accepted']);
  await t.api.request({ path: '/version' });
});

describe('objects', () => {
  it('are evicted only under the name of the path', async () => {
    await t.api.request({ method: 'POST', path: PODS, body: { ...pod('a'), metadata: { name: 'a' } } });
    const evict = (body: JsonValue) => t.api.request({ method: 'POST', path: `${PODS}/a/eviction`, body });
    await expect(evict({ metadata: { name: 'b' } })).rejects.toMatchObject({
      httpStatus: 400,
      message: 'name in URL does not match name in Eviction object',
    });
    // Two budgets for one pod are an answer to the client (500), and no fault that stands in the log.
    await t.api.request({
      method: 'POST',
      path: PODS,
      body: { ...pod('b'), metadata: { name: 'b', labels: { app: 'b' } } },
    });
    const running = { conditions: [{ type: 'Ready', status: 'True' }], phase: 'Running' };
    await t.api.request({
      method: 'PATCH',
      path: `${PODS}/b/status`,
      contentType: 'application/merge-patch+json',
      body: { status: running },
    });
    for (const name of ['one', 'two']) {
      const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'b' } } };
      await t.api.request({
        method: 'POST',
        path: '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
        body: { metadata: { name }, spec },
      });
    }
    const refused = t.api.request({ method: 'POST', path: `${PODS}/b/eviction`, body: { metadata: { name: 'b' } } });
    await expect(refused).rejects.toMatchObject({ httpStatus: 500 });
    expect(t.warnings).toEqual([]);
    await evict({ metadata: { name: 'a' } });
    await expect(t.api.request({ path: `${PODS}/a` })).rejects.toMatchObject({ httpStatus: 404 });
  });

  it('are created, read, replaced, patched, applied and deleted', async () => {
    const made = await t.api.request({
      method: 'POST',
      path: CONFIG_MAPS,
      body: { metadata: { name: 'a' }, data: { x: '1' } },
    });
    expect(made).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', managedFields: [{ manager: 'test' }] },
    });
    expect(await t.api.request({ path: `${CONFIG_MAPS}/a` })).toEqual(made);
    const put = await t.api.request({
      method: 'PUT',
      path: `${CONFIG_MAPS}/a`,
      body: { ...(made as object), data: { x: '2' } },
    });
    expect(field(put, 'data')).toEqual({ x: '2' });
    const patched = await t.api.request({
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      body: { data: { y: '3' } },
      contentType: 'application/merge-patch+json',
    });
    expect(field(patched, 'data')).toEqual({ x: '2', y: '3' });
    const applied = await t.api.request({
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      query: { fieldManager: 'git', force: true },
      body: { apiVersion: 'v1', kind: 'ConfigMap', data: { z: '4' } },
      contentType: 'application/apply-patch+yaml',
    });
    expect(field(applied, 'data')).toEqual({ x: '2', y: '3', z: '4' });
    expect(await t.api.request({ method: 'DELETE', path: `${CONFIG_MAPS}/a` })).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps' },
    });
    expect((await t.refused({ path: `${CONFIG_MAPS}/a` })).message).toBe('configmaps "a" not found');
  });

  const ORPHANED = '299 - "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background';
  // After the DefaultGarbageCollectionPolicy of each strategy.
  it.each<[what: string, kind: string, path: string, isOrphaned: boolean, warning: string | undefined]>([
    ['a Job by itself', 'Job', '', true, ORPHANED],
    ['a Job that asks for it', 'Job', '?propagationPolicy=Orphan', true, undefined],
    ['a Job in the background', 'Job', '?propagationPolicy=Background', false, undefined],
    ['a Job in the words of before', 'Job', '?orphanDependents=false', false, undefined],
    ['Jobs of a selection', 'Job', '*', true, ORPHANED],
    ['a ReplicationController by itself', 'ReplicationController', '', true, undefined],
    ['a ReplicaSet by itself', 'ReplicaSet', '', false, undefined],
  ])('let their pods be, or not, when what is deleted is %s', async (_what, kind, path, isOrphaned, warning) => {
    const apiVersion = { Job: 'batch/v1', ReplicaSet: 'apps/v1' }[kind] ?? 'v1';
    const metadata = { name: 'a', namespace: 'default', finalizers: ['own/held'] };
    const { kind: _kind, apiVersion: _version, ...given } = deployment('a');
    const template = { metadata: { labels: { app: 'a' } }, spec: pod('a')['spec'] as JsonObject };
    const selector = kind === 'ReplicaSet' ? { matchLabels: { app: 'a' } } : { app: 'a' };
    const once = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
    t.client.create({ ...given, apiVersion, kind, metadata, spec: kind === 'Job' ? once : { selector, template } });
    const base = `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/namespaces/default/${kind.toLowerCase()}s`;
    const answer = await sendRaw('DELETE', path === '*' ? base : `${base}/a${path}`, '');
    expect(answer.status).toBe(200);
    expect(answer.warning?.slice(0, ORPHANED.length)).toBe(warning);
    const left = t.client.getObject({ apiVersion, kind, namespace: 'default', name: 'a' });
    expect(left?.metadata.finalizers?.includes('orphan')).toBe(isOrphaned);
  });

  it('dry-run without a trace', async () => {
    const { revision } = t.world.store;
    const body = { metadata: { name: 'a' } };
    expect(await t.api.request({ method: 'POST', path: CONFIG_MAPS, query: { dryRun: 'All' }, body })).toMatchObject({
      metadata: { name: 'a' },
    });
    expect(t.world.store.revision).toBe(revision);
    expect((await t.refused({ method: 'POST', path: CONFIG_MAPS, query: { dryRun: 'Some' }, body })).reason).toBe(
      'BadRequest',
    );
  });

  it('have their status and scale apart', async () => {
    t.client.create(deployment('web', 1));
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    expect(await t.api.request({ path: `${path}/scale` })).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=web' },
    });
    const scaled = await t.api.request({
      method: 'PATCH',
      path: `${path}/scale`,
      body: { spec: { replicas: 3 } },
      contentType: 'application/merge-patch+json',
    });
    expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    const scale = await t.api.request({ path: `${path}/scale` });
    expect(
      await t.api.request({
        method: 'PUT',
        path: `${path}/scale`,
        body: { ...(scale as object), spec: { replicas: 2 } },
      }),
    ).toMatchObject({ spec: { replicas: 2 } });
    const body = { metadata: { name: 'web' }, spec: { replicas: 9 }, status: { replicas: 2 } };
    const reported = await t.api.request({
      method: 'PATCH',
      path: `${path}/status`,
      body,
      contentType: 'application/merge-patch+json',
    });
    expect(reported).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 } });
  });

  it('are waited for until they are on disk', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 150 });
    await t.open(createTestRegistry({ clock: linuxClock, store }));
    const path = `${CONFIG_MAPS}/a`;
    const made = t.api.request({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'a' } } });
    while (t.client.get('ConfigMap', { namespace: 'default', name: 'a' }) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const { revision } = store;
    expect(store.durableRevision).toBeLessThan(revision);
    await t.api.request({ path });
    expect(store.durableRevision).toBe(revision);
    await made;
  });

  it('are waited for by refusals, too: they show what is there and what is not', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 150 });
    await t.open(createTestRegistry({ clock: linuxClock, store }));
    await store.durable();
    t.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    const { revision } = store;
    const body = { metadata: { name: 'a' } };
    expect(await t.refused({ method: 'POST', path: CONFIG_MAPS, body })).toMatchObject({ reason: 'AlreadyExists' });
    expect(store.durableRevision).toBe(revision);
    t.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
    expect(await t.refused({ path: `${CONFIG_MAPS}/a` })).toMatchObject({ reason: 'NotFound' });
    expect(store.durableRevision).toBe(revision + 1);
  });
});

describe('refusals', () => {
  const json = 'application/json';
  it.each([
    ['a path that is not there', { path: '/api/v1/nope' }, 404, 'NotFound'],
    ['a refused kind', { path: '/apis/storage.k8s.io/v1/csidrivers' }, 404, 'NotFound'],
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
      400,
      'BadRequest',
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
    const { revision } = t.world.store;
    const error = await t.refused(request as unknown as ApiRequest);
    expect([error.httpStatus, error.reason]).toEqual([code, reason]);
    expect(t.world.store.revision).toBe(revision);
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
      t.client.getObject({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' })?.['dta'],
    ).toBeUndefined();
  });
});

function sendRaw(method: string, path: string, body: string | Buffer) {
  return new Promise<{ status: number; warning: string | undefined; body: unknown }>((resolve, reject) => {
    const message = httpRequest(
      { agent: false, socketPath: t.socketPath, method, path, headers: { 'Content-Type': 'application/json' } },
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

describe('everything else', () => {
  it.each(['/healthz', '/livez', '/readyz'])('%s answers', async (path) => {
    let text = '';
    for await (const chunk of t.api.bytes({ path })) text += Buffer.from(chunk).toString();
    expect(text).toBe('ok');
  });

  it('says what is served', async () => {
    expect(await t.api.request({ path: '/api' })).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = field(await t.api.request({ path: '/apis' }), 'groups') as object[];
    expect(groups.map((group) => field(group, 'name'))).toContain('apps');
    const resources = field(await t.api.request({ path: '/apis/apps/v1' }), 'resources') as object[];
    expect(resources.map((resource) => field(resource, 'name'))).toEqual(
      expect.arrayContaining(['deployments', 'deployments/status', 'deployments/scale']),
    );
    expect(await t.api.request({ path: '/apis/apps' })).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { version: 'v1' },
    });
    expect((await t.refused({ path: '/apis/nope' })).reason).toBe('NotFound');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    expect(await t.api.request({ path: '/api', accept })).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      items: [{ versions: [{ version: 'v1' }] }],
    });
  });

  it('mounts routes of its own', async () => {
    expect(
      await t.api.request({ method: 'POST', path: '/berth/v1/plan', query: { app: 'shop' }, body: { a: 1 } }),
    ).toEqual({ query: 'shop', body: { a: 1 } });
    expect(await take(t.api.lines({ path: '/berth/v1/sync' }), 9)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await t.refused({ path: '/berth/v1/plan' })).reason).toBe('MethodNotAllowed');
  });
});
