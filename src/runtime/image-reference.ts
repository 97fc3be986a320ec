/**
 * A parsed image name. `tag` and `digest` are left out when the name does not carry them; neither means the tag
 * `latest`.
 */
export interface ImageReference {
  /** Host with an optional port; `docker.io` when the name has none. */
  readonly registry: string;
  /** Path within the registry; `library/busybox` for Docker Hub's `busybox`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…`. */
  readonly digest?: string;
}

const PATH_COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const HOST_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = new RegExp(`^(?:${HOST_COMPONENT}(?:\\.${HOST_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{64}$/;
const NAME_LENGTH_MAX = 255;
const DOCKER_HUB = 'docker.io';

/**
 * Whether the text is the id of an image (its configuration's digest), which names it on the box but not in a registry.
 */
export function isImageId(image: string): boolean {
  return IMAGE_ID.test(image);
}

/**
 * Parses an image name by the grammar of `distribution/reference`: `[host[:port]/]path[:tag][@digest]`. The first
 * component is a host only when it contains a dot or a colon, has an upper-case letter or is `localhost`; other names
 * belong to Docker Hub, and those of one component there to `library/`. `undefined` for anything that Kubernetes
 * reports as `InvalidImageName`.
 */
export function parseImageReference(image: string): ImageReference | undefined {
  if (isImageId(image)) return undefined;
  const at = image.indexOf('@');
  const digest = at === -1 ? undefined : image.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const named = at === -1 ? image : image.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const { registry, repository } = splitRegistry(tagged ? named.slice(0, colon) : named);
  if (!PATH.test(repository) || !HOST.test(registry)) return undefined;
  if (registry.length + repository.length + 1 > NAME_LENGTH_MAX) return undefined;
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The full name that two spellings of the same image share: `docker.io/library/busybox:latest`. */
export function formatImageReference(reference: ImageReference): string {
  const name = `${reference.registry}/${reference.repository}`;
  if (reference.digest !== undefined) return `${name}@${reference.digest}`;
  return `${name}:${reference.tag ?? 'latest'}`;
}

/** The full name of an image, or the text itself where it is an id or no valid name. */
export function normalizeImageName(image: string): string {
  const reference = parseImageReference(image);
  return reference === undefined ? image : formatImageReference(reference);
}

function splitRegistry(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:A-Z]/.test(first) || first === 'localhost';
  const registry = isHost ? first : DOCKER_HUB;
  const rest = isHost ? name.slice(slash + 1) : name;
  if (registry !== DOCKER_HUB && registry !== 'index.docker.io') return { registry, repository: rest };
  return { registry: DOCKER_HUB, repository: rest.includes('/') ? rest : `library/${rest}` };
}
