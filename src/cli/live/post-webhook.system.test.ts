import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../lib/limits.ts';
import { postWebhook } from './post-webhook.ts';

const SECRET_PATH = 'a-path-that-nobody-may-see';
const MESSAGE = { headers: { title: 'web' }, body: 'web is healthy' };
let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-webhook-'));
  server = createServer((request, response) => {
    if (request.url?.endsWith('/silent')) return;
    response.end(request.url?.endsWith('/long') ? 'x'.repeat(LIMITS.reportAnswerBytes + 1) : '');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  await rm(folder, { recursive: true });
});

async function post(path: string): Promise<number> {
  const urlFile = join(folder, 'webhook');
  await writeFile(urlFile, `http://127.0.0.1:${port}/${SECRET_PATH}/${path}\n`);
  return postWebhook({ urlFile, format: 'ntfy' }, MESSAGE, new AbortController().signal, 200);
}

test('a webhook hears a message', async () => {
  expect(await post('fine')).toBe(200);
});

test.each`
  path        | detail
  ${'silent'} | ${'the delivery failed: no answer within 0.2 s'}
  ${'long'}   | ${`the delivery failed: the answer is longer than ${LIMITS.reportAnswerBytes} bytes`}
`('a webhook that is $path is told as that, without its address', async ({ path, detail }) => {
  const failure = await post(path).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ReportFailed', detail, cause: expect.any(Error) });
  expect(String(failure)).not.toContain(SECRET_PATH);
});
