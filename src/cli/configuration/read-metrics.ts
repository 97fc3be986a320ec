import { resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { MetricsAdapterConfiguration, MetricsConfiguration } from './configuration.ts';

const APIS = ['custom', 'external'] as const;
const FIELDS = ['url', 'service', 'caFile', 'tokenFile', 'insecureSkipTLSVerify'] as const;
const SERVICE_FIELDS = ['namespace', 'name', 'port', 'scheme'] as const;
/** "The port on the service that hosts the API server. Default to 443" (APIService, ServiceReference). */
const DEFAULT_PORT = 443;

/** Reads the field `metrics`, with everything that is wrong with it. */
export function readMetrics(value: unknown): {
  readonly value: MetricsConfiguration;
  readonly problems: readonly string[];
} {
  if (value === undefined) return { value: {}, problems: [] };
  if (!isJsonObject(value)) return { value: {}, problems: [`must hold the fields ${APIS.join(' and ')}`] };
  const problems = findUnknown(value, APIS, '');
  const read = APIS.flatMap((api) => {
    const adapter = value[api] === undefined ? undefined : readAdapter(value[api], `${api}: `, problems);
    return adapter === undefined ? [] : [[api, adapter] as const];
  });
  return { value: Object.fromEntries(read), problems };
}

function readAdapter(value: unknown, prefix: string, problems: string[]): MetricsAdapterConfiguration | undefined {
  const fail = (problem: string) => void problems.push(`${prefix}${problem}`);
  if (!isJsonObject(value)) return fail(`must hold url or service, and may hold ${FIELDS.slice(2).join(', ')}`);
  problems.push(...findUnknown(value, FIELDS, prefix));
  const { url, service, caFile, tokenFile, insecureSkipTLSVerify: isInsecure } = value;
  for (const [field, file] of Object.entries({ caFile, tokenFile })) {
    if (file !== undefined && (typeof file !== 'string' || file === '')) fail(`${field}: must be a path`);
  }
  if (isInsecure !== undefined && typeof isInsecure !== 'boolean') fail('insecureSkipTLSVerify: must be true or false');
  if ((url === undefined) === (service === undefined)) return fail('needs either url or service');
  const target = url === undefined ? readService(service, fail) : readUrl(url, fail);
  if (target === undefined) return undefined;
  const isPlain = target.type === 'url' ? target.url.startsWith('http:') : target.scheme === 'http';
  if (isPlain && tokenFile !== undefined) fail('tokenFile: a token is sent over https only');
  // Whoever can push can say which machine a Service leads to, and whoever is on the way can answer for a url.
  if (isInsecure === true && tokenFile !== undefined)
    fail('tokenFile: a token is sent only to whoever proves its name; give a caFile in place of insecureSkipTLSVerify');
  if (isInsecure === true && caFile !== undefined)
    fail('caFile: says nothing while insecureSkipTLSVerify is true; give one of them');
  return {
    target,
    ...(typeof caFile === 'string' ? { caFile: resolve(caFile) } : {}),
    ...(typeof tokenFile === 'string' ? { tokenFile: resolve(tokenFile) } : {}),
    ...(isInsecure === true ? { insecureSkipTlsVerify: true } : {}),
  };
}

type Target = MetricsAdapterConfiguration['target'];

function readUrl(url: unknown, fail: (problem: string) => void): Target | undefined {
  if (typeof url === 'string' && URL.canParse(url)) {
    const { protocol, username, password, search, hash } = new URL(url);
    if (username !== '' || password !== '') return void fail('url: must hold no credentials; give a tokenFile');
    if (/^https?:$/.test(protocol) && search === '' && hash === '')
      return { type: 'url', url: url.replace(/\/+$/, '') };
  }
  return void fail('url: must be an address such as https://adapter.example.com:6443');
}

function readService(service: unknown, fail: (problem: string) => void): Target | undefined {
  if (!isJsonObject(service)) return void fail(`service: must hold the fields ${SERVICE_FIELDS.join(', ')}`);
  const unknown = findUnknown(service, SERVICE_FIELDS, 'service: ');
  for (const problem of unknown) fail(problem);
  const { namespace, name, port = DEFAULT_PORT, scheme = 'https' } = service;
  const isNamed = [namespace, name].every((text) => typeof text === 'string' && isName(text));
  if (!isNamed) fail('service: needs a namespace and a name');
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
  if (!isPort) fail('service: port must be a number from 1 to 65535');
  if (scheme !== 'https' && scheme !== 'http') return void fail('service: scheme must be https or http');
  if (!isNamed || !isPort || typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  return { type: 'service', namespace, name, port, scheme };
}

function isName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

function findUnknown(value: JsonObject, fields: readonly string[], prefix: string): string[] {
  const unknown = Object.keys(value).filter((field) => !fields.includes(field));
  return unknown.map((field) => `${prefix}unknown field ${field}; known are ${fields.join(', ')}`);
}
