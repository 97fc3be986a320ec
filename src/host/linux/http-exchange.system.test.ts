import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { makeCertificate } from '../../../test/contracts/make-certificate.ts';
import { createBoundedFetch } from './bounded-fetch.ts';
import { exchange } from './http-exchange.ts';

let server: Server;
let origin: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer(answer);
  origin = `http://127.0.0.1:${await listen(server)}`;
});

afterAll(() => close(server));

afterEach(() => vi.unstubAllEnvs());

async function listen(one: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    one.listen(0, '127.0.0.1', resolve);
  });
  return (one.address() as AddressInfo).port;
}

async function close(one: Server): Promise<void> {
  one.closeAllConnections();
  await new Promise((resolve) => {
    one.close(resolve);
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '', method = '', headers } = request;
  asked.push(`${method} ${url} ${headers.authorization ?? '-'} ${headers['content-length'] ?? '-'}`);
  if (url === '/endless') {
    const more = () => response.write('x'.repeat(64 * 1024), () => setImmediate(more));
    response.on('error', () => {});
    return void more();
  }
  if (url === '/silent') return;
  if (url === '/moved') return void response.writeHead(301, { location: '/here' }).end();
  if (url === '/away') return void response.writeHead(301, { location: 'http://127.0.0.2:1/here' }).end();
  if (url === '/round') return void response.writeHead(302, { location: '/round' }).end();
  if (url === '/nothing') return void response.writeHead(204).end();
  response.setHeader('set-cookie', ['a=1', 'b=2']);
  response.end(`${method} here`);
}

test('an answer is read up to its limit and no further', async () => {
  const url = new URL('/endless', origin);
  await expect(exchange({ url, maxBytes: 100_000 })).rejects.toThrow('the answer is longer than 100000 bytes');
  await expect(createBoundedFetch(100_000)(url)).rejects.toThrow('the answer is longer than 100000 bytes');
});

test('a name goes to the address that was judged, and nowhere else', async () => {
  const url = new URL(origin.replace('127.0.0.1', 'no-such-host.invalid'));
  const answer = await exchange({ url, maxBytes: 1_000, address: { address: '127.0.0.1', family: 4 } });
  expect(answer.body.toString()).toBe('GET here');
});

test('fetch follows a redirect at the same origin, with its credential, and no other', async () => {
  const fetch = createBoundedFetch(1_000);
  const headers = { authorization: 'token secret' };
  asked.length = 0;
  const moved = await fetch(`${origin}/moved`, { headers });
  expect([moved.status, moved.url, await moved.text()]).toEqual([200, `${origin}/here`, 'GET here']);
  expect((await fetch(`${origin}/away`, { headers })).status).toBe(301);
  expect((await fetch(`${origin}/moved`, { method: 'POST', body: '{}', headers })).status).toBe(301);
  expect((await fetch(`${origin}/round`)).status).toBe(302);
  expect(asked.filter((line) => line.startsWith('POST'))).toEqual(['POST /moved token secret 2']);
  expect(asked.filter((line) => line.includes('/round'))).toHaveLength(4);
});

test('fetch hands out what a client of an API looks at', async () => {
  const fetch = createBoundedFetch(1_000);
  expect((await fetch(`${origin}/nothing`)).status).toBe(204);
  const answer = await fetch(`${origin}/x`, { method: 'POST', body: 'ä' });
  expect(answer.headers.get('set-cookie')).toBe('a=1, b=2');
  expect(asked.at(-1)).toBe('POST /x - 2');
  await expect(fetch(`${origin}/silent`, { signal: AbortSignal.timeout(5) })).rejects.toThrow(/abort/i);
});

const HIDDEN_NAME = 'only-the-proxy-knows.invalid';

/** A proxy that the environment names while a test runs. */
async function withProxy(
  options: { readonly onConnect?: (client: Duplex, target: string) => void; readonly variables?: readonly string[] },
  body: (proxy: { readonly tunnels: readonly string[]; readonly asked: readonly string[] }) => Promise<void>,
): Promise<void> {
  const tunnels: string[] = [];
  const requests: string[] = [];
  const proxy = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.host} ${request.headers['proxy-authorization'] ?? '-'}`);
    response.end('from afar');
  });
  proxy.on('connect', (request, client) => {
    client.on('error', () => {});
    tunnels.push(request.url ?? '');
    options.onConnect?.(client, request.url ?? '');
  });
  const clients = new Set<Duplex>();
  proxy.on('connection', (client) => clients.add(client));
  const port = await listen(proxy);
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toLowerCase(), '');
  }
  for (const name of options.variables ?? ['http_proxy', 'https_proxy'])
    vi.stubEnv(name, `http://ada:s3cret@127.0.0.1:${port}`);
  try {
    await body({ tunnels, asked: requests });
  } finally {
    for (const client of clients) client.destroy();
    await close(proxy);
  }
}

