import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageLookup } from './look-up-images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A registry on this machine: public images, one that asks for a token, one that leads elsewhere. */
let registry: Server;
let host: string;
const asked: string[] = [];

beforeAll(async () => {
  registry = createServer(answer);
  await new Promise<void>((resolve) => {
    registry.listen(0, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
});

afterAll(async () => {
  registry.closeAllConnections();
  await new Promise((resolve) => {
    registry.close(resolve);
  });
});

function answer({ url = '', method, headers }: IncomingMessage, response: ServerResponse): void {
  asked.push(`${method} ${url} ${headers.authorization ?? '-'}`);
  const send = (status: number, more: Record<string, string> = {}, body = '') =>
    response.writeHead(status, more).end(body);
  if (url.startsWith('/token')) {
    const isKnown = headers.authorization === `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
    return void send(isKnown ? 200 : 401, {}, isKnown ? '{"token":"t0ken"}' : '');
  }
  if (url.startsWith('/v2/private/')) {
    if (headers.authorization === 'Bearer t0ken') return void send(200, { 'docker-content-digest': DIGEST });
    return void send(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="here",scope="pull"` });
  }
  if (url.startsWith('/v2/elsewhere/')) return void send(307, { location: 'http://169.254.169.254/latest/meta-data' });
  if (url === '/v2/shop/web/manifests/1') return void send(200, { 'docker-content-digest': DIGEST });
  if (url.startsWith('/v2/broken/')) return void send(500);
  send(404);
}

function lookUp(image: string, options: { readonly isListed?: boolean; readonly password?: string } = {}) {
  const { isListed = true, password } = options;
  const look = createImageLookup({
    credentialsOf: async () => (password === undefined ? [] : [{ username: 'ada', password }]),
    privateRegistries: isListed ? [host] : [],
  });
  return look([`${host}/${image}`]).then((found) => found.get(`${host}/${image}`));
}

test.each`
  image            | password     | found
  ${'shop/web:1'}  | ${undefined} | ${{ found: 'yes', digest: DIGEST }}
  ${'shop/web:2'}  | ${undefined} | ${{ found: 'no' }}
  ${'private/x:1'} | ${undefined} | ${{ found: 'unauthorized' }}
  ${'private/x:1'} | ${'wrong'}   | ${{ found: 'unauthorized' }}
  ${'private/x:1'} | ${'s3cret'}  | ${{ found: 'yes', digest: DIGEST }}
  ${'broken/x:1'}  | ${undefined} | ${{ found: 'unknown' }}
`('$image with the password $password: $found', async ({ image, password, found }) => {
  expect(await lookUp(image, { password })).toMatchObject(found);
});

test('a private address is not asked unless its registry is listed', async () => {
  const before = asked.length;
  expect(await lookUp('shop/web:1', { isListed: false })).toEqual({
    found: 'unknown',
    detail: 'the registry did not answer: its address is private, and it is not listed in BERTH_PRIVATE_REGISTRIES',
  });
  expect(asked.length).toBe(before);
});

test('a registry leads nowhere else, and what is no image name is asked nowhere', async () => {
  expect(await lookUp('elsewhere/x:1')).toMatchObject({ found: 'unknown' });
  expect(await lookUp('Not A Name')).toMatchObject({ found: 'no' });
});

test('only the head of a manifest is asked for, and the password goes to the token issuer alone', async () => {
  asked.length = 0;
  await lookUp('private/x:1', { password: 's3cret' });
  expect(asked.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'GET', 'HEAD']);
  expect(asked.filter((line) => line.includes('Basic')).map((line) => line.split(' ')[1]?.split('?')[0])).toEqual([
    '/token',
  ]);
});
