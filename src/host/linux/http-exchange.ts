import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

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

/** The proxy that the environment names for an address (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, but for `NO_PROXY`), as curl reads it; `undefined` for none. */
export function proxyFor(url: URL): string | undefined {
  const proxy = getProxyForUrl(url.href);
  return proxy === '' ? undefined : proxy;
}

/**
 * One request and its whole answer, over the proxy of the environment where it names one, and with the certificates that Node trusts (`NODE_EXTRA_CA_CERTS`
 * included). A redirect is an answer like any other: whoever asked decides whether to follow it.
 */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method = 'GET', headers = {}, body, maxBytes, address, signal, tls, isDirect = false } = request;
  const proxy = isDirect ? undefined : proxyFor(url);
  const options = {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    ...(signal === undefined ? {} : { signal }),
    ...(tls === undefined ? {} : tlsOptions(tls)),
    ...(proxy === undefined ? {} : { agent: new HttpsProxyAgent(proxy) }),
    ...(address === undefined || proxy !== undefined ? {} : { lookup: pinnedTo(address) }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) outgoing.destroy(new Error(`the answer is longer than ${maxBytes} bytes`));
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
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
