import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../../../api/http/index.ts';
import { createTestRegistry } from '../../../api/testing.ts';
import { linuxClock } from '../../../host/linux/linux-clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { readAccessFile } from './access-file.ts';
import type { Grant } from './grant.ts';
import { KubectlAccess } from './kubectl-access.ts';

const noStreams = async () => {
  throw new Error('no pod has streams here');
};

let folder: string;
let server: ApiServer;
let access: KubectlAccess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-access-'));
  server = newServer();
  access = newAccess(server);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function newServer(): ApiServer {
  return createApiServer({
    registry: createTestRegistry({ clock: linuxClock }).registry,
    podStreams: { logs: noStreams, exec: noStreams, attach: noStreams, connect: noStreams },
    version: '0.1.0',
    extraRoutes: [{ method: 'GET', path: '/berth/v1/status', handle: () => ({ json: {} }) }],
  });
}

function newAccess(of: ApiServer): KubectlAccess {
  return new KubectlAccess({
    listen: (options) => of.listenWithToken(options),
    clock: linuxClock,
    logger: silentLogger,
    file: join(folder, 'kubectl-access.json'),
    cluster: 'box1',
  });
}

/** Any free port: other programs of the machine may have the usual ones. */
async function freePort(): Promise<number> {
  const door = await access.openSession(AbortSignal.timeout(50));
  await new Promise((resolve) => setTimeout(resolve, 100));
  return door.port;
}

function ask(grant: Grant, path: string, authorization?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    const options = { host: '127.0.0.1', port: grant.port, path, ca: grant.authority, headers, agent: false };
    request(options, resolve).on('error', reject).end();
  });
}

async function codeOf(grant: Grant, path: string, authorization?: string): Promise<number | undefined> {
  const answer = await ask(grant, path, authorization);
  answer.resume();
  return answer.statusCode;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

it('lets in who has the token, over TLS that the kubeconfig vouches for, and nobody else', async () => {
  const grant = await access.openSession(new AbortController().signal);
  const path = '/api/v1/namespaces';
  expect(await codeOf(grant, path, `Bearer ${grant.token}`)).toBe(200);
  for (const wrong of [undefined, 'Bearer', `Bearer ${grant.token}x`, `Basic ${grant.token}`, 'Bearer x']) {
    expect(await codeOf(grant, path, wrong)).toBe(401);
  }
  const refusal = await ask(grant, path);
  expect(JSON.parse((await refusal.toArray()).join(''))).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
});

it('serves nothing of Berth itself there', async () => {
  const grant = await access.openSession(new AbortController().signal);
  expect(await codeOf(grant, '/berth/v1/status', `Bearer ${grant.token}`)).toBe(404);
});

it('closes the port of a session with it, and what came in by it', async () => {
  const session = new AbortController();
  const grant = await access.openSession(session.signal);
  const other = await access.openSession(new AbortController().signal);
  expect(other.token).not.toBe(grant.token);
  const watch = await ask(grant, '/api/v1/configmaps?watch=true', `Bearer ${grant.token}`);
  const ended = new Promise((resolve) => watch.on('close', resolve));
  watch.on('error', () => {}).resume();
  session.abort();
  await ended;
  expect(await isOpen(grant.port)).toBe(false);
  expect(await codeOf(other, '/api', `Bearer ${other.token}`)).toBe(200);
});

it('keeps the port and the token of a kubeconfig over a restart, in a file of its own user', async () => {
  const port = await freePort();
  const grant = await access.grant(port);
  expect(grant.port).toBe(port);
  expect(await access.grant(undefined)).toEqual(grant);
  const file = join(folder, 'kubectl-access.json');
  // The port that is open goes by what it was opened with, and writes that down again.
  await rm(file);
  expect(await access.grant(undefined)).toEqual(grant);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(readAccessFile(file)).toMatchObject({ port, token: grant.token });
  await server.close();
  expect(await isOpen(port)).toBe(false);

  server = newServer();
  access = newAccess(server);
  await access.reopen();
  expect(await codeOf(grant, '/api', `Bearer ${grant.token}`)).toBe(200);
});

it('revokes a kubeconfig, and gives the next one another token', async () => {
  const port = await freePort();
  const grant = await access.grant(port);
  expect(await access.revoke()).toBe(true);
  expect(await access.revoke()).toBe(false);
  expect(await isOpen(port)).toBe(false);
  const next = await access.grant(port);
  expect(next.token).not.toBe(grant.token);
  await expect(ask(grant, '/api', `Bearer ${grant.token}`)).rejects.toThrow(/certificate/);
});

it('moves to another port when that is asked for, and says when one is taken', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const grant = await access.grant(first);
  const moved = await access.grant(second);
  expect(moved).toEqual({ ...grant, port: second });
  expect(await isOpen(first)).toBe(false);
  const session = await access.openSession(new AbortController().signal);
  await expect(access.grant(session.port)).rejects.toMatchObject({
    reason: 'Conflict',
    message: expect.stringContaining(`port ${session.port} cannot be opened`),
  });
  expect(await codeOf(moved, '/api', `Bearer ${grant.token}`)).toBe(200);
});
