import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import { loadDockerConfigCredentials, parseImageReference, selectCredentials } from '../../runtime/index.ts';
import type { RegistryCredentials } from '../../runtime/runtime.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { FoundImage, ImageLookup } from './image-lookup.ts';

export interface RegistryOptions {
  readonly credentialsOf: (image: string) => Promise<readonly RegistryCredentials[]>;
  /** Hosts, as images name them, that may have a private address; others must not be reached there. */
  readonly privateRegistries: readonly string[];
}

/** Registries are asked one after the other's answer, a few images at once. */
const AT_ONCE = 4;
const ANSWER_MS = 10_000;
const ANSWER_BYTES = 256 * 1024;
const REDIRECTS = 3;

/** With the credentials of Docker's client configuration, as the box pulls; `BERTH_PRIVATE_REGISTRIES` lists the hosts that may be private. */
export async function lookUpImages(configuration: Pick<Configuration, 'dockerConfigFile'>): Promise<ImageLookup> {
  const folder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const file = configuration.dockerConfigFile ?? join(folder, 'config.json');
  return createImageLookup({
    credentialsOf: async (image) => {
      const { config } = await loadDockerConfigCredentials(file, { image });
      return selectCredentials(image, [config]);
    },
    privateRegistries: (process.env['BERTH_PRIVATE_REGISTRIES'] ?? '').split(',').filter((host) => host !== ''),
  });
}

/** Asks for the manifest of each image, as a pull would; nothing is downloaded. */
export function createImageLookup(options: RegistryOptions): ImageLookup {
  return async (images) => {
    const found = new Map<string, FoundImage>();
    let next = 0;
    const work = async () => {
      for (let image = images[next++]; image !== undefined; image = images[next++]) {
        found.set(image, await lookUp(options, image).catch(asUnknown));
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, images.length) }, work));
    return found;
  };
}

