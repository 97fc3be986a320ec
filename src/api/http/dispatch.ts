import { drained } from '../../lib/drained.ts';
import { KUBERNETES_VERSION } from '../../objects/kubernetes-version.ts';
import { ApiError } from '../api-error.ts';
import { readValue } from './body.ts';
import { aggregatedList, aggregatedType, coreVersions, findGroup, findResourceList, groupList } from './discovery.ts';
import { type Exchange, isFlagSet } from './exchange.ts';
import type { ExtraRoute } from './extra-routes.ts';
import { handleList } from './list.ts';
import { isMetricsPath, metricsAnswer } from './metrics-api.ts';
import { handleOpenApi, isOpenApiPath } from './openapi/handle-openapi.ts';
import { parseRequestTarget, type RequestTarget } from './request-target.ts';
import {
  handleCreate,
  handleCreateSubresource,
  handleDelete,
  handleDeleteCollection,
  handleGet,
  handlePatch,
  handleUpdate,
  type ResourceTarget,
} from './resources.ts';
import { respondJson, respondText } from './respond.ts';
import { findSelfReview } from './self-reviews.ts';
import { handleLog } from './streams/pod-log.ts';
import { handleWatch } from './watch.ts';

/** Finds who answers a request, and lets it answer. */
export async function dispatch(exchange: Exchange, extraRoutes: readonly ExtraRoute[]): Promise<void> {
  const { metrics } = exchange.server;
  if (metrics !== undefined && isMetricsPath(exchange.path)) {
    return respondJson(exchange, 200, metricsAnswer(exchange, metrics));
  }
  if (isOpenApiPath(exchange.path)) {
    if (exchange.method !== 'GET') throw methodNotAllowed();
    if (await handleOpenApi(exchange)) return;
    throw noSuchResource();
  }
  const review = findSelfReview(exchange.path);
  if (review !== undefined) {
    if (exchange.method !== 'POST') throw methodNotAllowed();
    return respondJson(exchange, 201, review(exchange.identity));
  }
  const target = parseRequestTarget(exchange.path);
  if (target.type === 'resource') return dispatchResource(exchange, target);
  const extra = extraRoutes.filter((route) => route.path === exchange.path);
  if (extra.length > 0) return dispatchExtra(exchange, extra);
  if (target.type === 'unknown') throw noSuchResource();
  if (exchange.method !== 'GET') throw methodNotAllowed();
  await dispatchDiscovery(exchange, target);
}

export function noSuchResource(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource');
}

function methodNotAllowed(): ApiError {
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

async function dispatchDiscovery(
  exchange: Exchange,
  target: Exclude<RequestTarget, { type: 'resource' | 'unknown' }>,
): Promise<void> {
  switch (target.type) {
    case 'health':
      return respondText(exchange.response, 200, 'ok');
    case 'version':
      return respondJson(exchange, 200, versionInfo(exchange.server.version));
    case 'core-versions':
    case 'groups': {
      const aggregated = aggregatedType(exchange);
      const isCore = target.type === 'core-versions';
      const hasMetrics = exchange.server.metrics !== undefined;
      if (aggregated === undefined) return respondJson(exchange, 200, isCore ? coreVersions() : groupList(hasMetrics));
      const list = aggregatedList(aggregated.version, isCore ? 'core' : 'groups', hasMetrics);
      return respondJson(exchange, 200, list, aggregated.contentType);
    }
    case 'group':
      return respondFound(exchange, findGroup(target.group));
    case 'group-version':
      return respondFound(exchange, findResourceList(target.apiVersion));
  }
}

async function respondFound(exchange: Exchange, body: object | undefined): Promise<void> {
  if (body === undefined) throw noSuchResource();
  await respondJson(exchange, 200, body);
}

/** Clients read major and minor to tell which features to expect; the rest says who answers. */
function versionInfo(version: string): object {
  return {
    major: KUBERNETES_VERSION.major,
    minor: KUBERNETES_VERSION.minor,
    gitVersion: `${KUBERNETES_VERSION.text}+berth.${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

async function dispatchResource(
  exchange: Exchange,
  target: Extract<RequestTarget, { type: 'resource' }>,
): Promise<void> {
  const { kind, namespace, name, subresource } = target;
  if (name === undefined) return dispatchCollection(exchange, target);
  const one: ResourceTarget = { kind, namespace, name, subresource };
  if (subresource !== undefined && !kind.subresources.includes(subresource)) throw noSuchResource();
  switch (subresource) {
    case undefined:
    case 'status':
    case 'scale':
      return dispatchObject(exchange, one);
    case 'finalize':
      if (exchange.method !== 'PUT') throw methodNotAllowed();
      return handleUpdate(exchange, one);
    case 'log':
      if (exchange.method !== 'GET') throw methodNotAllowed();
      return handleLog(exchange, one);
    case 'binding':
    case 'eviction':
      if (exchange.method !== 'POST') throw methodNotAllowed();
      return handleCreateSubresource(exchange, one);
    case 'exec':
    case 'attach':
    case 'portforward':
      throw new ApiError('BadRequest', 'Upgrade request required');
    default:
      throw noSuchResource();
  }
}

async function dispatchCollection(
  exchange: Exchange,
  target: Extract<RequestTarget, { type: 'resource' }>,
): Promise<void> {
  const { kind, namespace } = target;
  switch (exchange.method) {
    case 'GET':
      if (isFlagSet(exchange.query, 'watch')) return handleWatch(exchange, kind, namespace);
      return handleList(exchange, kind, namespace);
    case 'POST':
      return handleCreate(exchange, kind, namespace);
    case 'DELETE':
      return handleDeleteCollection(exchange, kind, namespace);
    default:
      throw methodNotAllowed();
  }
}

async function dispatchObject(exchange: Exchange, target: ResourceTarget): Promise<void> {
  switch (exchange.method) {
    case 'GET':
      return handleGet(exchange, target);
    case 'PUT':
      return handleUpdate(exchange, target);
    case 'PATCH':
      return handlePatch(exchange, target);
    case 'DELETE':
      if (target.subresource !== undefined) throw methodNotAllowed();
      return handleDelete(exchange, target);
    default:
      throw methodNotAllowed();
  }
}

async function dispatchExtra(exchange: Exchange, routes: readonly ExtraRoute[]): Promise<void> {
  const route = routes.find(({ method }) => method === exchange.method);
  if (route === undefined) throw methodNotAllowed();
  const body = exchange.method === 'GET' ? undefined : await readValue(exchange.request);
  const answer = await route.handle({ query: exchange.query, body, signal: exchange.signal });
  if ('json' in answer) return respondJson(exchange, 200, answer.json);
  const { response, client } = exchange;
  response.writeHead(200, { 'Content-Type': 'application/json-seq', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  for await (const line of answer.lines) {
    if (exchange.signal.aborted) return;
    await client.durable();
    if (!response.write(`${JSON.stringify(line)}\n`)) await drained(response);
  }
  response.end();
}
