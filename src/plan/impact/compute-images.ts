import { formatObject } from '../../objects/index.ts';
import type { PlannedObjects } from '../findings/planned-object.ts';
import { containersOf, podTemplateOf } from '../pod-specs.ts';

export interface ImageUse {
  readonly image: string;
  /** Objects that use it, after the change or, for `removed`, before it. */
  readonly usedBy: readonly string[];
  readonly change: 'added' | 'removed' | 'kept';
}

/** Images of the objects that the change touches, sorted. */
export function computeImages(
  base: PlannedObjects,
  head: PlannedObjects,
  touched: ReadonlySet<string>,
): readonly ImageUse[] {
  const before = imagesOf(base);
  const after = imagesOf(head);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((image): ImageUse[] => {
    const users = after.get(image) ?? before.get(image) ?? [];
    if (!users.some(({ key }) => touched.has(key))) return [];
    const change = !before.has(image) ? 'added' : after.has(image) ? 'kept' : 'removed';
    return [{ image, usedBy: users.map(({ object }) => object).sort(), change }];
  });
}

function imagesOf(
  objects: PlannedObjects,
): ReadonlyMap<string, readonly { readonly key: string; readonly object: string }[]> {
  const images = new Map<string, { readonly key: string; readonly object: string }[]>();
  for (const { key, id, object } of objects.values()) {
    const template = podTemplateOf(object);
    if (template === undefined) continue;
    const names = new Set(containersOf(template.spec).flatMap(({ container }) => container.image ?? []));
    for (const image of names) images.set(image, [...(images.get(image) ?? []), { key, object: formatObject(id) }]);
  }
  return images;
}
