import { findResource, type KindInfo } from '../../objects/kinds.ts';

/** What the path of a request means. */
export type RequestTarget =
  | {
      readonly type: 'resource';
      readonly kind: KindInfo;
      readonly namespace?: string;
      readonly name?: string;
      readonly subresource?: string;
    }
  | { readonly type: 'core-versions' }
  | { readonly type: 'groups' }
  | { readonly type: 'group'; readonly group: string }
  | { readonly type: 'group-version'; readonly apiVersion: string }
  | { readonly type: 'version' }
  | { readonly type: 'health' }
  | { readonly type: 'unknown' };

const UNKNOWN: RequestTarget = { type: 'unknown' };
const HEALTH_PATHS = ['/healthz', '/livez', '/readyz'];

/**
 * Reads `/api/v1/namespaces/shop/pods/web-1/log`, `/apis/apps/v1/deployments`, … as Kubernetes' API server does
 * (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go).
 */
export function parseRequestTarget(path: string): RequestTarget {
  if (path === '/version' || path === '/version/') return { type: 'version' };
  if (HEALTH_PATHS.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) return { type: 'health' };
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeSegment);
  if (parts.some((part) => part === undefined)) return UNKNOWN;
  const [root, ...rest] = parts as string[];
  if (root === 'api') {
    const [version, ...below] = rest;
    if (version === undefined) return { type: 'core-versions' };
    return below.length === 0 ? { type: 'group-version', apiVersion: version } : resourceTarget(version, below);
  }
  if (root !== 'apis') return UNKNOWN;
  const [group, version, ...below] = rest;
  if (group === undefined) return { type: 'groups' };
  if (version === undefined) return { type: 'group', group };
  const apiVersion = `${group}/${version}`;
  return below.length === 0 ? { type: 'group-version', apiVersion } : resourceTarget(apiVersion, below);
}

/** A step of a path; `undefined` for what is none. */
export function decodeSegment(segment: string): string | undefined {
  try {
    const text = decodeURIComponent(segment);
    return text.includes('/') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** `namespaces/shop/status` is a subresource of the namespace, `namespaces/shop/pods` is what lies in it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

function resourceTarget(apiVersion: string, parts: readonly string[]): RequestTarget {
  const [first, namespace, third, ...below] = parts;
  const isInNamespace =
    first === 'namespaces' && namespace !== undefined && third !== undefined && !NAMESPACE_SUBRESOURCES.includes(third);
  if (!isInNamespace) return served(apiVersion, undefined, parts);
  return served(apiVersion, namespace, [third, ...below]);
}

function served(apiVersion: string, namespace: string | undefined, parts: readonly string[]): RequestTarget {
  const [plural, name, subresource, ...surplus] = parts;
  const kind = plural === undefined ? undefined : findResource(apiVersion, plural);
  if (kind === undefined || kind.support === 'refused' || surplus.length > 0) return UNKNOWN;
  if (namespace !== undefined && !kind.namespaced) return UNKNOWN;
  if (namespace === undefined && kind.namespaced && name !== undefined) return UNKNOWN;
  return {
    type: 'resource',
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** The path of a resource, the way back: for clients. */
export function resourcePathOf(
  kind: KindInfo,
  target: {
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly subresource?: string;
  } = {},
): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.apiVersion}`;
  const scope = kind.namespaced && target.namespace ? ['namespaces', target.namespace] : [];
  const parts = [...scope, kind.plural, target.name, target.subresource].filter((part) => part !== undefined);
  return [root, ...parts.map(encodeURIComponent)].join('/');
}
