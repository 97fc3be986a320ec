import type { Node } from '../../objects/types.ts';

type Labels = Node['metadata']['labels'];

/** Which label is kept equal to which: manifests of old select nodes by the second of each pair. */
const OLD_NAMES: readonly (readonly [label: string, oldName: string])[] = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
];

/**
 * The labels that the node should have; the same object when it has them. "labelReconcileInfo lists Node labels to
 * reconcile, and how to reconcile them": the old names of operating system and architecture follow the new ones, and
 * stay as they are where there is no new one (node_lifecycle_controller, reconcileNodeLabels).
 */
export function computeNodeLabels({ metadata: { labels } }: Node): Labels {
  const behind = OLD_NAMES.flatMap(([label, oldName]) => {
    const value = labels?.[label];
    return value === undefined || labels?.[oldName] === value ? [] : [[oldName, value] as const];
  });
  return behind.length === 0 ? labels : { ...labels, ...Object.fromEntries(behind) };
}
