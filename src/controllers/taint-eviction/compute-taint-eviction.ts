import type { Node, Pod } from '../../objects/types.ts';
import { toleratesTaint } from '../../scheduler/index.ts';

/**
 * How long a pod may stay on its node: `Infinity` for ever, 0 not at all.
 *
 * "If at least one taint with effect NoExecute is not tolerated, the Pod is evicted immediately; Pods that tolerate the
 * taint with a specified tolerationSeconds remain bound for the specified amount of time; Pods that tolerate it without
 * one remain bound forever" (Taints and Tolerations). Of several tolerations that match the shortest counts, as those
 * of a negative number count as 0 (getMinTolerationTime).
 */
export function allowedStayMs(pod: Pod, node: Node): number {
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  const tolerations = pod.spec?.tolerations ?? [];
  const used = tolerations.filter((toleration) => taints.some((taint) => toleratesTaint(toleration, taint)));
  const isTolerated = taints.every((taint) => used.some((toleration) => toleratesTaint(toleration, taint)));
  if (!isTolerated) return 0;
  const limits = used.map(({ tolerationSeconds }) => tolerationSeconds).filter((seconds) => seconds !== undefined);
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.min(...limits)) * 1_000;
}
