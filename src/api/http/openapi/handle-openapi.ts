import type { Exchange } from '../exchange.ts';
import { respondJson } from '../respond.ts';

const ROOT = '/openapi/v3';
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export function isOpenApiPath(path: string): boolean {
  return path === ROOT || path.startsWith(`${ROOT}/`);
}

/**
 * Answers as kube-openapi does (k8s.io/kube-openapi/pkg/handler3): the index, or the document of a group version. One
 * that was asked for with its own hash may be kept for good, one with an older hash is redirected to the present one.
 * `false` where there is no such document.
 */
export async function handleOpenApi(exchange: Exchange): Promise<boolean> {
  const { path, query, request, response, server } = exchange;
  if (path === ROOT || path === `${ROOT}/`) {
    await respondJson(exchange, 200, await server.openApi.index());
    return true;
  }
  const name = path.slice(ROOT.length + 1);
  const found = server.openApi.find(name);
  if (found === undefined) return false;
  const etag = `"${found.hash}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept');
  const asked = query.get('hash');
  if (asked !== null && asked !== '' && asked !== found.hash) {
    response.writeHead(301, { Location: `${ROOT}/${name}?hash=${found.hash}` }).end();
    return true;
  }
  const isForGood = asked === found.hash;
  response.setHeader('Cache-Control', isForGood ? 'public, immutable' : 'no-cache, private');
  if (isForGood) {
    const untilMs = server.registry.clock.wallMs() + YEAR_SECONDS * 1000;
    response.setHeader('Expires', new Date(untilMs).toUTCString());
  }
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return true;
  }
  const body = Buffer.from(found.text, 'utf8');
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  return true;
}
