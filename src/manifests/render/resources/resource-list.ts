import { isEmpty, type MapNode, mapNode, type Node, scalar, withField, withoutField } from '../nodes/node.ts';
import { lineOf, RenderError } from '../problems.ts';
import { type GenerationBehavior, idKey, idsEqual, Resource, type ResourceId, shortId } from './resource.ts';

/** The objects of a build in their order. Two objects may not be called the same. */
export class ResourceList {
  items: Resource[];
  /** The objects by what they are called now; made anew after a change of names. */
  #known: Map<string, Resource> | undefined;

  constructor(items: readonly Resource[] = []) {
    this.items = [...items];
  }

  /** Objects that a later build changes without changing these. */
  copy(): ResourceList {
    return new ResourceList(this.items.map((resource) => resource.copy()));
  }

  /** Adds objects; throws for one that is called like another. */
  appendAll(resources: readonly Resource[]): void {
    if (this.#known?.size !== this.items.length) this.touch();
    this.#known ??= new Map(this.items.map((resource) => [idKey(resource.id), resource]));
    const known = this.#known;
    for (const resource of resources) {
      const key = idKey(resource.id);
      const other = known.get(key);
      if (other !== undefined) throw duplicate(resource, other);
      known.set(key, resource);
      this.items.push(resource);
    }
  }

  /** To be called after names may have changed, before objects are added. */
  touch(): void {
    this.#known = undefined;
  }

  /** Adds what a generator made: a new object, or changes to one that is there, as its behaviour says. */
  absorb(resource: Resource): void {
    const { id } = resource;
    const matches = this.matchingAnyId((candidate) => idsEqual(candidate, id));
    const behavior = resource.state.behavior ?? 'unspecified';
    const [old] = matches;
    if (old === undefined) {
      if (behavior !== 'merge' && behavior !== 'replace') return this.appendAll([resource]);
      throw new RenderError('RenderFailed', `there is no ${shortId(id)} that the generator could ${behavior}`, {
        help: 'correct the name and namespace, or remove the behavior to create it',
      });
    }
    if (matches.length > 1) {
      throw new RenderError(
        'RenderFailed',
        `${matches.length} objects could be the ${shortId(id)} to ${behavior}: ${listPlaces(matches)}`,
        { help: 'say which with a namespace' },
      );
    }
    if (behavior !== 'merge' && behavior !== 'replace') {
      throw new RenderError('ObjectDuplicate', `${shortId(id)} is there already, from ${placeOf(old)}`, {
        help: 'set behavior: merge or replace, or choose another name',
      });
    }
    this.items[this.items.indexOf(old)] = combine(old, resource, behavior);
  }

  matchingAnyId(matches: (id: ResourceId) => boolean): Resource[] {
    return this.items.filter((resource) => matches(resource.id) || resource.previousIds.some(matches));
  }

  /** The one object that is or was called so. */
  findById(id: ResourceId): Resource {
    const matches = this.matchingAnyId((candidate) => idsEqual(candidate, id));
    const [found] = matches;
    if (found !== undefined && matches.length === 1) return found;
    throw new RenderError(
      'RenderFailed',
      matches.length === 0
        ? `no object matches ${shortId(id)} (${apiVersionOf(id)})`
        : `${matches.length} objects match ${shortId(id)}: ${listPlaces(matches)}`,
      {
        help: matches.length === 0 ? this.#suggest(id) : 'name the namespace, or use target: to select what you mean',
      },
    );
  }

  #suggest(id: ResourceId): string {
    const near = this.items.filter(({ id: other }) => other.name === id.name || other.gvk.kind === id.gvk.kind);
    if (near.length === 0) return 'add the object to resources, or correct apiVersion, kind, name and namespace';
    const names = near.slice(0, 3).map((resource) => `${shortId(resource.id)} (${apiVersionOf(resource.id)})`);
    return `correct apiVersion, kind, name and namespace; there is ${names.join(', ')}`;
  }

  dropDeleted(): void {
    if (this.items.some(({ node }) => isEmpty(node))) this.items = this.items.filter(({ node }) => !isEmpty(node));
  }

  /** Throws when two objects are called the same after a change. */
  checkUnique(): void {
    const known = new Map<string, Resource>();
    for (const resource of this.items) {
      const key = idKey(resource.id);
      const other = known.get(key);
      if (other !== undefined) throw duplicate(resource, other);
      known.set(key, resource);
    }
  }
}

