import { KINDS, type KindInfo, servedGroupVersions } from '../../objects/kinds.ts';
import type { Exchange } from './exchange.ts';
import { METRICS_DISCOVERY, METRICS_GROUP } from './metrics-api.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const READ_WRITE = ['get', 'patch', 'update'];

/**
 * Subresources that are served, with their verbs and the kind that they speak. Others that Kubernetes has are not
 * there.
 */
const SUBRESOURCES: Readonly<
  Record<string, { readonly verbs: readonly string[]; readonly apiVersion?: string; readonly kind?: string }>
> = {
  status: { verbs: READ_WRITE },
  scale: { verbs: READ_WRITE, apiVersion: 'autoscaling/v1', kind: 'Scale' },
  finalize: { verbs: ['update'] },
  log: { verbs: ['get'] },
  exec: { verbs: ['create', 'get'], kind: 'PodExecOptions' },
  attach: { verbs: ['create', 'get'], kind: 'PodAttachOptions' },
  portforward: { verbs: ['create', 'get'], kind: 'PodPortForwardOptions' },
  binding: { verbs: ['create'], kind: 'Binding' },
  eviction: { verbs: ['create'], apiVersion: 'policy/v1', kind: 'Eviction' },
};

export function servedKinds(apiVersion: string): readonly KindInfo[] {
  return KINDS.filter((kind) => kind.apiVersion === apiVersion && kind.support !== 'refused');
}

export function servedSubresources(kind: KindInfo): readonly string[] {
  return kind.subresources.filter((subresource) => SUBRESOURCES[subresource] !== undefined);
}

/** `APIVersions`: the answer of `/api`. */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `APIGroupList`: the answer of `/apis`. */
export function groupList(hasMetrics: boolean): object {
  const groups = [...groupNames().map(groupOf), ...(hasMetrics ? [METRICS_GROUP] : [])];
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `APIGroup`: the answer of `/apis/<group>`; `undefined` for a group without a served version. */
export function findGroup(name: string): object | undefined {
  return groupNames().includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) } : undefined;
}

function groupNames(): readonly string[] {
  const groups = servedGroupVersions().map(({ group }) => group);
  return [...new Set(groups)].filter((group) => group !== '');
}

function groupOf(name: string): object {
  const versions = servedGroupVersions()
    .filter(({ group }) => group === name)
    .map(({ apiVersion, version }) => ({ groupVersion: apiVersion, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/**
 * `APIResourceList`: the answer of `/api/v1` and `/apis/<group>/<version>`; `undefined` when nothing is served there.
 */
export function findResourceList(apiVersion: string): object | undefined {
  const kinds = servedKinds(apiVersion);
  if (kinds.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources: kinds.flatMap(resourcesOf) };
}

function resourcesOf(info: KindInfo): object[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = info;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: VERBS,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const below = servedSubresources(info).map((subresource) => {
    const { verbs, apiVersion, kind: ownKind } = SUBRESOURCES[subresource] ?? { verbs: [] };
    const [group, version] = apiVersion?.split('/') ?? [];
    const own = group === undefined ? {} : { group, version };
    return { name: `${plural}/${subresource}`, singularName: '', namespaced, ...own, kind: ownKind ?? kind, verbs };
  });
  return [main, ...below];
}

/** The content type of an aggregated answer, when the request asks for one: `g`, `v` and `as` have to be in it. */
export function aggregatedType(
  exchange: Exchange,
): { readonly version: string; readonly contentType: string } | undefined {
  const accept = exchange.request.headers.accept ?? '';
  for (const version of ['v2', 'v2beta1']) {
    const parts = ['g=apidiscovery.k8s.io', `v=${version}`, 'as=APIGroupDiscoveryList'];
    const isAsked = accept.split(',').some((type) => parts.every((part) => type.split(';').includes(part)));
    if (isAsked) return { version, contentType: `application/json;${parts.join(';')}` };
  }
  return undefined;
}

/** `APIGroupDiscoveryList` of the core group (`/api`) or of all others (`/apis`). */
export function aggregatedList(version: string, scope: 'core' | 'groups', hasMetrics: boolean): object {
  const names = scope === 'core' ? [''] : groupNames();
  const others = scope === 'groups' && hasMetrics ? [METRICS_DISCOVERY] : [];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [
      ...names.map((name) => ({
        metadata: { name, creationTimestamp: null },
        versions: servedGroupVersions()
          .filter(({ group }) => group === name)
          .map(({ apiVersion, version: own }) => ({
            version: own,
            freshness: 'Current',
            resources: servedKinds(apiVersion).map(aggregatedResource),
          })),
      })),
      ...others,
    ],
  };
}

function aggregatedResource(info: KindInfo): object {
  return {
    resource: info.plural,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: VERBS,
    shortNames: info.shortNames,
    categories: info.categories,
    subresources: servedSubresources(info).map((subresource) => {
      const { verbs, apiVersion, kind } = SUBRESOURCES[subresource] ?? { verbs: [] };
      const [group = info.group, version = info.version] = apiVersion?.split('/') ?? [];
      return { subresource, responseKind: { group, version, kind: kind ?? info.kind }, verbs };
    }),
  };
}
