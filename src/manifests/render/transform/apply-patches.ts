import { isEmpty, isNull, type MapNode, mapNode, type Node, scalar, textOf, withField } from '../nodes/node.ts';
import { applyJsonPatchToNode, type JsonPatchOperation } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-nodes.ts';
import type { SchemaLookup } from '../patch/merge-schema.ts';
import type { Resource } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { withEntries } from '../resources/resource-list.ts';
import { changeNode } from './set-metadata.ts';

export interface MergePatchOptions {
  readonly allowNameChange: boolean;
  readonly allowKindChange: boolean;
  readonly schemas: SchemaLookup;
}

/**
 * Stands for kustomize's hidden annotations while a patch is applied, so that a patch which drops all annotations drops
 * what was remembered, and one that adds an annotation finds a place for it.
 */
const MEMORY = 'internal.config.kubernetes.io/berth';

function withMemory(node: MapNode): MapNode {
  const metadata = node.fields.get('metadata');
  const fields = metadata?.kind === 'map' ? metadata : mapNode(new Map(), node);
  const present = fields.fields.get('annotations');
  const annotations = present?.kind === 'map' ? present : mapNode(new Map(), node);
  const marked = withField(annotations, MEMORY, scalar('', node));
  return withField(node, 'metadata', withField(fields, 'annotations', marked));
}

function takeMemory(node: MapNode): { readonly node: MapNode; readonly isKept: boolean } {
  const metadata = node.fields.get('metadata');
  const annotations = metadata?.kind === 'map' ? metadata.fields.get('annotations') : undefined;
  if (metadata?.kind !== 'map' || annotations?.kind !== 'map' || !annotations.fields.has(MEMORY)) {
    return { node, isKept: false };
  }
  const fields = new Map(annotations.fields);
  fields.delete(MEMORY);
  // What is left of them is all text (kustomize writes annotations back as text).
  return { node: withEntries(node, 'annotations', fields), isKept: true };
}

/** Applies a strategic merge patch to one object. Name, kind and namespace stay, unless the options let them change. */
export function applyMergePatch(resource: Resource, patch: MapNode, options: MergePatchOptions): void {
  const { allowNameChange, allowKindChange, schemas } = options;
  const { id } = resource;
  if (allowNameChange || allowKindChange) resource.rememberId();
  const { hasState } = resource;
  changeNode(resource, (node) => {
    const merged = mergePatch(hasState ? withMemory(node) : node, patch, schemas);
    if (merged === undefined || isEmpty(merged)) return EMPTY;
    const { node: kept, isKept } = hasState ? takeMemory(merged) : { node: merged, isKept: true };
    if (!isKept) resource.clearState();
    return restoreIdentity(kept, node, {
      kind: allowKindChange ? undefined : id.gvk.kind,
      name: allowNameChange ? undefined : id.name,
      namespace: id.namespace,
    });
  });
  if (isEmpty(resource.node)) resource.node = undefined;
}

const EMPTY: MapNode = mapNode(new Map(), { file: { path: '', text: '', lineShift: 0 }, start: 0 });

interface Identity {
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly namespace: string;
}

function restoreIdentity(node: MapNode, before: MapNode, { kind, name, namespace }: Identity): MapNode {
  let restored = node;
  const formerKind = before.fields.get('kind');
  if (kind !== undefined && formerKind !== undefined) restored = withField(restored, 'kind', formerKind);
  const metadata = restored.fields.get('metadata');
  const formerMetadata = before.fields.get('metadata');
  let fields = new Map(metadata?.kind === 'map' ? metadata.fields : []);
  const former = formerMetadata?.kind === 'map' ? formerMetadata.fields : new Map<string, Node>();
  const formerName = former.get('name');
  if (name !== undefined && formerName !== undefined) fields.set('name', formerName);
  const formerNamespace = former.get('namespace');
  if (namespace === '') {
    fields = new Map(fields);
    fields.delete('namespace');
  } else if (formerNamespace !== undefined) fields.set('namespace', formerNamespace);
  return withField(restored, 'metadata', mapNode(fields, metadata ?? before));
}

/**
 * Applies a strategic merge patch to the objects that a target selected. Other than with a patch that names its object,
 * kustomize writes the patch's labels and annotations as text first, so that a null there does not remove anything.
 */
export function applyMergePatchTo(
  list: ResourceList,
  selected: readonly Resource[],
  patch: MapNode,
  options: MergePatchOptions,
): void {
  const named = withTextMetadata(patch);
  for (const resource of selected) {
    const apiVersion = resource.node?.fields.get('apiVersion');
    applyMergePatch(resource, apiVersion === undefined ? named : withField(named, 'apiVersion', apiVersion), options);
  }
  list.dropDeleted();
  list.checkUnique();
}

function withTextMetadata(patch: MapNode): MapNode {
  let node = patch;
  for (const field of ['labels', 'annotations'] as const) {
    const metadata = node.fields.get('metadata');
    const entries = metadata?.kind === 'map' ? metadata.fields.get(field) : undefined;
    if (entries?.kind === 'map') node = withEntries(node, field, entries.fields);
    else if (entries !== undefined) node = withEntries(node, field, new Map());
  }
  return node;
}

/** Applies a JSON patch to one object. */
export function applyJsonPatch(
  resource: Resource,
  operations: readonly JsonPatchOperation[],
  options: { readonly remembersId: boolean },
): void {
  if (options.remembersId) resource.rememberId();
  const { hasState } = resource;
  changeNode(resource, (node) => {
    const patched = applyJsonPatchToNode(hasState ? withMemory(node) : node, operations);
    if (!hasState) return patched;
    const { node: kept, isKept } = takeMemory(patched);
    // Former names are put back; where the object came from is not.
    if (!isKept) resource.state = { ...resource.state, origin: undefined, transformations: [] };
    return kept;
  });
  finishAnnotations(resource);
}

/** Annotations as kustomize leaves them in the end: text, and none at all instead of an empty mapping. */
export function finishAnnotations(resource: Resource): void {
  const { node } = resource;
  const metadata = node?.fields.get('metadata');
  if (node === undefined || metadata?.kind !== 'map' || !metadata.fields.has('annotations')) return;
  const annotations = metadata.fields.get('annotations');
  if (annotations === undefined || (isNull(annotations) && textOf(annotations) === '')) {
    resource.node = withEntries(node, 'annotations', new Map());
    return;
  }
  resource.node = withEntries(node, 'annotations', annotations.kind === 'map' ? annotations.fields : new Map());
}
