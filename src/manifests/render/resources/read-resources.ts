import { fieldOf, isEmpty, type MapNode, type Node, textOf } from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { Resource } from './resource.ts';

/** The objects of a file's documents: lists unpacked, empty ones passed over. Throws for one without kind or name. */
export function readResources(documents: readonly Node[]): Resource[] {
  const nodes = documents.length === 1 ? documents.flatMap(unwrapList) : documents;
  const objects = nodes.filter((node) => !isEmpty(node));
  for (const node of objects) checkObject(node);
  return objects.flatMap(unpackList).map((node) => new Resource(node));
}

/** A file that is nothing but a List. */
function unwrapList(node: Node): readonly Node[] {
  const kind = textOf(fieldOf(node, 'kind'));
  const items = fieldOf(node, 'items');
  if ((kind !== 'List' && kind !== 'ResourceList') || items === undefined) return [node];
  return items.kind === 'list' ? items.items : [];
}

/** `FooList` with items stands for its items. */
function unpackList(node: Node): readonly MapNode[] {
  if (node.kind !== 'map') return [];
  if (!textOf(node.fields.get('kind')).endsWith('List')) return [node];
  const items = node.fields.get('items');
  if (items === undefined) return [node];
  if (items.kind !== 'list') {
    if (isEmpty(items)) return [];
    throw new RenderError('RenderFailed', 'items of a list is no list', { at: items });
  }
  const objects = items.items.filter((item) => !isEmpty(item));
  for (const item of objects) checkObject(item);
  return objects.flatMap(unpackList);
}

function checkObject(node: Node): void {
  const kind = fieldOf(node, 'kind');
  if (node.kind !== 'map' || isEmpty(kind) || textOf(kind) === '') {
    throw new RenderError('ManifestIncomplete', 'the object has no kind', {
      help: 'add apiVersion and kind, or remove the file from the kustomization',
      at: node,
    });
  }
  if (textOf(kind).endsWith('List')) return;
  const name = fieldOf(fieldOf(node, 'metadata'), 'name');
  if (!isEmpty(name) && textOf(name) !== '') return;
  throw new RenderError('ManifestIncomplete', `the ${textOf(kind)} has no metadata.name`, {
    help: 'add metadata.name',
    at: node,
  });
}
