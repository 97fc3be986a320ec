import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
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
  await expect(fetch(`${origin}/endless`, { signal: AbortSignal.timeout(5) })).rejects.toThrow();
});

test('a proxy of the environment carries the request, and no_proxy keeps it from that', async () => {
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, client, head) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(Number(new URL(origin).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client]) socket.on('error', () => {});
  });
  const port = await listen(proxy);
  try {
    vi.stubEnv('http_proxy', `http://127.0.0.1:${port}`);
    const url = new URL('http://only-the-proxy-knows.invalid/x');
    expect((await exchange({ url, maxBytes: 1_000 })).body.toString()).toBe('GET here');
    expect(tunnels).toEqual(['only-the-proxy-knows.invalid:80']);
    vi.stubEnv('no_proxy', '127.0.0.1');
    expect((await exchange({ url: new URL(origin), maxBytes: 1_000 })).status).toBe(200);
    expect(tunnels).toHaveLength(1);
  } finally {
    await close(proxy);
  }
});
