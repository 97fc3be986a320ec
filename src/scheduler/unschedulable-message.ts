import type { Refusal } from './plugin.ts';

/**
 * Why no node takes the pod, as kube-scheduler words it: reasons with the number of nodes, sorted as text
 * (framework.FitError): `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.`
 */
export function unschedulableMessage(nodeCount: number, refusals: readonly Refusal[]): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  // "When the prefilter plugin returns unschedulable, the same status is inserted for all nodes": it is said once.
  const ofPod = refusals.find(({ isOfPod }) => isOfPod === true);
  const reasons = ofPod?.reasons.join(', ') ?? histogram(refusals.flatMap((refusal) => refusal.reasons));
  return `0/${nodeCount} nodes are available: ${reasons}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