function asUnknown(error: unknown): FoundImage {
  return { found: 'unknown', detail: `the registry did not answer: ${messageOf(error)}` };
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
  readonly isPrivateAllowed: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_HOST = 'registry-1.docker.io';

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

async function lookUp(options: RegistryOptions, image: string): Promise<FoundImage> {
  const reference = parseImageReference(image);
  if (reference === undefined) return { found: 'no', detail: 'it is no image name' };
  const { registry, repository, tag = 'latest', digest } = reference;
  const target = targetOf(registry, options.privateRegistries);
  const path = `/v2/${repository}/manifests/${digest ?? tag}`;
  const [first] = await options.credentialsOf(image);
  const anonymous = await call(target, path, { accept: MANIFESTS });
  const answer =
    anonymous.status === 401
      ? await callWithToken(target, path, anonymous, first, options.privateRegistries)
      : anonymous;
  if (answer.status === 200) {
    const header = answer.headers['docker-content-digest'];
    return typeof header === 'string' ? { found: 'yes', digest: header } : { found: 'yes' };
  }
  if (answer.status === 404) return { found: 'no' };
  if (answer.status === 401 || answer.status === 403) return { found: 'unauthorized' };
  return { found: 'unknown', detail: `the registry answered with ${answer.status}` };
}

function targetOf(registry: string, privateRegistries: readonly string[]): Target {
  const [host = '', port] = splitPort(registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry);
  const isPrivateAllowed = privateRegistries.includes(registry);
  // As the engine does it: a registry on this machine may speak plain HTTP.
  const isPlain = isPrivateAllowed && isLoopback(host);
  return { host, port: port ?? (isPlain ? 80 : 443), isPlain, isPrivateAllowed };
}

function splitPort(authority: string): readonly [string, number | undefined] {
  const match = /^(.*?)(?::(\d+))?$/.exec(authority);
  return [match?.[1] ?? authority, match?.[2] === undefined ? undefined : Number(match[2])];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || host === '::1';
}

/**
 * "401 Unauthorized … WWW-Authenticate: Bearer realm=…,service=…,scope=…": asks that realm for a token, with the credentials when it belongs to the registry they
 * are for (Docker Registry v2 authentication).
 */
async function callWithToken(
  target: Target,
  path: string,
  refused: Answer,
  credentials: RegistryCredentials | undefined,
  privateRegistries: readonly string[],
): Promise<Answer> {
  const challenge = String(refused.headers['www-authenticate'] ?? '');
  const basic = credentials === undefined ? undefined : basicOf(credentials);
  if (/^basic/i.test(challenge))
    return basic === undefined ? refused : call(target, path, { accept: MANIFESTS, authorization: basic });
  const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = parameter('realm');
  if (realm === undefined || !URL.canParse(realm)) return refused;
  const url = new URL(realm);
  for (const name of ['service', 'scope']) {
    const value = parameter(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const isPlain = url.protocol === 'http:';
  if (isPlain && !target.isPlain) return refused;
  const issuer: Target = {
    host: url.hostname,
    port: Number(url.port || (isPlain ? 80 : 443)),
    isPlain,
    isPrivateAllowed: privateRegistries.includes(url.host) || (target.isPrivateAllowed && url.hostname === target.host),
  };
  // "Registry credentials go only to their configured host", or to one under the same domain that issues its tokens.
  const mayTell = basic !== undefined && domainOf(issuer.host) === domainOf(target.host);
  const answer = await call(issuer, `${url.pathname}${url.search}`, mayTell ? { authorization: basic } : {});
  const token = answer.status === 200 ? tokenOf(answer.body) : undefined;
  if (token === undefined) return refused;
  return call(target, path, { accept: MANIFESTS, authorization: `Bearer ${token}` });
}

function basicOf({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function domainOf(host: string): string {
  return isIP(host) > 0 ? host : host.split('.').slice(-2).join('.');
}

function tokenOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const token = isJsonObject(parsed) ? (parsed['token'] ?? parsed['access_token']) : undefined;
    return typeof token === 'string' ? token : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type Headers = Readonly<Record<string, string>>;

/** HEAD for manifests (it costs a registry nothing), GET for tokens; redirects within the same rules. */
async function call(target: Target, path: string, headers: Headers, redirects = REDIRECTS): Promise<Answer> {
  const address = await resolveAddress(target);
  const answer = await send(target, address, path, headers);
  const location = answer.headers['location'];
  if (![301, 302, 307, 308].includes(answer.status) || typeof location !== 'string' || redirects === 0) return answer;
  const url = new URL(location, `${target.isPlain ? 'http' : 'https'}://${target.host}:${target.port}${path}`);
  if (url.hostname !== target.host) return answer;
  return call(target, `${url.pathname}${url.search}`, headers, redirects - 1);
}

async function resolveAddress({
  host,
  isPrivateAllowed,
}: Target): Promise<{ readonly address: string; readonly family: number }> {
  const [first, ...others] = await lookup(host, { all: true });
  if (first === undefined) throw new Error('its name has no address');
  const isRefused = [first, ...others].some(({ address, family }) => isPrivate(address, family));
  if (isRefused && !isPrivateAllowed)
    throw new Error('its address is private, and it is not listed in BERTH_PRIVATE_REGISTRIES');
  return first;
}

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

function isPrivate(address: string, family: number): boolean {
  return PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Connects to the address that was judged, so that a name that changes its mind leads nowhere else. */
function send(
  target: Target,
  { address }: { readonly address: string },
  path: string,
  headers: Headers,
): Promise<Answer> {
  const { host, port, isPlain } = target;
  const isManifest = path.startsWith('/v2/');
  const options = {
    host: address,
    servername: host,
    port,
    path,
    method: isManifest ? 'HEAD' : 'GET',
    headers: { ...headers, host: `${host}:${port}`, 'user-agent': 'berth' },
    timeout: ANSWER_MS,
    signal: AbortSignal.timeout(ANSWER_MS),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isPlain ? requestHttp : requestHttps)(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < ANSWER_BYTES) body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.end();
  });
}
