import { type FieldSpec, updateFieldSpec } from '../config/field-spec.ts';
import type { NameReference } from '../config/transformer-config.ts';
import {
  fieldOf,
  isMissing,
  isNull,
  kindName,
  type ListNode,
  type MapNode,
  type Node,
  scalar,
  textOf,
  withField,
} from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { type Gvk, isClusterScoped, isSelected } from '../resources/gvk.ts';
import { effectiveNamespace, idOfNode, type Resource, shortId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { changeNode } from './set-metadata.ts';

/** Rewrites the references to objects that were renamed or moved, wherever `references` says that names stand. */
export function fixNameReferences(list: ResourceList, references: readonly NameReference[]): void {
  const index = new Candidates(list.items);
  if (index.isEmpty) return;
  const specsOf = new Map<string, { readonly spec: FieldSpec; readonly target: Gvk }[]>();
  for (const referrer of list.items) {
    const { gvk } = referrer.originalId;
    const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
    let specs = specsOf.get(key);
    if (specs === undefined) {
      specs = references.flatMap(({ gvk: target, referrers }) =>
        referrers.filter((spec) => isSelected(gvk, spec.gvk)).map((spec) => ({ spec, target })),
      );
      specsOf.set(key, specs);
    }
    if (specs.length === 0) continue;
    const fixer = new ReferenceFixer(referrer, index);
    changeNode(referrer, (root) => specs.reduce((node: Node, { spec, target }) => fixer.fix(node, spec, target), root));
  }
}

/** The objects that were ever called differently, by their former names. */
class Candidates {
  readonly #byName = new Map<string, Resource[]>();

  readonly all: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    this.all = resources;
    for (const resource of resources) {
      for (const name of new Set(resource.state.previousIds.map((id) => id.name))) {
        const list = this.#byName.get(name);
        if (list === undefined) this.#byName.set(name, [resource]);
        else list.push(resource);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  named(name: string): readonly Resource[] {
    return this.#byName.get(name) ?? [];
  }
}

class ReferenceFixer {
  readonly #referrer: Resource;
  readonly #candidates: Candidates;
  readonly #namespaces: ReadonlySet<string>;

  constructor(referrer: Resource, candidates: Candidates) {
    this.#referrer = referrer;
    this.#candidates = candidates;
    this.#namespaces = subjectNamespaces(referrer.node);
  }

  fix(root: Node, spec: FieldSpec, target: Gvk): Node {
    const own = { ...spec, gvk: { group: '', version: '', kind: '' } };
    return updateFieldSpec(root, own, { set: (node) => this.#set(node, root, spec, target), at: root });
  }

  #set(node: Node, root: Node, spec: FieldSpec, target: Gvk): Node {
    if (isMissing(node)) return node;
    if (node.kind === 'scalar') return this.#setScalar(node, root, spec, target);
    if (node.kind === 'map') return this.#setMap(node, root, spec, target);
    return this.#setList(node, root, spec, target);
  }

  #setList(node: ListNode, root: Node, spec: FieldSpec, target: Gvk): Node {
    const items = node.items.map((item) => {
      if (isNull(item)) return item;
      if (item.kind === 'scalar') return this.#setScalar(item, root, spec, target);
      if (item.kind === 'map') return this.#setMap(item, root, spec, target);
      throw new RenderError('RenderFailed', `a reference is ${kindName(item)} and has to be a name or a mapping`, {
        at: item,
      });
    });
    return items.every((item, at) => item === node.items[at]) ? node : { ...node, items };
  }

  #setScalar(node: Node, root: Node, spec: FieldSpec, target: Gvk): Node {
    const referral = this.#select(node, root, spec, target, undefined);
    if (referral === undefined || referral.id.name === textOf(node)) return node;
    return scalar(referral.id.name, nameNode(referral), '', node.kind === 'scalar' && node.isQuoted);
  }

  /** A mapping with a name, and maybe a namespace: a subject, or the service of a webhook. */
  #setMap(node: MapNode, root: Node, spec: FieldSpec, target: Gvk): Node {
    const name = node.fields.get('name');
    if (name === undefined || isNull(name)) {
      throw new RenderError('RenderFailed', `${spec.path} should hold a name and has none`, {
        help: 'add the name, or correct the nameReference of the configuration',
        at: node,
      });
    }
    const referral = this.#select(name, root, spec, target, node);
    if (referral === undefined) return node;
    const { id } = referral;
    if (id.name === textOf(name) && id.namespace === '') return node;
    const isQuoted = name.kind === 'scalar' && name.isQuoted;
    const named = withField(
      node,
      'name',
      scalar(id.name, id.name === textOf(name) ? name : nameNode(referral), '', isQuoted),
    );
    if (id.namespace === '') return named;
    const at = fieldOf(fieldOf(referral.node, 'metadata'), 'namespace') ?? referral.place;
    const former = node.fields.get('namespace');
    const place = textOf(former) === id.namespace ? (former ?? at) : at;
    return withField(named, 'namespace', scalar(id.namespace, place, 'str'));
  }

  /**
   * The object that the name means; undefined for none that was renamed. Throws when it could be several with different
   * names.
   */
  #select(node: Node, root: Node, spec: FieldSpec, target: Gvk, map: MapNode | undefined): Resource | undefined {
    const name = textOf(node);
    let found: readonly Resource[] = this.#candidates
      .named(name)
      .filter(
        (candidate) => this.#canRefer(candidate) && candidate.previousIds.some((id) => isSelected(id.gvk, target)),
      );
    if (found.length === 0) return undefined;
    if (map !== undefined) found = this.#inNamespace(found, map);
    const roleRef = spec.path.endsWith('roleRef/name') ? roleRefOf(root) : undefined;
    if (roleRef !== undefined) {
      found = found.filter((candidate) => candidate.previousIds.some((id) => isSelected(id.gvk, roleRef)));
    }
    found = found.filter((candidate) => this.#isInReach(candidate));
    if (found.length <= 1) return found[0];
    found = found.filter((candidate) => affixesMatch(candidate, this.#referrer, true));
    if (found.length > 1) found = found.filter((candidate) => affixesMatch(candidate, this.#referrer, false));
    const [first] = found;
    if (first === undefined || found.length === 1) return first;
    const isSame = found.every(
      ({ id }) => id.name === first.id.name && (map === undefined || id.namespace === first.id.namespace),
    );
    if (isSame) return first;
    const list = found.map(({ id }) => shortId(id)).join(', ');
    throw new RenderError('RenderFailed', `${spec.path} names ${name}, which could be any of ${list}`, {
      help: 'give the objects different names',
      at: node,
    });
  }

  /** Those that were in the namespace the reference names, where any object was; else those that are in it. */
  #inNamespace(found: readonly Resource[], map: MapNode): readonly Resource[] {
    const node = map.fields.get('namespace');
    if (node === undefined || isNull(node)) return found;
    const namespace = textOf(node);
    const wasThere = (candidate: Resource) => effectiveNamespace(candidate.originalId) === namespace;
    const isOriginal = this.#candidates.all.some((candidate) => wasThere(candidate) && this.#canRefer(candidate));
    return found.filter((candidate) =>
      isOriginal ? wasThere(candidate) : effectiveNamespace(candidate.id) === namespace,
    );
  }

  /**
   * "A cluster scoped resource can refer to anything"; others to what has no namespace, or has theirs (kustomize,
   * reswrangler).
   */
  #canRefer(candidate: Resource): boolean {
    const own = this.#referrer.id;
    const { id } = candidate;
    if (isClusterScoped(own.gvk) || isClusterScoped(id.gvk)) return true;
    return effectiveNamespace(own) === effectiveNamespace(id) || this.#namespaces.has(id.namespace);
  }

  #isInReach(candidate: Resource): boolean {
    const own = this.#referrer.id;
    const { id } = candidate;
    if (isClusterScoped(own.gvk) || isClusterScoped(id.gvk) || id.gvk.kind === 'ServiceAccount') return true;
    return effectiveNamespace(own) === effectiveNamespace(id);
  }
}

function nameNode(resource: Resource): Node {
  return fieldOf(fieldOf(resource.node, 'metadata'), 'name') ?? scalar(resource.id.name, resource.place);
}

/** A RoleBinding reaches the ServiceAccounts of the namespaces that its subjects name. */
function subjectNamespaces(node: Node | undefined): ReadonlySet<string> {
  if (idOfNode(node).gvk.kind !== 'RoleBinding') return NO_NAMESPACES;
  const subjects = fieldOf(node, 'subjects');
  if (subjects?.kind !== 'list') return NO_NAMESPACES;
  return new Set(
    subjects.items
      .filter((subject) => textOf(fieldOf(subject, 'kind')) === 'ServiceAccount')
      .map((subject) => textOf(fieldOf(subject, 'namespace')))
      .filter((namespace) => namespace !== ''),
  );
}

const NO_NAMESPACES: ReadonlySet<string> = new Set();

function roleRefOf(root: Node): Gvk | undefined {
  const roleRef = fieldOf(root, 'roleRef');
  const group = fieldOf(roleRef, 'apiGroup');
  const kind = fieldOf(roleRef, 'kind');
  return group === undefined || kind === undefined
    ? undefined
    : { group: textOf(group), version: '', kind: textOf(kind) };
}

/**
 * Whether both went through the same prefixes and suffixes last; with `allowNone`, one that went through none fits all.
 */
function affixesMatch(a: Resource, b: Resource, allowNone: boolean): boolean {
  return (['prefixes', 'suffixes'] as const).every((list) => {
    const [first, second] = [a.state[list], b.state[list]];
    if (allowNone && (first.length === 0 || second.length === 0)) return true;
    const [short, long] = first.length > second.length ? [second, first] : [first, second];
    if (short.length === 0) return long.length === 0;
    return short.every((text, index) => text === long[index + long.length - short.length]);
  });
}
