import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ActionRepository, ActionWorld, pullRequestEvent } from './action-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DIGEST = `sha256:${'a'.repeat(64)}`;
const PASSWORD = Buffer.from('ada:s3cret').toString('base64');

/** A registry on this machine: `shop/web:1` is there, `private/web:1` for Ada only, anything else is not. */
let registry: Server;
let host: string;
let repository: ActionRepository;
let world: ActionWorld;
const asked: string[] = [];

beforeAll(async () => {
  registry = createServer(({ method, url = '', headers }, response) => {
    asked.push(`${method} ${url}`);
    const isPrivate = url.startsWith('/v2/private/');
    if (isPrivate && headers.authorization !== `Basic ${PASSWORD}`)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
    const isThere = /^\/v2\/(?:shop|private)\/web\/manifests\/1$/.test(url);
    response.writeHead(isThere ? 200 : 404, isThere ? { 'docker-content-digest': DIGEST } : {}).end();
  });
  await new Promise<void>((resolve) => {
    registry.listen(0, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  repository = await ActionRepository.create();
  world = new ActionWorld(repository.program);
  await world.github.start();
  mkdirSync(join(world.home, '.docker'));
  writeFileSync(join(world.home, '.docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth: PASSWORD } } }));
});

afterAll(async () => {
  registry.closeAllConnections();
  await new Promise((resolve) => {
    registry.close(resolve);
  });
  await world.close();
  repository.close();
});

async function planImage(image: string, environment: Readonly<Record<string, string>> = {}) {
  const change = { 'web.yaml': (text: string) => text.replace('busybox:1.36', `${host}/${image}`) };
  const { workspace, head } = repository.checkout(change);
  world.github.heads.set(7, head);
  world.github.comments.length = 0;
  const run = await world.run({
    workspace,
    payload: pullRequestEvent(head, repository.main),
    inputs: { images: 'true' },
    environment: { BERTH_PRIVATE_REGISTRIES: host, ...environment },
  });
  const row = world.github.comments[0]?.body.split('\n').find((line) => line.includes(image) && line.startsWith('|'));
  return { ...run, row: row ?? '' };
}

it('an image that its registry has is reported with its digest, one that it lacks is an error at its line', async () => {
  const there = await planImage('shop/web:1');
  expect(there.code).toBe(0);
  expect(there.row).toBe(`| \`${host}/shop/web:1\` | added | yes | \`sha256:${'a'.repeat(12)}\` |  |`);
  const missing = await planImage('shop/web:2');
  expect(missing.code).toBe(1);
  expect(missing.row).toContain('❌ no');
  expect(missing.log).toMatch(/^::error file=web\.yaml,line=\d+(,[a-zA-Z=\d,]*)?,title=ImageMissing::/m);
});

it('an image of a private registry is looked up with the credentials of `docker login`, which stay with it', async () => {
  const { row, log, summary } = await planImage('private/web:1');
  expect(row).toContain('| added | yes |');
  expect(`${log}${summary}${JSON.stringify(world.github.comments)}`).not.toMatch(/s3cret|YWRhOn/);
});

it('a registry at a private address that nobody listed is not asked at all', async () => {
  asked.length = 0;
  const { code, row } = await planImage('shop/web:1', { BERTH_PRIVATE_REGISTRIES: '' });
  expect([code, asked]).toEqual([0, []]);
  expect(row).toContain('not known');
  expect(row).toContain('its address is private');
});
