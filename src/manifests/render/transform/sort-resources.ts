import { compareText } from '../../../lib/compare-text.ts';
import type { SortOptions } from '../kustomization/kustomization.ts';
import { RenderError } from '../problems.ts';
import { formatGvk, type Gvk, gvkEqual, ORDER_FIRST, ORDER_LAST, rankKinds, sortTextOfGvk } from '../resources/gvk.ts';
import type { ResourceId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';

/** Puts objects into an order: by kind and name unless the kustomization wants them as they came (`fifo`). */
export function sortResources(list: ResourceList, options: SortOptions | undefined): void {
  const order = options?.order ?? 'legacy';
  if (order !== 'legacy' && order !== 'fifo') {
    throw new RenderError('KustomizationInvalid', `sortOptions.order is ${JSON.stringify(order)}`, {
      help: 'write legacy or fifo',
    });
  }
  if (order === 'fifo') {
    if (options?.orderFirst === undefined) return;
    throw new RenderError('KustomizationInvalid', 'sortOptions.legacySortOptions goes with the order legacy only', {
      help: 'remove it, or set order: legacy',
    });
  }
  const ranks = rankKinds(options?.orderFirst ?? ORDER_FIRST, options?.orderLast ?? ORDER_LAST);
  list.items = list.items
    .map((resource) => ({ resource, id: resource.id, text: sortTextOfId(resource.id) }))
    .sort((a, b) =>
      gvkEqual(a.id.gvk, b.id.gvk) ? compareText(a.text, b.text) : compareKinds(a.id.gvk, b.id.gvk, ranks),
    )
    .map(({ resource }) => resource);
}

function compareKinds(a: Gvk, b: Gvk, ranks: ReadonlyMap<string, number>): number {
  const difference = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
  if (difference !== 0) return difference;
  const isNamespace = a.kind === 'Namespace' && b.kind === 'Namespace' && (a.group === '' || b.group === '');
  const compared = compareText(sortTextOfGvk(a), sortTextOfGvk(b));
  return isNamespace ? -compared : compared;
}

function sortTextOfId({ gvk, name, namespace }: ResourceId): string {
  return `${formatGvk(gvk)}|${namespace || '~X'}|${name || '~N'}`;
}
