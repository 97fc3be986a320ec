import { LIMITS } from '../../lib/limits.ts';
import { exchange, type HttpAnswer } from './http-exchange.ts';

/** As much of `fetch` as a client of an API needs. */
export type BoundedFetch = (url: string | URL, options?: FetchOptions) => Promise<Response>;

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
}

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/**
 * `fetch` for an API that nobody has to trust: no answer is read beyond `maxBytes`, the proxy of the environment is
 * used, and a redirect (a repository that was renamed) is followed at the same origin only, so that no credential goes
 * anywhere else.
 */
export function createBoundedFetch(maxBytes: number): BoundedFetch {
  return async (given, { method = 'GET', headers = {}, body, signal } = {}) => {
    let url = new URL(given);
    for (let redirects = 0; ; redirects++) {
      const answer = await exchange({
        url,
        method,
        headers,
        maxBytes,
        ...(typeof body === 'string' ? { body } : {}),
        ...(signal instanceof AbortSignal ? { signal } : {}),
      });
      const next = redirects < LIMITS.apiRedirects ? followed(url, method, answer) : undefined;
      if (next === undefined) return toResponse(url, answer);
      url = next;
    }
  };
}

function followed(url: URL, method: string, { status, headers }: HttpAnswer): URL | undefined {
  const { location } = headers;
  if (!FOLLOWED.has(status) || location === undefined || !URL.canParse(location, url.href)) return undefined;
  // "301, 302: the method may change to GET" (RFC 9110); what creates something is not made anew elsewhere.
  if (method !== 'GET' && method !== 'HEAD' && status < 307) return undefined;
  const next = new URL(location, url);
  return next.origin === url.origin ? next : undefined;
}

/** Statuses that have no body at all (Fetch, "null body status"). */
const BODYLESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

function toResponse(url: URL, { status, headers, body }: HttpAnswer): Response {
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
  );
  const response = new Response(BODYLESS.has(status) ? null : new Uint8Array(body), { status, headers: list });
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
