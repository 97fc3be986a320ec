import { compareText } from '../../../lib/compare-text.ts';
import { entrySetter, type FieldSpec, scalarSetter, updateFieldSpec } from '../config/field-spec.ts';
import type { Located } from '../kustomization/kustomization.ts';
import { fieldOf, type MapNode, type Node, type Place, scalar, textOf, withField } from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { isClusterScoped, isSelected } from '../resources/gvk.ts';
import { type Resource, type ResourceId, shortId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';

/** Lets `change` rewrite an object; says which object it was when that fails. */
export function changeNode(resource: Resource, change: (node: MapNode) => Node): void {
  if (resource.node === undefined) return;
  try {
    const changed = change(resource.node);
    if (changed.kind === 'map') resource.node = changed;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    throw new RenderError(error.code, `${shortId(resource.id)}: ${error.message}`, {
      ...(error.help === undefined ? {} : { help: error.help }),
      ...(error.at === undefined ? {} : { at: error.at }),
    });
  }
}

/** Sets labels or annotations in every field of `specs`. */
export function setEntries(
  list: ResourceList,
  entries: ReadonlyMap<string, Located<string>>,
  specs: readonly FieldSpec[],
): void {
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b));
  for (const resource of list.items) {
    changeNode(resource, (root) => {
      let node: Node = root;
      for (const [name, { value, at }] of sorted) {
        const set = entrySetter(name, value, at);
        for (const spec of specs) node = updateFieldSpec(node, spec, { set, createAs: 'map', at });
      }
      return node;
    });
  }
}

/** Kinds whose names are no prefix's or suffix's business. */
const NOT_RENAMED: readonly FieldSpec['gvk'][] = [
  { group: '', version: '', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', version: '', kind: 'APIService' },
  { group: '', version: '', kind: 'Namespace' },
];

/** Adds a prefix or suffix to names, and remembers it: a reference prefers an object with the same prefixes. */
export function addAffix(
  list: ResourceList,
  affix: Located<string>,
  options: { readonly position: 'prefix' | 'suffix'; readonly specs: readonly FieldSpec[] },
): void {
  const isPrefix = options.position === 'prefix';
  const textFor = (name: string) => (isPrefix ? `${affix.value}${name}` : `${name}${affix.value}`);
  const set = scalarSetter(textFor, affix.at, '');
  for (const resource of list.items) {
    const original = resource.originalId;
    if (NOT_RENAMED.some((gvk) => isSelected(original.gvk, gvk))) continue;
    for (const spec of options.specs) {
      if (!isSelected(original.gvk, spec.gvk)) continue;
      if (spec.path === 'metadata/name' && affix.value !== '') {
        const { state } = resource;
        resource.state = isPrefix
          ? { ...state, prefixes: [...state.prefixes, affix.value] }
          : { ...state, suffixes: [...state.suffixes, affix.value] };
        resource.rememberId();
      }
      changeNode(resource, (node) => updateFieldSpec(node, spec, { set, createAs: 'scalar', at: affix.at }));
    }
  }
}

export interface NamespaceOptions {
  readonly specs: readonly FieldSpec[];
  readonly unsetOnly: boolean;
  /** Which subjects of role bindings get the namespace: those called "default", all ServiceAccounts, or none. */
  readonly subjects: 'defaultOnly' | 'allServiceAccounts' | 'none';
}

/**
 * Puts all objects of kinds that have a namespace into one, and renames Namespace objects to it. "Only subjects named
 * default" follow by themselves (kustomize, filters/namespace); others follow through their name references.
 */
export function setNamespace(list: ResourceList, namespace: Located<string>, options: NamespaceOptions): void {
  for (const resource of list.items) {
    resource.rememberId();
    changeNode(resource, (node) => namespaced(node, resource.id, namespace, options));
  }
  list.checkUnique();
}

export function namespaced(
  node: MapNode,
  { gvk }: Pick<ResourceId, 'gvk'>,
  { value, at }: Located<string>,
  { specs, unsetOnly, subjects }: NamespaceOptions,
): Node {
  const setText = scalarSetter(() => value, at, 'str');
  const set = (found: Node) => (unsetOnly && textOf(found) !== '' ? found : setText(found));
  const update = { set, createAs: 'scalar', at } as const;
  let result: Node = node;
  if (!isClusterScoped(gvk)) {
    const spec: FieldSpec = { gvk: { group: '', version: '', kind: '' }, path: 'metadata/namespace', create: true };
    result = updateFieldSpec(result, spec, update);
  }
  const isBinding = gvk.kind === 'RoleBinding' || gvk.kind === 'ClusterRoleBinding';
  if (isBinding) result = withSubjects(result, subjects, set, at);
  const isCore = gvk.group === '' && gvk.version === 'v1';
  for (const spec of specs) {
    if (spec.path === 'metadata/namespace' || (spec.path === 'metadata/name' && !isCore)) continue;
    const isForSubjects = spec.gvk.kind === 'RoleBinding' || spec.gvk.kind === 'ClusterRoleBinding';
    if (isBinding && isForSubjects && spec.path === 'subjects/namespace') continue;
    result = updateFieldSpec(result, spec, update);
  }
  return result;
}

function withSubjects(node: Node, mode: NamespaceOptions['subjects'], set: (node: Node) => Node, at: Place): Node {
  const subjects = fieldOf(node, 'subjects');
  if (mode === 'none' || subjects?.kind !== 'list' || node.kind !== 'map') return node;
  const isMeant = (subject: Node) =>
    mode === 'defaultOnly'
      ? textOf(fieldOf(subject, 'name')) === 'default'
      : textOf(fieldOf(subject, 'kind')) === 'ServiceAccount';
  const items = subjects.items.map((subject) => {
    if (subject.kind !== 'map' || !isMeant(subject)) return subject;
    return withField(subject, 'namespace', set(subject.fields.get('namespace') ?? scalar('', at, '')));
  });
  return withField(node, 'subjects', { ...subjects, items });
}