test('a proxy is asked for http by the whole address, also by names in capitals; no_proxy and this machine go past it', async () => {
  const { port } = new URL(origin);
  const url = new URL(`http://${HIDDEN_NAME}:${port}/x?y=1`);
  for (const variable of ['http_proxy', 'HTTP_PROXY', 'all_proxy'])
    await withProxy({ variables: [variable] }, async ({ asked: requests, tunnels }) => {
      expect((await exchange({ url, maxBytes: 1_000 })).body.toString()).toBe('from afar');
      const authorization = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
      expect(requests).toEqual([`${url} ${HIDDEN_NAME}:${port} ${authorization}`]);
      expect((await exchange({ url: new URL(origin), maxBytes: 1_000 })).body.toString()).toBe('GET here');
      vi.stubEnv('no_proxy', HIDDEN_NAME);
      const address = { address: '127.0.0.1', family: 4 };
      expect((await exchange({ url, maxBytes: 1_000, address })).body.toString()).toBe('GET here');
      expect([requests.length, tunnels.length]).toEqual([1, 0]);
    });
});

const NO_OPENSSL = spawnSync('openssl', ['version']).status !== 0;

test.skipIf(NO_OPENSSL)('a proxy carries https through a tunnel', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-proxy-'));
  const { cert, key } = await makeCertificate(folder, join(folder, 'cert.pem'), [`DNS:${HIDDEN_NAME}`]);
  const secure = createTlsServer({ cert, key }, answer);
  const port = await listen(secure);
  const onConnect = (client: Duplex) => {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => {});
  };
  try {
    await withProxy({ onConnect }, async ({ tunnels }) => {
      const answer = await exchange({ url: new URL(`https://${HIDDEN_NAME}/x`), maxBytes: 1_000, tls: { ca: cert } });
      expect(answer.body.toString()).toBe('GET here');
      expect(tunnels).toEqual([`${HIDDEN_NAME}:443`]);
    });
  } finally {
    await close(secure);
    await rm(folder, { recursive: true });
  }
});

test.each([401, 404, 407])(
  'what a proxy answers instead of a tunnel is not the answer of the origin: %d',
  async (status) => {
    const onConnect = (client: Duplex) =>
      client.end(`HTTP/1.1 ${status} No\r\nwww-authenticate: Bearer realm="https://a.example/token"\r\n\r\n`);
    await withProxy({ onConnect }, async ({ tunnels }) => {
      const asking = exchange({ url: new URL(`https://${HIDDEN_NAME}/x`), maxBytes: 1_000 });
      await expect(asking).rejects.toThrow(`the proxy answered CONNECT with ${status}`);
      expect(tunnels).toHaveLength(1);
    });
  },
);

test('a proxy that never answers is waited for no longer than the request', async () => {
  let ended: Promise<void> = Promise.resolve();
  const onConnect = (client: Duplex) => {
    ended = new Promise((resolve) => {
      client.on('end', resolve).resume();
    });
  };
  await withProxy({ onConnect }, async () => {
    const signal = AbortSignal.timeout(200);
    await expect(exchange({ url: new URL(`https://${HIDDEN_NAME}/x`), maxBytes: 1_000, signal })).rejects.toThrow(
      /abort/i,
    );
    await ended;
  });
});

test.each`
  proxy                    | problem
  ${'socks5://127.0.0.1'}  | ${'the environment names a proxy that speaks socks5, and not http'}
  ${'http://[not an one]'} | ${'the proxy that the environment names is no address'}
`('$proxy is refused: $problem', async ({ proxy, problem }) => {
  vi.stubEnv('https_proxy', '');
  vi.stubEnv('HTTPS_PROXY', '');
  vi.stubEnv('all_proxy', proxy);
  vi.stubEnv('no_proxy', '');
  await expect(exchange({ url: new URL(`https://${HIDDEN_NAME}`), maxBytes: 1 })).rejects.toThrow(problem);
});
