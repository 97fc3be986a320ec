import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../lib/limits.ts';
import { createImageLookup } from './look-up-images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/**
 * A registry on this machine: public images, some that ask for a token, one that leads elsewhere. Its tokens may come
 * from another server.
 */
let registry: Server;
let issuer: Server;
let host: string;
let issuerHost: string;
const asked: string[] = [];

beforeAll(async () => {
  registry = createServer(answer);
  await new Promise<void>((resolve) => {
    registry.listen(0, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  issuer = createServer(answer);
  await new Promise<void>((resolve) => {
    issuer.listen(0, '127.0.0.1', resolve);
  });
  // Another host than the registry's.
  issuerHost = `localhost:${(issuer.address() as AddressInfo).port}`;
});

afterAll(async () => {
  for (const server of [registry, issuer]) {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '', method, headers } = request;
  asked.push(`${method} ${headers.host} ${url} ${headers.authorization ?? '-'}`);
  const send = (status: number, more: Record<string, string> = {}, body = '') =>
    response.writeHead(status, more).end(body);
  if (method === 'POST' && url === '/token') {
    let form = '';
    request.on('data', (chunk: Buffer) => {
      form += chunk.toString();
    });
    return void request.on('end', () => {
      asked.push(form);
      const isKnown = new URLSearchParams(form).get('refresh_token') === 'identity';
      send(isKnown ? 200 : 401, {}, isKnown ? '{"access_token":"t0ken"}' : '');
    });
  }
  if (url.startsWith('/token')) {
    const isKnown = headers.authorization === `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
    return void send(isKnown ? 200 : 401, {}, isKnown ? '{"token":"t0ken"}' : '');
  }
  if (url.startsWith('/v2/private/')) {
    if (headers.authorization === 'Bearer t0ken') return void send(200, { 'docker-content-digest': DIGEST });
    return void send(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="here",scope="pull"` });
  }
  const realms: Readonly<Record<string, string>> = {
    '/v2/issued/': `http://${issuerHost}/token`,
    '/v2/unknown-issuer/': 'http://169.254.169.254/token',
    '/v2/odd-issuer/': 'file:///etc/passwd',
    '/v2/two-slashes-issuer/': `http://${host}//${issuerHost}/token`,
  };
  for (const [path, realm] of Object.entries(realms)) {
    if (!url.startsWith(path)) continue;
    if (headers.authorization === 'Bearer t0ken') return void send(200, { 'docker-content-digest': DIGEST });
    return void send(401, { 'www-authenticate': `Bearer realm="${realm}",service="here",scope="pull"` });
  }
  if (url.startsWith('/v2/other-port/'))
    return void send(307, { location: `http://127.0.0.1:${issuerHost.split(':')[1]}/v2/private/x/manifests/1` });
  if (url.startsWith('/v2/two-slashes/'))
    return void send(307, { location: `http://${host}//${issuerHost}/v2/private/x/manifests/1` });
  if (url.startsWith('/v2/basic/')) {
    const isKnown = headers.authorization === `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
    return void send(isKnown ? 200 : 401, isKnown ? {} : { 'www-authenticate': 'Basic realm="here"' });
  }
  if (url.startsWith('/v2/elsewhere/')) return void send(307, { location: 'http://169.254.169.254/latest/meta-data' });
  if (url === '/v2/shop/web/manifests/1') return void send(200, { 'docker-content-digest': DIGEST });
  if (url.startsWith('/v2/broken/')) return void send(500);
  send(404);
}

interface LookUpOptions {
  readonly isListed?: boolean;
  readonly isIssuerListed?: boolean;
  readonly password?: string;
  readonly identityToken?: string;
}

function lookUp(image: string, options: LookUpOptions = {}) {
  const { isListed = true, isIssuerListed = true, password, identityToken } = options;
  const known = {
    username: 'ada',
    password: password ?? '',
    ...(identityToken === undefined ? {} : { identityToken }),
  };
  const look = createImageLookup({
    credentialsOf: async () => (password === undefined && identityToken === undefined ? [] : [known]),
    privateRegistries: [...(isListed ? [host] : []), ...(isIssuerListed ? [issuerHost] : [])],
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
  ${'basic/x:1'}   | ${undefined} | ${{ found: 'unauthorized' }}
  ${'basic/x:1'}   | ${'s3cret'}  | ${{ found: 'yes' }}
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
  expect(await lookUp('elsewhere/x:1')).toEqual({ found: 'unknown', detail: 'the registry answered with 307' });
  expect(await lookUp('Not A Name')).toMatchObject({ found: 'no' });
});

test('only the head of a manifest is asked for, and the password goes to the token issuer alone', async () => {
  asked.length = 0;
  await lookUp('private/x:1', { password: 's3cret' });
  expect(asked.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'GET', 'HEAD']);
  expect(asked.filter((line) => line.includes('Basic')).map((line) => line.split(' ')[2]?.split('?')[0])).toEqual([
    '/token',
  ]);
});

test('whom the registry names as the issuer of its tokens gets its credentials, as with Docker', async () => {
  asked.length = 0;
  expect(await lookUp('issued/x:1', { password: 's3cret' })).toEqual({ found: 'yes', digest: DIGEST });
  expect(asked.filter((line) => line.includes('Basic'))).toEqual([
    expect.stringContaining(`GET ${issuerHost} /token?service=here&scope=pull Basic `),
  ]);
  expect(await lookUp('issued/x:1', { identityToken: 'identity' })).toEqual({ found: 'yes', digest: DIGEST });
  expect(asked).toContain('service=here&scope=pull&grant_type=refresh_token&client_id=berth&refresh_token=identity');
});

test('an issuer at a private address that nobody listed, or behind no web address, is not asked', async () => {
  asked.length = 0;
  const password = 's3cret';
  expect(await lookUp('issued/x:1', { password, isIssuerListed: false })).toMatchObject({ found: 'unknown' });
  expect(await lookUp('unknown-issuer/x:1', { password })).toMatchObject({ found: 'unknown' });
  expect(await lookUp('odd-issuer/x:1', { password })).toMatchObject({ found: 'unauthorized' });
  expect(asked.join()).not.toContain('Basic');
});

test('another port of the same machine is another server: nothing is followed there', async () => {
  asked.length = 0;
  expect(await lookUp('other-port/x:1', { password: 's3cret' })).toEqual({
    found: 'unknown',
    detail: 'the registry answered with 307',
  });
  expect(asked).toHaveLength(1);
});

test.each(['two-slashes', 'two-slashes-issuer'])(
  '%s: a path that begins with two slashes names no other host',
  async (kind) => {
    asked.length = 0;
    await lookUp(`${kind}/x:1`, { password: 's3cret', isIssuerListed: false });
    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain(` ${host} //${issuerHost}/`);
  },
);

test('what is beyond the limit of images is not asked for, and says so', async () => {
  const images = Array.from({ length: LIMITS.planImages + 1 }, (_, index) => `Not A Name ${index}`);
  const look = createImageLookup({ credentialsOf: async () => [], privateRegistries: [] });
  const found = await look(images);
  expect(found.size).toBe(LIMITS.planImages + 1);
  expect(found.get(images.at(-1) ?? '')).toEqual({
    found: 'unknown',
    detail: 'it was not asked for: the limit planImages is reached',
  });
});

const unreadable = async () => {
  throw new Error('docker-credential-corp at 10.1.2.3 says s3cret');
};

test('credentials that cannot be read leave unknown what asks for them, in words without a secret', async () => {
  const look = createImageLookup({ credentialsOf: unreadable, privateRegistries: [host] });
  const found = await look([`${host}/basic/x:1`, `${host}/private/x:1`, `${host}/shop/web:1`]);
  const unknown = {
    found: 'unknown',
    detail: "the registry asks for credentials, and those of Docker's configuration could not be read",
  };
  expect([...found.values()]).toEqual([unknown, unknown, { found: 'yes', digest: DIGEST }]);
});

test('a registry that cannot be reached is named without its address', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => {
    gone.listen(0, '127.0.0.1', resolve);
  });
  const goneHost = `127.0.0.1:${(gone.address() as AddressInfo).port}`;
  await new Promise((resolve) => {
    gone.close(resolve);
  });
  const found = await createImageLookup({ credentialsOf: async () => [], privateRegistries: [goneHost] })([
    `${goneHost}/x:1`,
  ]);
  expect([...found.values()]).toEqual([
    { found: 'unknown', detail: 'the registry did not answer: nothing listens at its address (ECONNREFUSED)' },
  ]);
});

test('a credential helper that never answers is waited for no longer than all look-ups may take', async () => {
  const look = createImageLookup({
    credentialsOf: () => new Promise(() => {}),
    privateRegistries: [host],
    lookupsMs: 100,
  });
  const image = `${host}/basic/x:1`;
  expect((await look([image])).get(image)).toEqual({
    found: 'unknown',
    detail: 'it was not asked for: the limit registryLookupsMs is reached',
  });
});
