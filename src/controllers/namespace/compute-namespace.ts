import { compareText } from '../../lib/compare-text.ts';
import { setCondition } from '../../objects/index.ts';
import type { Namespace, StoredObject } from '../../objects/types.ts';

export const NAMESPACE_FINALIZER = 'kubernetes';

/** All objects of one kind in the namespace. */
export interface NamespaceContent {
  /** Plural and group as the conditions name them: `pods.`, `deployments.apps`. */
  readonly resource: string;
  readonly objects: readonly StoredObject[];
}

export interface NamespaceSnapshot {
  readonly namespace: Namespace;
  /** Of every kind that has namespaces, as it is now. */
  readonly contents: readonly NamespaceContent[];
}

export type NamespaceAction =
  | { readonly type: 'deleteObject'; readonly object: StoredObject; readonly reason: 'NamespaceTerminating' }
  | { readonly type: 'finalize'; readonly finalizers: readonly string[]; readonly reason: 'ContentRemoved' };

/**
 * What the deletion of a namespace does next. "Namespace deletion: status Terminating; all content is deleted, and when
 * none is left the finalizer `kubernetes` is removed" (Namespaces). Pods go first and everything else waits for them,
 * so that no pod outlives what protects it, such as a NetworkPolicy (OrderedNamespaceDeletion).
 */
export function computeNamespace({ namespace, contents }: NamespaceSnapshot): readonly NamespaceAction[] {
  const finalizers = namespace.spec?.finalizers ?? [];
  if (namespace.metadata.deletionTimestamp === undefined || !finalizers.includes(NAMESPACE_FINALIZER)) return [];
  const remaining = contents.filter(({ objects }) => objects.length > 0);
  if (remaining.length === 0) {
    const others = finalizers.filter((finalizer) => finalizer !== NAMESPACE_FINALIZER);
    return [{ type: 'finalize', finalizers: others, reason: 'ContentRemoved' }];
  }
  const pods = remaining.filter(({ resource }) => resource === 'pods.');
  return (pods.length > 0 ? pods : remaining)
    .flatMap(({ objects }) => objects)
    .filter((object) => object.metadata.deletionTimestamp === undefined)
    .map((object) => ({ type: 'deleteObject', object, reason: 'NamespaceTerminating' }));
}

export interface NamespaceStatusSnapshot {
  readonly namespace: Namespace;
  /** What is left after this reconcile. */
  readonly contents: readonly NamespaceContent[];
  /** Deletions that were refused, as messages. */
  readonly failures: readonly string[];
  readonly nowMs: number;
}

type NamespaceStatus = NonNullable<Namespace['status']>;
type NamespaceCondition = NonNullable<NamespaceStatus['conditions']>[number];

/**
 * The conditions of a namespace that is going, worded as kube-controller-manager words them, lists "sorted for stable
 * updates".
 */
export function computeNamespaceStatus(snapshot: NamespaceStatusSnapshot): NamespaceStatus {
  const present = snapshot.namespace.status?.conditions ?? [];
  const wanted = conditionsFor(snapshot);
  let conditions: readonly NamespaceCondition[] = present;
  for (const condition of wanted) conditions = setCondition(conditions, condition, snapshot.nowMs);
  return { ...snapshot.namespace.status, phase: 'Terminating', conditions: [...conditions] };
}

function conditionsFor({ contents, failures }: NamespaceStatusSnapshot): readonly NamespaceCondition[] {
  const remaining = contents.filter(({ objects }) => objects.length > 0);
  const counts = remaining
    .map(({ resource, objects }) => `${resource} has ${objects.length} resource instances`)
    .sort();
  const finalizers = countFinalizers(remaining);
  const held = finalizers.map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  const off = (type: string, reason: string, message: string) => ({ type, status: 'False', reason, message });
  const on = (type: string, reason: string, message: string) => ({ type, status: 'True', reason, message });
  const failed = `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`;
  return [
    off('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    off(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length > 0
      ? on('NamespaceDeletionContentFailure', 'ContentDeletionFailed', failed)
      : off(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    counts.length > 0
      ? on('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${counts.join(', ')}`)
      : off('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
    held.length > 0
      ? on(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        )
      : off('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
  ];
}

function countFinalizers(contents: readonly NamespaceContent[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { objects } of contents) {
    for (const finalizer of objects.flatMap((object) => object.metadata.finalizers ?? [])) {
      counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => compareText(a, b));
}
