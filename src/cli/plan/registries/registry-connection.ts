import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { proxyFor } from '../../../host/linux/environment-proxy.ts';
import { ExchangeError } from '../../../host/linux/exchange-failure.ts';
import { exchange, type HostAddress } from '../../../host/linux/http-exchange.ts';
import { assert } from '../../../lib/assert.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { isPrivateAddress } from './private-addresses.ts';
import { untilAborted } from './until-aborted.ts';

/** A server that is asked: a registry, or who issues its tokens. */
export interface RegistryServer {
  /** `https://ghcr.io`, as `URL.origin` writes it. */
  readonly origin: string;
  /** Whether it may have a private address; others must not be reached there. */
  readonly isPrivateAllowed: boolean;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RegistryCall {
  /**
   * At the server that is asked. It is never put together from a path, of which one that begins with `//` would name
   * another host.
   */
  readonly url: URL;
  readonly method: 'HEAD' | 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

const REDIRECTED: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** Asks once, and again where the same server says so; a redirect to any other is an answer and leads nowhere. */
export async function callRegistry(
  server: RegistryServer,
  call: RegistryCall,
  redirects: number = LIMITS.registryRedirects,
): Promise<RegistryAnswer> {
  const { url, method, headers, body } = call;
  assert(url.origin === server.origin, 'A registry is asked at its own origin, whose address was judged');
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LIMITS.registryAnswerMs)]);
  const address = await untilAborted(resolveAddress(url, server), signal);
  const answer = await exchange({
    url,
    method,
    headers: { ...headers, 'user-agent': 'berth' },
    maxBytes: LIMITS.registryAnswerBytes,
    address,
    signal,
    ...(body === undefined ? {} : { body }),
  });
  const { location } = answer.headers;
  const isRedirect = REDIRECTED.has(answer.status) && location !== undefined && URL.canParse(location, url.href);
  const next = isRedirect ? new URL(location, url) : undefined;
  if (next?.origin !== url.origin || redirects === 0 || method === 'POST')
    return { status: answer.status, headers: answer.headers, body: answer.body.toString('utf8') };
  return callRegistry(server, { ...call, url: withoutUser(next) }, redirects - 1);
}

/** The same address without the user that stands in it: who is told what is decided here, and not by an answer. */
export function withoutUser(address: URL): URL {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url;
}

/**
 * "Look-ups never to private addresses": the name is looked up once, all of its addresses are judged, and the
 * connection goes to the one that was. Behind a proxy it is the proxy that looks names up; then only an address that is
 * written out can be judged.
 */
async function resolveAddress(url: URL, { isPrivateAllowed }: RegistryServer): Promise<HostAddress | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (proxyFor(url) !== undefined && isIP(host) === 0 && host !== 'localhost') return undefined;
  const [first, ...others] = await lookup(host, { all: true });
  if (first === undefined) throw new ExchangeError('its name has no address');
  const isRefused = [first, ...others].some(({ address, family }) => isPrivateAddress(address, family));
  if (isRefused && !isPrivateAllowed)
    throw new ExchangeError('its address is private, and it is not listed in BERTH_PRIVATE_REGISTRIES');
  return first;
}
