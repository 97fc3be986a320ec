import { expect, test } from 'vitest';
import type { HttpProbeReply, HttpProbeRequest } from '../../host/probe-sockets.ts';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { createSimEngine } from '../../runtime/index.ts';
import { runHook } from './run-hook.ts';

/** What a kubelet's hooks are held to (handlers_test.go). */

type Handler = Parameters<typeof runHook>[1];
type HttpGet = NonNullable<Handler['httpGet']>;

const ports = [{ name: 'quux', containerPort: 8080 }];
const target = { container: { name: 'app', ports }, containerId: 'c', podIp: '233.252.0.1' };
const OK: HttpProbeReply = { type: 'response', statusCode: 200, body: '' };

async function run(
  handler: Handler,
  replies: readonly HttpProbeReply[] = [],
  timeoutMs = 30_000,
  podIp = target.podIp,
) {
  const clock = new VirtualClock();
  const asked: HttpProbeRequest[] = [];
  const sockets = {
    httpGet: async (request: HttpProbeRequest) => replies[asked.push(request) - 1] ?? OK,
    tcpConnect: async () => ({ type: 'connected' as const }),
  };
  const runtime = createSimEngine({ clock, random: new SeededRandom(1) }).connect('c');
  const running = runHook({ runtime, sockets, clock }, handler, { ...target, podIp }, timeoutMs);
  while (clock.fireNext());
  return { failure: await running, asked };
}

test.each<[string, HttpGet, string, string?]>([
  ['missing pod IP', { path: 'foo', port: '42', host: 'example.test' }, 'http://example.test:42/foo', ''],
  ['missing host', { path: 'foo', port: '42' }, 'http://233.252.0.1:42/foo'],
  ['path with leading slash', { path: '/foo', port: '42' }, 'http://233.252.0.1:42/foo'],
  ['port resolution', { path: 'foo', port: 'quux' }, 'http://233.252.0.1:8080/foo'],
  ['https', { path: 'foo', port: '4430', scheme: 'HTTPS' }, 'https://233.252.0.1:4430/foo'],
  ['query param', { path: 'foo?k=v', port: '80' }, 'http://233.252.0.1:80/foo?k=v'],
  ['fragment', { path: 'foo#frag', port: '80' }, 'http://233.252.0.1:80/foo#frag'],
])('a hook asks by HTTP: %s', async (_what, httpGet, url, podIp = target.podIp) => {
  const { failure, asked } = await run({ httpGet }, [], 30_000, podIp);
  expect(failure).toBeUndefined();
  expect(asked.map((request) => request.url)).toEqual([url]);
});

test('a hook says who asks, and takes its own headers along', async () => {
  const httpHeaders = [
    { name: 'Foo', value: 'bar' },
    { name: 'Host', value: 'from.header' },
  ];
  const { asked } = await run({ httpGet: { port: 80, httpHeaders } });
  expect(asked[0]?.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'User-Agent: kube-lifecycle/1.32',
    'Accept: */*',
    'Foo: bar',
    'Host: from.header',
  ]);
});

const moved: HttpProbeReply = { type: 'response', statusCode: 301, location: '/drain/', body: '' };
const elsewhere: HttpProbeReply = { type: 'response', statusCode: 301, location: 'http://other.test/', body: '' };
const failed: HttpProbeReply = { type: 'response', statusCode: 500, body: '' };
const refused: HttpProbeReply = { type: 'error', message: 'connect: connection refused', timedOut: false };

test.each<[string, readonly HttpProbeReply[], string | undefined, readonly string[]]>([
  ['any answer counts', [failed], undefined, ['/drain']],
  ['a redirect on the same host is followed', [moved], undefined, ['/drain', '/drain/']],
  ['a redirect elsewhere is not', [elsewhere], undefined, ['/drain']],
  ['nobody answers', [refused], 'Get "http://233.252.0.1:80/drain": connect: connection refused', ['/drain']],
])('%s', async (_what, replies, expected, paths) => {
  const { failure, asked } = await run({ httpGet: { port: 80, path: '/drain' } }, replies);
  expect(failure).toBe(expected);
  expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(paths);
});

test.each<[string, Handler, string | undefined, number?]>([
  ['nothing to do', {}, 'no supported handler'],
  ['a port without a name', { httpGet: { port: '' } }, 'no port named ""'],
  ['a sleep within the grace period', { sleep: { seconds: 5 } }, undefined, 30_000],
  ['a sleep beyond it', { sleep: { seconds: 3 } }, 'container terminated before sleep hook finished', 2_000],
])('%s', async (_what, handler, expected, timeoutMs) => {
  expect((await run(handler, [], timeoutMs)).failure).toBe(expected);
});
