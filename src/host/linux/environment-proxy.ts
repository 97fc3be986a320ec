import { isIP } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { ExchangeError } from './exchange-failure.ts';

/**
 * The proxy that the environment names for an address: `https_proxy` or `http_proxy` by its scheme, else `all_proxy`,
 * but for `no_proxy`; the names also in capitals, as Docker reads them (curl leaves `HTTP_PROXY` out). `undefined` for
 * none, and for this machine itself: "if req.URL.Host is "localhost" or a loopback address, then a nil URL and nil
 * error will be returned" (Go, `http.ProxyFromEnvironment`). Throws where it is no proxy that Berth can speak to.
 */
export function proxyFor(url: URL): URL | undefined {
  if (isLoopback(url.hostname) || getProxyForUrl(url.href) === '') return undefined;
  const named = variable(`${url.protocol.slice(0, -1)}_proxy`) ?? variable('all_proxy') ?? '';
  // "If the protocol is not specified in the proxy string, curl treats it as an HTTP proxy" (curl, `--proxy`).
  const text = named.includes('://') ? named : `http://${named}`;
  if (!URL.canParse(text)) throw new ExchangeError('the proxy that the environment names is no address');
  const proxy = new URL(text);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
    throw new ExchangeError(`the environment names a proxy that speaks ${proxy.protocol.slice(0, -1)}, and not http`);
  return proxy;
}

function variable(name: string): string | undefined {
  return [process.env[name], process.env[name.toUpperCase()]].find((value) => value !== undefined && value !== '');
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