function apiVersionOf({ gvk }: ResourceId): string {
  return gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
}

function placeOf(resource: Resource): string {
  return `${resource.place.file.path}:${lineOf(resource.place)}`;
}

function listPlaces(resources: readonly Resource[]): string {
  const places = resources.slice(0, 5).map((resource) => `${shortId(resource.id)} of ${placeOf(resource)}`);
  return `${places.join(', ')}${resources.length > 5 ? ', …' : ''}`;
}

function duplicate(resource: Resource, other: Resource): RenderError {
  if (placeOf(resource) === placeOf(other)) {
    return new RenderError(
      'ObjectDuplicate',
      `${shortId(resource.id)} is there twice, both times from ${placeOf(resource)}`,
      { help: 'let one way alone lead to it: name a base once, and point the path at one of several overlays' },
    );
  }
  return new RenderError(
    'ObjectDuplicate',
    `${shortId(resource.id)} is there twice: from ${placeOf(resource)} and from ${placeOf(other)}`,
    { help: 'keep one of the two, or give one another name or namespace' },
  );
}

/** The metadata of both, the new one winning; with `merge` the data of both, too. */
function combine(old: Resource, made: Resource, behavior: GenerationBehavior): Resource {
  if (old.node === undefined || made.node === undefined) return made;
  let node: MapNode = made.node;
  node = withEntries(node, 'labels', mergedEntries(old.node, made.node, 'labels'));
  node = withEntries(node, 'annotations', mergedEntries(old.node, made.node, 'annotations'));
  node = withIdentity(node, old);
  if (behavior === 'merge') {
    for (const field of ['data', 'binaryData']) {
      const before = old.node.fields.get(field);
      const after = node.fields.get(field);
      if (before?.kind !== 'map') continue;
      const fields = new Map([...before.fields, ...(after?.kind === 'map' ? after.fields : [])]);
      node = fields.size === 0 ? withoutField(node, field) : withField(node, field, mapNode(fields, after ?? before));
    }
  }
  const state = {
    ...old.state,
    needsHash: old.state.needsHash && made.state.needsHash,
    origin: behavior === 'merge' ? old.state.origin : made.state.origin,
  };
  const combined = new Resource(node, state, made.place);
  combined.refVarNames = old.refVarNames;
  return combined;
}

function mergedEntries(old: Node, made: Node, field: 'labels' | 'annotations'): ReadonlyMap<string, Node> {
  const merged = new Map<string, Node>();
  for (const node of [old, made]) {
    const entries = entriesNode(node, field);
    for (const [name, value] of entries) merged.set(name, value);
  }
  return merged;
}

function entriesNode(node: Node, field: string): ReadonlyMap<string, Node> {
  const metadata = node.kind === 'map' ? node.fields.get('metadata') : undefined;
  const entries = metadata?.kind === 'map' ? metadata.fields.get(field) : undefined;
  return entries?.kind === 'map' ? entries.fields : new Map();
}

/**
 * Sets `metadata.labels` or `metadata.annotations` as a whole: every value becomes text; without entries the field
 * goes.
 */
export function withEntries(
  node: MapNode,
  field: 'labels' | 'annotations',
  entries: ReadonlyMap<string, Node>,
): MapNode {
  const metadata = node.fields.get('metadata');
  if (metadata?.kind !== 'map') return node;
  if (entries.size === 0) return withField(node, 'metadata', withoutField(metadata, field));
  const texts = new Map<string, Node>();
  for (const [name, value] of entries) texts.set(name, asText(value));
  return withField(
    node,
    'metadata',
    withField(metadata, field, mapNode(texts, metadata.fields.get(field) ?? metadata)),
  );
}

function asText(value: Node): Node {
  if (value.kind === 'scalar' && value.tag === 'str') return value;
  return scalar(value.kind === 'scalar' ? value.text : '', value, 'str');
}

function withIdentity(node: MapNode, old: Resource): MapNode {
  const metadata = node.fields.get('metadata');
  if (metadata?.kind !== 'map') return node;
  const { name, namespace } = old.id;
  const named = withField(metadata, 'name', scalar(name, metadata.fields.get('name') ?? metadata, 'str'));
  const placed =
    namespace === ''
      ? withoutField(named, 'namespace')
      : withField(named, 'namespace', scalar(namespace, metadata.fields.get('namespace') ?? metadata, 'str'));
  return withField(node, 'metadata', placed);
}
