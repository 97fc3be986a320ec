import type {
  FieldOptions,
  Replacement,
  ReplacementSource,
  ReplacementTarget,
  Selector,
} from '../kustomization/kustomization.ts';
import { checkSize } from '../nodes/measure.ts';
import { isEmpty, type MapNode, type Node, placeOfBoth, scalar, textOf, withStyleOf } from '../nodes/node.ts';
import { lookup, splitFieldPath, updateMatches } from '../nodes/path.ts';
import { RenderError } from '../problems.ts';
import { isSelected } from '../resources/gvk.ts';
import { type Resource, type ResourceId, shortId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { matchesEntries, selectorMatcher } from './select-resources.ts';
import { changeNode } from './set-metadata.ts';

/** Copies a field of one object into fields of others. */
export function replaceValues(list: ResourceList, replacement: Replacement): void {
  const { source, targets } = replacement;
  if (source === undefined || targets === undefined) {
    throw new RenderError('KustomizationInvalid', 'a replacement needs a source and at least one target', {
      help: 'add source: and targets:',
      at: replacement.at,
    });
  }
  const value = readSource(list, source);
  for (const target of targets) replaceInTargets(list, target, value);
}

function idsOf(resource: Resource): readonly ResourceId[] {
  return [resource.id, ...resource.previousIds];
}

function isSelectedBy(id: ResourceId, selector: Pick<Selector, 'gvk' | 'name' | 'namespace'>): boolean {
  return (
    (selector.name === '' || selector.name === id.name) &&
    (selector.namespace === '' || selector.namespace === (id.namespace || 'default')) &&
    isSelected(id.gvk, selector.gvk)
  );
}

function describe({ gvk, name, namespace }: Pick<Selector, 'gvk' | 'name' | 'namespace'>): string {
  const parts = [gvk.group, gvk.version, gvk.kind].filter((part) => part !== '').join('/');
  const place = namespace === '' ? '' : ` in namespace ${namespace}`;
  return `${parts || 'any kind'} ${name || 'of any name'}${place}`;
}

function readSource(list: ResourceList, source: ReplacementSource): Node {
  const found = list.items.filter((resource) => idsOf(resource).some((id) => isSelectedBy(id, source)));
  const [resource] = found;
  if (resource?.node === undefined || found.length > 1) {
    const names = found.slice(0, 5).map(({ id }) => shortId(id));
    throw new RenderError(
      'RenderFailed',
      found.length > 1
        ? `the source of a replacement (${describe(source)}) is ${found.length} objects: ${names.join(', ')}`
        : `the source of a replacement (${describe(source)}) does not exist`,
      { help: found.length > 1 ? 'name kind, name and namespace' : 'correct the kind, name or namespace of source' },
    );
  }
  const node = lookup(resource.node, splitFieldPath(source.fieldPath));
  if (node === undefined || isEmpty(node)) {
    throw new RenderError('RenderFailed', `${shortId(resource.id)} has no ${source.fieldPath} to copy`, {
      help: 'correct source.fieldPath',
      at: resource.place,
    });
  }
  const value = refine(node, source.options);
  checkSize(value, 'the value of a replacement', value);
  return value;
}

function refine(node: Node, options: FieldOptions | undefined): Node {
  if (options === undefined || options.delimiter === '') return node;
  if (node.kind !== 'scalar') throw noDelimiter(node);
  const parts = node.text.split(options.delimiter);
  const part = options.index < 0 ? undefined : parts[options.index];
  if (part === undefined) {
    throw new RenderError(
      'RenderFailed',
      `options.index is ${options.index} and the value has ${parts.length} parts between "${options.delimiter}"`,
      { help: 'correct the index (it counts from 0) or the delimiter', at: node },
    );
  }
  return { ...node, text: part };
}

function noDelimiter(at: Node): RenderError {
  return new RenderError('RenderFailed', 'the option delimiter is for single values only', { at });
}

function replaceInTargets(list: ResourceList, target: ReplacementTarget, value: Node): void {
  const { select } = target;
  if (select === undefined) {
    throw new RenderError('KustomizationInvalid', 'a target of a replacement needs select', {
      help: 'name the objects with select:',
      at: target.at,
    });
  }
  const labels = selectorMatcher(select.labelSelector);
  const annotations = selectorMatcher(select.annotationSelector);
  const isRejected = target.reject.map(rejection);
  const paths = target.fieldPaths.length === 0 ? ['metadata.name'] : target.fieldPaths;
  for (const resource of list.items) {
    const ids = idsOf(resource);
    if (!ids.some((id) => isSelectedBy(id, select))) continue;
    if (!matchesEntries(resource, labels, 'labels') || !matchesEntries(resource, annotations, 'annotations')) continue;
    if (isRejected.some((rejects) => rejects(resource, ids))) continue;
    changeNode(resource, (node) => paths.reduce((root, path) => writeAt(root, path, target, value), node));
  }
}

/** A rejection says it with labels or annotations, or with an id; whichever it says is enough. */
function rejection(selector: Selector): (resource: Resource, ids: readonly ResourceId[]) => boolean {
  const labels = selectorMatcher(selector.labelSelector);
  const annotations = selectorMatcher(selector.annotationSelector);
  const hasSelectors = labels !== undefined || annotations !== undefined;
  const { gvk, name, namespace } = selector;
  const hasId = [gvk.group, gvk.version, gvk.kind, name, namespace].some((part) => part !== '');
  return (resource, ids) => {
    const bySelectors =
      hasSelectors &&
      matchesEntries(resource, labels, 'labels') &&
      matchesEntries(resource, annotations, 'annotations');
    return bySelectors || (hasId && ids.some((id) => isSelectedBy(id, selector)));
  };
}

function writeAt(root: MapNode, path: string, target: ReplacementTarget, value: Node): MapNode {
  const create = target.options?.create === true ? value.kind : undefined;
  const write = (node: Node) => writeValue(node, value, target.options);
  const { node, count } = updateMatches(root, splitFieldPath(path), { create, at: value }, write);
  if (count === 0) {
    throw new RenderError('RenderFailed', `the target of a replacement has no field ${path}`, {
      help: create === undefined ? 'correct the field path, or set options.create: true' : 'correct the field path',
      at: target.at,
    });
  }
  return node.kind === 'map' ? node : root;
}

/** A single value keeps its type: text goes into a number as a number, and the other way round. */
function writeValue(former: Node, value: Node, options: FieldOptions | undefined): Node {
  let node = value;
  if (options !== undefined && options.delimiter !== '') {
    if (former.kind !== 'scalar') throw noDelimiter(former);
    const parts = former.text.split(options.delimiter);
    if (options.index < 0) parts.unshift(textOf(value));
    else if (options.index >= parts.length) parts.push(textOf(value));
    else parts[options.index] = textOf(value);
    node = scalar(parts.join(options.delimiter), placeOfBoth(value, former), 'str');
  }
  if (former.kind !== 'scalar') return node;
  return withStyleOf(scalar(textOf(node), node, former.tag, former.isQuoted), former);
}
