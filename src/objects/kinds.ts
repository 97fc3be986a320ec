import { KIND_ROWS, type KindRow } from './kind-table.ts';
import { REMOVED_VERSIONS } from './removed-versions.ts';
import type { KnownKind } from './types.ts';

/** What the registry, the validator and the command line know of one kind. */
export interface KindInfo {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whether `status` is a subresource of its own. */
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /** All subresources that Kubernetes serves of this kind: `status`, `scale`, `log`, `exec`, … */
  readonly subresources: readonly string[];
  /**
   * `implemented`: Berth runs it. `inert`: stored and shown, with a warning that nothing acts on it yet. `refused`: an
   * error, because ignoring it would be dangerous or misleading.
   */
  readonly support: 'implemented' | 'inert' | 'refused';
  /** The apiVersion in which its objects are kept, where that is another one. */
  readonly storedAs: string | undefined;
  /** Why it is inert or refused and what to do, as a clause; empty when it is implemented. */
  readonly supportReason: string;
}

/** A version of a kind that Kubernetes 1.32 no longer serves. */
export interface RemovedVersion {
  /** The Kubernetes release that dropped it: `1.22`. */
  readonly removedIn: string;
  /** The apiVersion that carries the kind now; `undefined` when the kind is gone. */
  readonly successor: string | undefined;
}

