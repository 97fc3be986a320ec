import { isJsonObject } from '../../../lib/json.ts';
import type { RegistryCredentials } from '../../../runtime/runtime.ts';
import { callRegistry, type RegistryAnswer, type RegistryServer, withoutUser } from './registry-connection.ts';

/**
 * What a registry asks for before it answers: "WWW-Authenticate: Bearer realm=…,service=…,scope=…" (Docker Registry v2
 * authentication).
 */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: URL; readonly service: string; readonly scope: string };

export function readChallenge(header: string | undefined): Challenge | undefined {
  const text = header ?? '';
  if (/^basic\b/i.test(text)) return { scheme: 'basic' };
  const parameter = (name: string) => new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(text)?.[1] ?? '';
  const realm = parameter('realm');
  if (!/^bearer\b/i.test(text) || !URL.canParse(realm)) return undefined;
  return { scheme: 'bearer', realm: new URL(realm), service: parameter('service'), scope: parameter('scope') };
}

export function basicAuthorization({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

export interface TokenRequest {
  readonly registry: RegistryServer;
  readonly challenge: Extract<Challenge, { readonly scheme: 'bearer' }>;
  readonly credentials: RegistryCredentials | undefined;
  readonly privateRegistries: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Asks the realm that a registry names for a token. The credentials were configured for exactly this registry, and go
 * to whom it names in its own answer, over TLS, as Docker and containerd do it (auth.docker.io issues for
 * registry-1.docker.io, gitlab.com for registry.gitlab.com); no redirect takes them any further. Without TLS they stay
 * on the machine: only a registry that speaks plain HTTP itself, which is one of this machine, may name such a realm.
 */
export async function fetchToken(request: TokenRequest): Promise<string | undefined> {
  const { registry, challenge, credentials, privateRegistries, signal } = request;
  const { realm, service, scope } = challenge;
  if (realm.protocol !== 'https:' && (realm.protocol !== 'http:' || !registry.origin.startsWith('http:')))
    return undefined;
  const issuer: RegistryServer = {
    origin: realm.origin,
    isPrivateAllowed:
      privateRegistries.includes(realm.host) ||
      (registry.isPrivateAllowed && realm.hostname === new URL(registry.origin).hostname),
  };
  const parameters = new URLSearchParams(realm.search);
  if (service !== '') parameters.set('service', service);
  if (scope !== '') parameters.set('scope', scope);
  const url = withoutUser(realm);
  const { identityToken } = credentials ?? {};
  url.search = identityToken === undefined ? parameters.toString() : '';
  const answer =
    identityToken === undefined
      ? await callRegistry(issuer, {
          url,
          method: 'GET',
          headers: credentials === undefined ? {} : { authorization: basicAuthorization(credentials) },
          signal,
        })
      : await callRegistry(issuer, { ...refreshCall(parameters, identityToken), url, signal });
  return answer.status === 200 ? readToken(answer) : undefined;
}

/**
 * "grant_type=refresh_token": an identity token of `docker login` is exchanged by OAuth2 (Docker Registry v2, OAuth2
 * token authentication).
 */
function refreshCall(parameters: URLSearchParams, identityToken: string) {
  const form = new URLSearchParams(parameters);
  form.set('grant_type', 'refresh_token');
  form.set('client_id', 'berth');
  form.set('refresh_token', identityToken);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST' as const, headers, body: form.toString() };
}

function readToken({ body }: RegistryAnswer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const token = isJsonObject(parsed) ? (parsed['token'] ?? parsed['access_token']) : undefined;
    return typeof token === 'string' ? token : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
