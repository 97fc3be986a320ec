import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { Secret } from '../../objects/types.ts';
import { parseImageReference } from '../../runtime/image-reference.ts';
import type { RegistryCredentials } from '../../runtime/runtime.ts';
import { decodeText } from '../environment/config-sources.ts';

/**
 * Credentials for one image out of `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg` secrets, in the order of the pod's
 * imagePullSecrets. Documentation of images: keys may carry a path, of which "the prefix is matched", and `*` matches within one part
 * of a host name. Secrets that cannot be read count as empty.
 */
export function credentialsFromSecrets(image: string, secrets: readonly Secret[]): readonly RegistryCredentials[] {
  return secrets.flatMap((secret) => {
    const modern = secret.data?.['.dockerconfigjson'];
    const legacy = secret.data?.['.dockercfg'];
    if (modern !== undefined) return credentialsFromConfig(image, parseObject(decodeText(modern))?.['auths']);
    return legacy === undefined ? [] : credentialsFromConfig(image, parseObject(decodeText(legacy)));
  });
}

/** The same out of the `auths` of one Docker `config.json`; the more specific key comes first. */
export function credentialsFromConfig(image: string, auths: unknown): readonly RegistryCredentials[] {
  const reference = parseImageReference(image);
  if (reference === undefined || !isJsonObject(auths)) return [];
  return Object.entries(auths)
    .filter(([key]) => matches(key, reference.registry, reference.repository))
    .sort(([a], [b]) => b.length - a.length)
    .flatMap(([, entry]) => {
      const credentials = isJsonObject(entry) ? readEntry(entry) : undefined;
      return credentials === undefined ? [] : [credentials];
    });
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function matches(key: string, registry: string, repository: string): boolean {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
  const slash = bare.indexOf('/');
  const host = slash === -1 ? bare : bare.slice(0, slash);
  const path = slash === -1 ? '' : bare.slice(slash + 1);
  if (!hostMatches(host === 'index.docker.io' ? 'docker.io' : host, registry)) return false;
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

function hostMatches(pattern: string, host: string): boolean {
  const parts = pattern.split('.');
  const actual = host.split('.');
  if (parts.length !== actual.length) return false;
  return parts.every((part, index) => {
    const words = part.split('*').map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return new RegExp(`^${words.join('.*')}$`).test(actual[index] ?? '');
  });
}

function readEntry(entry: JsonObject): RegistryCredentials | undefined {
  const { auth, identitytoken } = entry;
  const token = typeof identitytoken === 'string' && identitytoken !== '' ? { identityToken: identitytoken } : {};
  if (typeof entry['username'] === 'string' && typeof entry['password'] === 'string') {
    return { username: entry['username'], password: entry['password'], ...token };
  }
  if (typeof auth !== 'string' || auth === '') return undefined;
  const text = decodeOrEmpty(auth);
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  // Docker pads the password with NUL bytes in old files.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, ''), ...token };
}

function decodeOrEmpty(base64: string): string {
  try {
    return decodeText(base64);
  } catch {
    return '';
  }
}
