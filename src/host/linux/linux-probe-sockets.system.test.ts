import * as http from 'node:http';
import * as net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LinuxProbeSockets } from './linux-probe-sockets.ts';

const sockets = new LinuxProbeSockets();
const silent = net.createServer(() => {});
const server = http.createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/next' }).end();
  else if (request.url === '/endless') {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(1000)), 5);
    response.on('close', () => clearInterval(timer));
  } else response.end(`${request.headers.host} ${request.headers['x-a']} ${request.headers.connection}`);
});

const listen = (it: net.Server) => new Promise<void>((resolve) => it.listen(0, '127.0.0.1', resolve));
const portOf = (it: net.Server) => {
  const address = it.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
const get = (port: number, path: string, headers: { name: string; value: string }[] = [], timeoutMs = 1_000) =>
  sockets.httpGet({ url: `http://127.0.0.1:${port}${path}`, headers, timeoutMs, maxBodyBytes: 2_000 });

beforeAll(async () => {
  await Promise.all([listen(server), listen(silent)]);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  silent.close();
});

test('a request carries its headers and no keep-alive', async () => {
  const headers = [
    { name: 'Host', value: 'web.test' },
    { name: 'X-A', value: '1' },
    { name: 'X-A', value: '2' },
  ];
  expect(await get(portOf(server), '/', headers)).toEqual({
    type: 'response',
    statusCode: 200,
    body: 'web.test 1, 2 close',
  });
});

test('a redirect is told, not followed', async () => {
  expect(await get(portOf(server), '/moved')).toMatchObject({ statusCode: 302, location: '/next' });
});

test('a body without an end is cut', async () => {
  expect((await get(portOf(server), '/endless')).type).toBe('response');
});

test('silence, refusal and nonsense have their words', async () => {
  expect(await get(portOf(silent), '/', [], 100)).toMatchObject({ type: 'error', timedOut: true });
  expect(await get(1, '/')).toEqual({ type: 'error', message: 'connect: connection refused', timedOut: false });
  expect(await get(1, '/', [{ name: 'bad header', value: 'x' }])).toMatchObject({ type: 'error', timedOut: false });
});

test('a connection is opened and closed', async () => {
  expect(await sockets.tcpConnect('127.0.0.1', portOf(silent), 1_000)).toEqual({ type: 'connected' });
  expect(await sockets.tcpConnect('127.0.0.1', 1, 1_000)).toMatchObject({ message: 'connect: connection refused' });
});
