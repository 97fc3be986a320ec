import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { field, useTestApi } from '../test-api.ts';

const t = useTestApi();

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath: t.socketPath, path, headers, agent: false }, resolve).on('error', reject).end();
  });
}

it('serves a document by the address that the index has, for good', async () => {
  const index = await t.api.request({ path: '/openapi/v3' });
  const url = String(field(index, 'paths', 'apis/apps/v1', 'serverRelativeURL'));
  expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{32}$/);
  const answer = await get(url);
  expect(answer.headers).toMatchObject({ 'cache-control': 'public, immutable', expires: expect.any(String) });
  expect(JSON.parse((await answer.toArray()).join(''))).toMatchObject({ openapi: '3.0.0' });

  const again = await get(url, { 'If-None-Match': String(answer.headers.etag) });
  expect(again.resume().statusCode).toBe(304);
  const old = await get('/openapi/v3/apis/apps/v1?hash=0');
  expect(old.resume().headers.location).toBe(url);
});

it('knows nothing of what is not served', async () => {
  expect((await t.refused({ path: '/openapi/v3/apis/nope/v1' })).reason).toBe('NotFound');
  expect((await t.refused({ path: '/openapi/v3', method: 'POST', body: {} })).reason).toBe('MethodNotAllowed');
});
