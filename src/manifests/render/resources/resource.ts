import { fieldOf, isEmpty, type MapNode, type Node, type Place, textOf } from '../nodes/node.ts';
import { type Gvk, gvkEqual, gvkOf, isClusterScoped } from './gvk.ts';

/** What an object is called, now or before a transformer renamed it. */
export interface ResourceId {
  readonly gvk: Gvk;
  readonly name: string;
  /** As it is written; empty for none. */
  readonly namespace: string;
}

const NO_NAMESPACE = '_non_namespaceable_';

/** The namespace that counts: "default" where none is written, and one of its own for kinds without namespaces. */
export function effectiveNamespace({ gvk, namespace }: ResourceId): string {
  if (isClusterScoped(gvk)) return NO_NAMESPACE;
  return namespace === '' ? 'default' : namespace;
}

export function idsEqual(a: ResourceId, b: ResourceId): boolean {
  return a.name === b.name && gvkEqual(a.gvk, b.gvk) && effectiveNamespace(a) === effectiveNamespace(b);
}

export function idKey(id: ResourceId): string {
  return `${id.gvk.group}/${id.gvk.version}/${id.gvk.kind}/${effectiveNamespace(id)}/${id.name}`;
}

/** `Kind/namespace/name`, as people write it. */
export function shortId({ gvk, name, namespace }: ResourceId): string {
  return namespace === '' ? `${gvk.kind}/${name}` : `${gvk.kind}/${namespace}/${name}`;
}

export type GenerationBehavior = 'unspecified' | 'create' | 'replace' | 'merge';

/** What `buildMetadata` shows of where an object comes from. */
export interface Origin {
  readonly path?: string;
  readonly configuredIn?: string;
  readonly configuredBy?: { readonly apiVersion: string; readonly kind: string; readonly name?: string };
}

/**
 * What kustomize remembers of an object while it builds. There it is hidden in annotations; a patch that drops all
 * annotations drops the memory, too, which `apply-patch.ts` imitates.
 */
export interface BuildState {
  /** What the object was called before, oldest first. */
  readonly previousIds: readonly Omit<ResourceId, 'gvk'>[];
  readonly previousKinds: readonly string[];
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly behavior: GenerationBehavior | undefined;
  readonly needsHash: boolean;
  readonly origin: Origin | undefined;
  readonly transformations: readonly Origin[];
}

const NO_STATE: BuildState = {
  previousIds: [],
  previousKinds: [],
  prefixes: [],
  suffixes: [],
  behavior: undefined,
  needsHash: false,
  origin: undefined,
  transformations: [],
};

/** An object on its way through a build. Mutable; nodes and states are not, so that a copy is cheap. */
export class Resource {
  /** Undefined once a patch deleted the object. */
  node: MapNode | undefined;
  state: BuildState;
  /** Names of the vars that read their value here. */
  refVarNames: readonly string[] = [];
  /** Where the object was written. */
  readonly place: Place;
  #idOf: MapNode | undefined;
  #id: ResourceId | undefined;

  constructor(node: MapNode, state: BuildState = NO_STATE, place: Place = node) {
    this.node = node;
    this.state = state;
    this.place = place;
  }

  copy(): Resource {
    const copy = new Resource(this.node ?? EMPTY_NODE, this.state, this.place);
    copy.node = this.node;
    copy.refVarNames = this.refVarNames;
    return copy;
  }

  /** What it is called now. */
  get id(): ResourceId {
    if (this.#id === undefined || this.#idOf !== this.node) {
      this.#idOf = this.node;
      this.#id = idOfNode(this.node);
    }
    return this.#id;
  }

  get gvk(): Gvk {
    return this.id.gvk;
  }

  get previousIds(): readonly ResourceId[] {
    const { previousIds, previousKinds } = this.state;
    const { group, version } = this.gvk;
    return previousIds.map((id, index) => ({ ...id, gvk: { group, version, kind: previousKinds[index] ?? '' } }));
  }

  /** What it was called in the file it comes from. */
  get originalId(): ResourceId {
    const [name] = this.state.previousIds;
    if (name === undefined) return this.id;
    const { group, version } = this.gvk;
    return { ...name, gvk: { group, version, kind: this.state.previousKinds[0] ?? '' } };
  }

  get hasState(): boolean {
    const { previousIds, prefixes, suffixes, behavior, needsHash, origin } = this.state;
    return (
      previousIds.length > 0 ||
      needsHash ||
      behavior !== undefined ||
      prefixes.length > 0 ||
      suffixes.length > 0 ||
      origin !== undefined
    );
  }

  clearState(): void {
    this.state = NO_STATE;
  }

  /** To be called before a change of name, namespace or kind. */
  rememberId(): void {
    const { id, state } = this;
    this.state = {
      ...state,
      previousIds: [...state.previousIds, { name: id.name, namespace: effectiveNamespace(id) }],
      previousKinds: [...state.previousKinds, id.gvk.kind],
    };
  }
}

const EMPTY_NODE: MapNode = {
  kind: 'map',
  fields: new Map(),
  file: { path: '', text: '', lineShift: 0 },
  start: 0,
};

export function idOfNode(node: Node | undefined): ResourceId {
  const metadata = fieldOf(node, 'metadata');
  return {
    gvk: gvkOf(textOf(fieldOf(node, 'apiVersion')), textOf(fieldOf(node, 'kind'))),
    name: filledText(fieldOf(metadata, 'name')),
    namespace: filledText(fieldOf(metadata, 'namespace')),
  };
}

function filledText(node: Node | undefined): string {
  return isEmpty(node) ? '' : textOf(node);
}

/** The entries of `metadata.labels` or `metadata.annotations`, as they are spelt. */
export function metadataEntries(node: Node | undefined, field: 'labels' | 'annotations'): ReadonlyMap<string, string> {
  const entries = fieldOf(fieldOf(node, 'metadata'), field);
  if (entries?.kind !== 'map') return new Map();
  return new Map([...entries.fields].map(([name, value]) => [name, textOf(value)]));
}
