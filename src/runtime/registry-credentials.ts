import { compareText } from '../lib/compare-text.ts';
import { isJsonObject } from '../lib/json.ts';
import { parseImageReference } from './image-reference.ts';
import type { RegistryCredentials } from './runtime.ts';

/** Credentials by the registry that they are for, as it was written: `ghcr.io/org`, `*.example.com`, `https://index.docker.io/v1/`. */
export interface RegistryConfig {
  readonly auths: Readonly<Record<string, RegistryCredentials>>;
}

const DOCKER_HUB_KEY = 'index.docker.io';
const DOCKER_HUB = 'docker.io';

/**
 * Reads the content of a `kubernetes.io/dockerconfigjson` secret (`.dockerconfigjson`) or of Docker's `config.json`.
 * Entries without credentials are passed over. `undefined` for anything else; why is not said, because a parser's words
 * would quote the secret.
 */
export function parseDockerConfigJson(text: string): RegistryConfig | undefined {
  const config = parseJson(text);
  if (!isJsonObject(config)) return undefined;
  const auths = config['auths'] ?? {};
  return isJsonObject(auths) ? { auths: parseAuths(auths) } : undefined;
}

/**
 * Reads the content of a `kubernetes.io/dockercfg` secret (`.dockercfg`): the older form, without the outer `auths`.
 */
export function parseDockercfg(text: string): RegistryConfig | undefined {
  const auths = parseJson(text);
  return isJsonObject(auths) ? { auths: parseAuths(auths) } : undefined;
}

/**
 * The credentials to try for an image, in order, without repeats. Within one configuration the most specific come
 * first, as the kubelet's keyring sorts them (k8s.io/kubernetes/pkg/credentialprovider); configurations keep the order
 * that they are given in.
 */
export function selectCredentials(image: string, configs: readonly RegistryConfig[]): RegistryCredentials[] {
  const selected: RegistryCredentials[] = [];
  for (const { auths } of configs) {
    const keys = Object.keys(auths).filter((key) => matchesImage(key, image));
    keys.sort((a, b) => compareText(normalizeKey(b), normalizeKey(a)));
    for (const key of keys) {
      const credentials = auths[key];
      if (credentials !== undefined && !selected.some((other) => isSame(other, credentials)))
        selected.push(credentials);
    }
  }
  return selected;
}

/**
 * Whether credentials under this key are for the image: "a match exists when the key and the image have the same number
 * of domain parts and each part matches; the port matches exactly; and the key's path is a prefix of the image's"
 * (Kubernetes, Images, "Interpretation of config.json"). `*`, `?` and `[…]` match within one part of the host. Docker
 * Hub is also known as `index.docker.io`.
 */
export function matchesImage(key: string, image: string): boolean {
  const reference = parseImageReference(image);
  if (reference === undefined) return false;
  const normalized = normalizeKey(key);
  if (normalized === DOCKER_HUB_KEY) return reference.registry === DOCKER_HUB;
  const slash = normalized.indexOf('/');
  const host = slash === -1 ? normalized : normalized.slice(0, slash);
  const path = slash === -1 ? '' : normalized.slice(slash);
  return matchesHost(host, reference.registry) && `/${reference.repository}`.startsWith(path);
}

/** Without scheme, version and a closing slash: registries are written as URLs in older configurations. */
function normalizeKey(key: string): string {
  const match = /^(?:https?:\/\/)?([^/]*)(\/.*)?$/.exec(key);
  const path = (match?.[2] ?? '').replace(/^\/v[12](?=\/)/, '');
  return `${match?.[1] ?? key}${path === '/' ? '' : path}`;
}

function matchesHost(pattern: string, registry: string): boolean {
  const wanted = splitPort(pattern);
  const given = splitPort(registry);
  const wantedParts = wanted.host.split('.');
  const givenParts = given.host.split('.');
  if (wanted.port !== given.port || wantedParts.length !== givenParts.length) return false;
  return wantedParts.every((part, index) => matchesGlob(part, givenParts[index] ?? ''));
}

function splitPort(host: string): { readonly host: string; readonly port: string } {
  const match = /^(.*?)(?::(\d+))?$/.exec(host);
  return { host: match?.[1] ?? host, port: match?.[2] ?? '' };
}

/**
 * Go's `path.Match` within one part: a pattern of this small alphabet cannot be made slow, for each star takes all it
 * can only once.
 */
function matchesGlob(pattern: string, text: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === text;
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  try {
    return new RegExp(`^${source}$`).test(text);
  } catch {
    return false;
  }
}

function parseAuths(auths: Readonly<Record<string, unknown>>): Record<string, RegistryCredentials> {
  const parsed: Record<string, RegistryCredentials> = {};
  for (const [key, entry] of Object.entries(auths)) {
    const credentials = isJsonObject(entry) ? parseEntry(entry) : undefined;
    if (credentials !== undefined) parsed[key] = credentials;
  }
  return parsed;
}

/** `auth` is the base64 of `user:password` and wins over the two fields. */
function parseEntry(entry: Readonly<Record<string, unknown>>): RegistryCredentials | undefined {
  const [username, password] = decodeAuth(entry['auth']) ?? [entry['username'], entry['password']];
  const identityToken = entry['identitytoken'];
  const hasToken = typeof identityToken === 'string' && identityToken !== '';
  if (typeof username !== 'string' || typeof password !== 'string') {
    return hasToken ? { username: '', password: '', identityToken } : undefined;
  }
  return hasToken ? { username, password, identityToken } : { username, password };
}

function decodeAuth(auth: unknown): readonly [string, string] | undefined {
  if (typeof auth !== 'string' || auth === '') return undefined;
  try {
    const bytes = Uint8Array.from(atob(auth), (char) => char.charCodeAt(0));
    const text = new TextDecoder().decode(bytes);
    const colon = text.indexOf(':');
    // Docker pads what it encodes with NULs in some versions.
    return colon === -1 ? undefined : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')];
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSame(a: RegistryCredentials, b: RegistryCredentials): boolean {
  return a.username === b.username && a.password === b.password && a.identityToken === b.identityToken;
}
