/**
 * "controller.kubernetes.io/pod-deletion-cost: the cost of deleting a pod compared to other pods belonging to the same
 * ReplicaSet" (kubernetes.io).
 */
export const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The cost that the text gives; `undefined` when it is no 32-bit integer. "Values that start with plus sign (e.g,
 * "+10") or leading zeros (e.g., "008") are not valid" (GetDeletionCostFromPodAnnotations); zeros after a minus are.
 */
export function parseDeletionCost(text: string): number | undefined {
  if (!/^(0|[1-9]\d*|-\d+)$/.test(text)) return undefined;
  const cost = Number(text);
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : undefined;
}
