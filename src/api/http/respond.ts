import type { ServerResponse } from 'node:http';
import { drained } from '../../lib/drained.ts';
import { type ApiError, type ApiErrorDetails, isApiError } from '../api-error.ts';
import type { Exchange, RequestScope } from './exchange.ts';

/** `metav1.Status`. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: ApiErrorDetails & { readonly uid?: string };
  readonly code: number;
}

export function statusOfError(error: ApiError): Status {
  const hasDetails = Object.keys(error.details).length > 0;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(hasDetails ? { details: error.details } : {}),
    code: error.httpStatus,
  };
}

/** What of a failure may be shown. Anything but a refusal is a bug or an outage: its text stays in the log. */
export function statusOf(error: unknown): Status {
  if (isApiError(error)) return statusOfError(error);
  const message = 'Internal error occurred: see the log of Berth';
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'InternalError',
    code: 500,
  };
}

/**
 * Answers with JSON, once the revision that the answer shows is on disk: nothing leaves the process that a crash could
 * take back.
 */
export async function respondJson(exchange: Exchange, code: number, body: object, contentType?: string): Promise<void> {
  await exchange.client.durable();
  const array = largeArrayOf(body);
  if (array === undefined) return writeJson(exchange.response, code, body, exchange.warnings, contentType);
  await streamJson(exchange, code, body, array);
}

const PIECE_ITEMS = 100;

/** The field whose list is so long that writing it in one go would hold up everything else. */
function largeArrayOf(body: object): 'items' | 'rows' | undefined {
  for (const field of ['items', 'rows'] as const) {
    const list: unknown = Reflect.get(body, field);
    if (Array.isArray(list) && list.length > PIECE_ITEMS) return field;
  }
  return undefined;
}

/**
 * Writes a long list piece by piece: other work gets its turn in between, and no more waits in memory than the client
 * reads.
 */
async function streamJson(exchange: Exchange, code: number, body: object, field: 'items' | 'rows'): Promise<void> {
  const { response, signal } = exchange;
  const list: readonly unknown[] = Reflect.get(body, field);
  const head = JSON.stringify({ ...body, [field]: undefined });
  response.writeHead(code, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.write(`${head.slice(0, -1)},"${field}":[`);
  for (let start = 0; start < list.length && !signal.aborted; start += PIECE_ITEMS) {
    const piece = list.slice(start, start + PIECE_ITEMS).map((item) => JSON.stringify(item));
    if (!response.write(`${start === 0 ? '' : ','}${piece.join(',')}`)) await drained(response);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end(']}\n');
}

/**
 * What is told of a failure. That something is there already or is not there shows state, too, and waits for the disk
 * as all answers do; what nobody expected stands in the log.
 */
export async function settledStatus({ server, method, path, client }: RequestScope, error: unknown): Promise<Status> {
  const status = statusOf(error);
  // A refusal that is meant, as of a pod with two budgets (500), is an answer to the client and no fault.
  if (status.code >= 500 && !isApiError(error)) server.logger.error('request failed', { method, path, error });
  // A disk that fails makes no answer false that says so.
  if (isApiError(error)) await client.durable().catch(() => {});
  return status;
}

/** Answers with an error. */
export async function respondError(exchange: Exchange, error: unknown): Promise<void> {
  const { response } = exchange;
  const status = await settledStatus(exchange, error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (isApiError(error) && error.details.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(error.details.retryAfterSeconds));
  }
  writeJson(response, status.code, status, exchange.warnings);
}

function writeJson(
  response: ServerResponse,
  code: number,
  body: object,
  warnings: readonly string[],
  contentType = 'application/json',
): void {
  const text = Buffer.from(`${JSON.stringify(body)}\n`, 'utf8');
  if (warnings.length > 0) response.setHeader('Warning', warnings.slice(0, MAX_WARNINGS).map(formatWarning));
  response.writeHead(code, {
    'Content-Type': contentType,
    'Content-Length': text.length,
    'Cache-Control': 'no-cache, private',
  });
  response.end(text);
}

const MAX_WARNINGS = 20;

/**
 * RFC 7234 section 5.5: code 299 is a persistent warning, `-` stands for an agent without a name. Headers are ASCII.
 */
function formatWarning(text: string): string {
  return `299 - ${JSON.stringify(text.slice(0, 256)).replace(/[^\x20-\x7e]/g, '?')}`;
}

export function respondText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}