/** What names an object well enough to say its kind. */
export interface KindReference {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Name and namespace, as an object carries them in its metadata or a reference beside its kind. */
export type NameCarrier =
  | { readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined }
  | { readonly name: string; readonly namespace?: string | undefined };

/** What names one object: either an object itself or a reference to it. */
export type ObjectIdentity = KindReference & NameCarrier;

/** Every kind in the order of the table: built-in, Kubernetes 1.32. */
export const KINDS: readonly KindInfo[] = KIND_ROWS.map(kindInfoOf);

/** Each kind once, in the version in which its objects are kept. */
export const STORED_KINDS: readonly KindInfo[] = KINDS.filter(({ storedAs }) => storedAs === undefined);

const BY_API_VERSION = new Map(KINDS.map((info) => [`${info.apiVersion}/${info.kind}`, info]));
const BY_KIND = groupBy(KINDS, (info) => info.kind);
const BY_RESOURCE = new Map(KINDS.map((info) => [`${info.apiVersion}/${info.plural}`, info]));

function kindInfoOf(row: KindRow): KindInfo {
  const slash = row.apiVersion.indexOf('/');
  const subresources = row.subresources ?? [];
  return Object.freeze({
    group: slash < 0 ? '' : row.apiVersion.slice(0, slash),
    version: row.apiVersion.slice(slash + 1),
    apiVersion: row.apiVersion,
    kind: row.kind,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    namespaced: row.scope !== 'cluster',
    hasStatus: subresources.includes('status'),
    hasScale: subresources.includes('scale'),
    subresources,
    support: row.inert !== undefined ? 'inert' : row.refused !== undefined ? 'refused' : 'implemented',
    storedAs: row.storedAs,
    supportReason: row.inert ?? row.refused ?? '',
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The kind of this exact apiVersion; `undefined` for an unknown, removed or custom one. */
export function findKind(apiVersion: string, kind: string): KindInfo | undefined {
  return BY_API_VERSION.get(`${apiVersion}/${kind}`);
}

/** Every version in which a kind of this name is known: tells a wrong apiVersion from an unknown kind. */
export function findKindsNamed(kind: string): readonly KindInfo[] {
  return BY_KIND.get(kind) ?? [];
}

/** The kind behind a REST path: `('apps/v1', 'deployments')`. */
export function findResource(apiVersion: string, plural: string): KindInfo | undefined {
  return BY_RESOURCE.get(`${apiVersion}/${plural}`);
}

/**
 * The kind that a person means on a command line: a plural, singular, short name or kind in any case, optionally with
 * its group: `po`, `deployments.apps`, `Ingress`. Where several groups have it, the first of the table wins.
 */
export function findKindByName(name: string): KindInfo | undefined {
  const lower = name.toLowerCase();
  const dot = lower.indexOf('.');
  const resource = dot < 0 ? lower : lower.slice(0, dot);
  const group = dot < 0 ? undefined : lower.slice(dot + 1);
  return KINDS.find(
    (info) =>
      (group === undefined || info.group === group || `${info.version}.${info.group}` === group) &&
      (info.plural === resource || info.singular === resource || info.shortNames.includes(resource)),
  );
}

/** The kinds in a category such as `all`. */
export function kindsInCategory(category: string): readonly KindInfo[] {
  return STORED_KINDS.filter((info) => info.categories.includes(category));
}

/** The kind that Berth's own components mean by its bare name. */
export function kindOf(kind: KnownKind): KindInfo {
  const info = findKindsNamed(kind)[0];
  if (info === undefined) throw new TypeError(`kind ${kind} is missing from the table`);
  return info;
}

/** What became of an apiVersion that Kubernetes 1.32 no longer serves for this kind. */
export function findRemovedVersion(apiVersion: string, kind: string): RemovedVersion | undefined {
  for (const [version, removedIn, kinds] of REMOVED_VERSIONS) {
    if (version !== apiVersion) continue;
    const successor = kinds[kind];
    if (successor !== undefined) return { removedIn, successor: successor === '' ? undefined : successor };
  }
  return undefined;
}

/** The group versions to announce in discovery: those with a kind that Berth stores, in the order of the table. */
export function servedGroupVersions(): readonly {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
}[] {
  const seen = new Map<string, { group: string; version: string; apiVersion: string }>();
  for (const { group, version, apiVersion, support } of KINDS) {
    if (support !== 'refused' && !seen.has(apiVersion)) seen.set(apiVersion, { group, version, apiVersion });
  }
  return [...seen.values()];
}

/** Below this the store keeps all objects of a kind, or all in one namespace; ends with a slash. */
export function storagePrefixOf(kind: KindInfo, namespace?: string): string {
  const prefix = `/${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`;
  return namespace === undefined ? prefix : `${prefix}${kind.namespaced ? namespace : '-'}/`;
}

/**
 * Where the store keeps an object: `/apps/deployments/shop/web`, `/core/namespaces/-/shop`. The version is no part of
 * it, so that an object is one and the same in every version of its API. A namespaced object without a namespace is
 * taken to be in `default`.
 *
 * Throws a `TypeError` for an unknown kind or a missing name: both are checked before an object gets here.
 */
export function storageKeyOf(object: ObjectIdentity): string {
  const info = findKind(object.apiVersion, object.kind);
  if (info === undefined) throw new TypeError(`no kind ${object.kind} in ${object.apiVersion}`);
  const { name, namespace } = nameOf(object);
  if (name === undefined || name === '') throw new TypeError(`${object.kind} without a name has no storage key`);
  return `${storagePrefixOf(info, namespace ?? 'default')}${name}`;
}

/** `Deployment/shop/web`, `Namespace/shop`: how every message names an object. */
export function formatObject(object: { readonly kind: string } & NameCarrier): string {
  const { name, namespace } = nameOf(object);
  return [object.kind, namespace, name ?? '(unnamed)'].filter((part) => part !== undefined && part !== '').join('/');
}

function nameOf(object: object): { readonly name: string | undefined; readonly namespace: string | undefined } {
  const { metadata, name, namespace } = object as {
    readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly generateName?: string };
    readonly name?: string;
    readonly namespace?: string;
  };
  if (typeof metadata === 'object' && metadata !== null) {
    const generated = metadata.generateName === undefined ? undefined : `${metadata.generateName}…`;
    return { name: metadata.name ?? generated, namespace: metadata.namespace };
  }
  return { name, namespace };
}
