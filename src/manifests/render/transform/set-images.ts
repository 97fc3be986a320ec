import { type FieldSpec, scalarSetter, updateFieldSpec } from '../config/field-spec.ts';
import type { Image, Replica } from '../kustomization/kustomization.ts';
import { type ListNode, type Node, withField } from '../nodes/node.ts';
import { compilePattern } from '../pattern.ts';
import { RenderError } from '../problems.ts';
import { isSelected } from '../resources/gvk.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { changeNode } from './set-metadata.ts';

/** Gives images of one name another name, tag or digest, in every object but CustomResourceDefinitions. */
export function setImage(list: ResourceList, image: Image, specs: readonly FieldSpec[]): void {
  const isNamed = compilePattern(`${image.name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?`, 'whole');
  const rename = scalarSetter((former) => renameImage(former, image), image.at, '');
  const set = (node: Node) => {
    if (node.kind === 'scalar' && !isNamed(node.text)) return node;
    return rename(node);
  };
  for (const resource of list.items) {
    if (resource.gvk.kind === 'CustomResourceDefinition') continue;
    changeNode(resource, (root) =>
      specs.reduce(
        (node: Node, spec) => updateFieldSpec(node, spec, { set, at: image.at }),
        updateContainers(root, set),
      ),
    );
  }
}

/**
 * The images of all lists called containers or initContainers, wherever they are; a suffix is added once more after
 * this.
 */
function updateContainers(node: Node, set: (node: Node) => Node): Node {
  if (node.kind === 'list') {
    const items = node.items.map((item) => updateContainers(item, set));
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
  }
  if (node.kind !== 'map') return node;
  let updated = node;
  for (const [name, value] of node.fields) {
    let next = updateContainers(value, set);
    if ((name === 'containers' || name === 'initContainers') && next.kind === 'list') next = updateImages(next, set);
    updated = withField(updated, name, next);
  }
  return updated;
}

function updateImages(list: ListNode, set: (node: Node) => Node): ListNode {
  let isChanged = false;
  const items = list.items.map((item) => {
    const image = item.kind === 'map' ? item.fields.get('image') : undefined;
    if (item.kind !== 'map' || image === undefined) return item;
    const next = withField(item, 'image', set(image));
    isChanged ||= next !== item;
    return next;
  });
  return isChanged ? { ...list, items } : list;
}

/** "Overriding tag or digest will replace both" (kustomize, filters/imagetag). */
function renameImage(former: string, { newName, newTag, tagSuffix, digest: newDigest }: Image): string {
  const { name, tag, digest } = splitImage(former);
  let [nextTag, nextDigest] = [tag, digest];
  if (newTag !== '' || newDigest !== '') [nextTag, nextDigest] = [newTag, newDigest];
  else if (tagSuffix !== '') [nextTag, nextDigest] = [tag + tagSuffix, ''];
  return `${newName || name}${nextTag === '' ? '' : `:${nextTag}`}${nextDigest === '' ? '' : `@${nextDigest}`}`;
}

/** A colon before the first slash belongs to the registry's port. */
function splitImage(image: string): { readonly name: string; readonly tag: string; readonly digest: string } {
  const slash = Math.max(image.indexOf('/'), 0);
  const at = image.indexOf('@', slash);
  const colon = image.indexOf(':', slash);
  if (at >= 0 && (colon < 0 || at < colon)) return { name: image.slice(0, at), tag: '', digest: image.slice(at + 1) };
  if (colon < 0) return { name: image, tag: '', digest: '' };
  const tag = image.slice(colon + 1, at < 0 ? undefined : at);
  return { name: image.slice(0, colon), tag, digest: at < 0 ? '' : image.slice(at + 1) };
}

/** Sets the number of replicas of the objects that are or were called so. */
export function setReplicas(list: ResourceList, replica: Replica, specs: readonly FieldSpec[]): void {
  const set = scalarSetter(() => String(replica.count), replica.at, 'int');
  let isFound = false;
  for (const spec of specs) {
    const found = list.matchingAnyId(({ name, gvk }) => name === replica.name && isSelected(gvk, spec.gvk));
    isFound ||= found.length > 0;
    for (const resource of found) {
      changeNode(resource, (node) => updateFieldSpec(node, spec, { set, createAs: 'scalar', at: replica.at }));
    }
  }
  if (isFound) return;
  const kinds = [...new Set(specs.map(({ gvk }) => gvk.kind))].join(', ');
  throw new RenderError('RenderFailed', `no object named ${replica.name} has replicas (kinds: ${kinds})`, {
    help: 'correct the name, or remove the entry',
  });
}
