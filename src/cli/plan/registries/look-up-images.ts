import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeExchangeFailure } from '../../../host/linux/exchange-failure.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { loadDockerConfigCredentials, parseImageReference, selectCredentials } from '../../../runtime/index.ts';
import type { RegistryCredentials } from '../../../runtime/runtime.ts';
import type { Configuration } from '../../configuration/configuration.ts';
import type { FoundImage, ImageLookup } from './image-lookup.ts';
import { callRegistry, type RegistryAnswer, type RegistryServer } from './registry-connection.ts';
import { basicAuthorization, type Challenge, fetchToken, readChallenge } from './registry-token.ts';
import { untilAborted } from './until-aborted.ts';

export interface RegistryOptions {
  /** Rejects where there may be some that cannot be read. */
  readonly credentialsOf: (image: string) => Promise<readonly RegistryCredentials[]>;
  /** Hosts, as images name them, that may have a private address; others must not be reached there. */
  readonly privateRegistries: readonly string[];
  /** For all images together; defaults to `LIMITS.registryLookupsMs`. */
  readonly lookupsMs?: number;
}

/**
 * With the credentials of Docker's client configuration, as the box pulls; `BERTH_PRIVATE_REGISTRIES` lists the hosts
 * that may be private.
 */
export async function lookUpImages(configuration: Pick<Configuration, 'dockerConfigFile'>): Promise<ImageLookup> {
  const folder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const file = configuration.dockerConfigFile ?? join(folder, 'config.json');
  return createImageLookup({
    credentialsOf: async (image) => {
      const { config, problems } = await loadDockerConfigCredentials(file, { image });
      const credentials = selectCredentials(image, [config]);
      if (credentials.length === 0 && problems.length > 0) throw new Error(problems.join('; '));
      return credentials;
    },
    privateRegistries: (process.env['BERTH_PRIVATE_REGISTRIES'] ?? '').split(',').filter((host) => host !== ''),
  });
}

/** Asks for the manifest of each image, as a pull would, a few at once; nothing is downloaded. */
export function createImageLookup(options: RegistryOptions): ImageLookup {
  return async (images) => {
    const asked = images.slice(0, LIMITS.planImages);
    const found = new Map<string, FoundImage>(images.map((image) => [image, notAsked('planImages')]));
    const signal = AbortSignal.timeout(options.lookupsMs ?? LIMITS.registryLookupsMs);
    let next = 0;
    const work = async () => {
      for (let image = asked[next++]; image !== undefined; image = asked[next++]) {
        const name = image;
        const answer = signal.aborted
          ? notAsked('registryLookupsMs')
          : await lookUp(options, name, signal).catch((error: unknown) =>
              signal.aborted ? notAsked('registryLookupsMs') : asUnknown(error),
            );
        found.set(name, answer);
      }
    };
    await Promise.all(Array.from({ length: Math.min(LIMITS.parallelRegistryLookups, asked.length) }, work));
    return found;
  };
}

function notAsked(limit: string): FoundImage {
  return { found: 'unknown', detail: `it was not asked for: the limit ${limit} is reached` };
}

function asUnknown(error: unknown): FoundImage {
  return {
    found: 'unknown',
    detail: `the registry did not answer: ${describeExchangeFailure(error, LIMITS.registryAnswerMs)}`,
  };
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_HOST = 'registry-1.docker.io';

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

async function lookUp(options: RegistryOptions, image: string, signal: AbortSignal): Promise<FoundImage> {
  const reference = parseImageReference(image);
  if (reference === undefined) return { found: 'no', detail: 'it is no image name' };
  const { registry, repository, tag = 'latest', digest } = reference;
  const server = serverOf(registry, options.privateRegistries);
  const ask = (authorization?: string) =>
    callRegistry(server, {
      url: new URL(`/v2/${repository}/manifests/${digest ?? tag}`, server.origin),
      // It costs a registry nothing, and does not count as a pull.
      method: 'HEAD',
      headers: { accept: MANIFESTS, ...(authorization === undefined ? {} : { authorization }) },
      signal,
    });
  const anonymous = await ask();
  const challenge = anonymous.status === 401 ? readChallenge(anonymous.headers['www-authenticate']) : undefined;
  if (challenge === undefined) return conclude(anonymous);
  const credentials = await untilAborted(options.credentialsOf(image), signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return undefined;
  });
  const authorization = await authorize(options, server, challenge, credentials?.[0], signal);
  const answer = conclude(authorization === undefined ? anonymous : await ask(authorization));
  // Without credentials a public image is found all the same.
  return credentials === undefined && answer.found === 'unauthorized' ? UNREADABLE_CREDENTIALS : answer;
}

const UNREADABLE_CREDENTIALS: FoundImage = {
  found: 'unknown',
  detail: "the registry asks for credentials, and those of Docker's configuration could not be read",
};

/** What to say to a registry that has asked who is there; `undefined` when there is nothing to say. */
async function authorize(
  { privateRegistries }: RegistryOptions,
  registry: RegistryServer,
  challenge: Challenge,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (challenge.scheme === 'basic') return credentials === undefined ? undefined : basicAuthorization(credentials);
  const token = await fetchToken({ registry, challenge, credentials, privateRegistries, signal });
  return token === undefined ? undefined : `Bearer ${token}`;
}

function conclude({ status, headers }: RegistryAnswer): FoundImage {
  if (status === 200) {
    const digest = headers['docker-content-digest'];
    return typeof digest === 'string' ? { found: 'yes', digest } : { found: 'yes' };
  }
  if (status === 404) return { found: 'no' };
  if (status === 401 || status === 403) return { found: 'unauthorized' };
  return { found: 'unknown', detail: `the registry answered with ${status}` };
}

function serverOf(registry: string, privateRegistries: readonly string[]): RegistryServer {
  const host = registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry;
  const isPrivateAllowed = privateRegistries.includes(registry);
  // As the engine does it: a registry on this machine may speak plain HTTP.
  const isPlain = isPrivateAllowed && /^(?:localhost|127\.[\d.]+|\[::1\])(?::|$)/.test(host);
  return { origin: new URL(`${isPlain ? 'http' : 'https'}://${host}`).origin, isPrivateAllowed };
}
