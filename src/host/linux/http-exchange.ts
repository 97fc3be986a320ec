import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { proxyFor } from './environment-proxy.ts';
import { ExchangeError } from './exchange-failure.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** More of an answer is not read: then the exchange fails. */
  readonly maxBytes: number;
  /** The address behind the name, where it was judged before: a name that changes its mind leads nowhere else. */
  readonly address?: HostAddress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whom to trust, where that is not what Node trusts. */
  readonly tls?: TlsSettings;
  /** Never over a proxy: the address is one of this machine's own networks. */
  readonly isDirect?: boolean;
}

export interface TlsSettings {
  /** Certificates in place of those that Node trusts, as PEM. */
  readonly ca?: string;
  /** The name that the certificate has to have, where that is not the host of the address. */
  readonly serverName?: string;
  readonly isUnverified?: boolean;
}

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request and its whole answer, over the proxy of the environment where it names one, and with the certificates
 * that Node trusts (`NODE_EXTRA_CA_CERTS` included). A redirect is an answer like any other: whoever asked decides
 * whether to follow it.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { method = 'GET', body, maxBytes, signal } = request;
  const { target, options } = routeOf(request);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const given = { ...options, method, headers: { ...options.headers, ...length }, ...(signal && { signal }) };
  return await new Promise((resolve, reject) => {
    const outgoing = (target.protocol === 'http:' ? requestHttp : requestHttps)(target, given, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) outgoing.destroy(new ExchangeError(`the answer is longer than ${maxBytes} bytes`));
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
      response.on('error', reject);
    });
    // What a proxy says instead of opening the way is not the word of the origin: its 401 must not lead to credentials,
    // its 404 not to "there is no such thing".
    outgoing.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      if (statusCode !== 200) outgoing.destroy(new ExchangeError(`the proxy answered CONNECT with ${statusCode}`));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

interface Route {
  /** Who is connected to. */
  readonly target: URL;
  readonly options: RequestOptions & { readonly headers: Readonly<Record<string, string>> };
}

/**
 * The way to an address. Over a proxy, `https:` goes through a tunnel ("CONNECT"), and of `http:` the proxy is asked
 * itself: "a client MUST send the target URI in absolute-form" (RFC 9112, 3.2.2).
 */
function routeOf({ url, headers = {}, address, signal, tls, isDirect = false }: HttpRequest): Route {
  const proxy = isDirect ? undefined : proxyFor(url);
  const trust = tls === undefined ? {} : tlsOptions(tls);
  if (proxy === undefined) {
    const lookup = address === undefined ? {} : { lookup: pinnedTo(address) };
    return { target: url, options: { headers, ...trust, ...lookup } };
  }
  if (url.protocol === 'https:') {
    // The signal ends the wait for the proxy, too, which the request knows nothing of.
    const agent = new HttpsProxyAgent(proxy, signal === undefined ? {} : { signal });
    return { target: url, options: { headers, ...trust, agent } };
  }
  const toProxy = proxy.username === '' ? {} : { 'proxy-authorization': basicOf(proxy) };
  return {
    target: new URL(proxy.origin),
    options: {
      headers: { ...headers, host: url.host, ...toProxy },
      path: `${url.origin}${url.pathname}${url.search}`,
      ...(url.username === '' ? {} : { auth: userOf(url) }),
    },
  };
}

function userOf({ username, password }: URL): string {
  return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
}

function basicOf(url: URL): string {
  return `Basic ${Buffer.from(userOf(url)).toString('base64')}`;
}

function tlsOptions({ ca, serverName, isUnverified = false }: TlsSettings) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: !isUnverified,
  };
}

function pinnedTo({ address, family }: HostAddress): LookupFunction {
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}
