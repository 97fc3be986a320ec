import type { ServerResponse } from 'node:http';
import { type ApiError, type ApiErrorDetails, isApiError } from '../api-error.ts';
import type { Exchange } from './exchange.ts';

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
 * Answers with JSON, once the revision that the answer shows is on disk: nothing leaves the process that a crash could take back.
 */
export async function respondJson(
  exchange: Exchange,
  code: number,
  body: unknown,
  contentType?: string,
): Promise<void> {
  await exchange.client.durable();
  writeJson(exchange.response, code, body, exchange.warnings, contentType);
}

/** Answers with an error. It shows nothing of the state, so it waits for nothing. */
export function respondError(exchange: Exchange, error: unknown): void {
  const { response, server, method, path } = exchange;
  const status = statusOf(error);
  if (status.code >= 500) server.logger.error('request failed', { method, path, error });
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
  body: unknown,
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

/** RFC 7234 section 5.5: code 299 is a persistent warning, `-` stands for an agent without a name. Headers are ASCII. */
function formatWarning(text: string): string {
  return `299 - ${JSON.stringify(text.slice(0, 256)).replace(/[^\x20-\x7e]/g, '?')}`;
}

export function respondText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}
