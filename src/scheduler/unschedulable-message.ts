import type { Pod } from '../objects/types.ts';
import type { Refusal } from './plugin.ts';

/**
 * Why no node takes the pod, as kube-scheduler words it: reasons with the number of nodes, sorted as text, then what
 * preemption could do (framework.FitError): `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.
 * preemption: 0/2 nodes are available: …`.
 */
export function unschedulableMessage(pod: Pod, nodeCount: number, refusals: readonly Refusal[]): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const head = `0/${nodeCount} nodes are available:`;
  // "When the prefilter plugin returns unschedulable, the same status is inserted for all nodes": it is said once.
  const ofPod = refusals.find(({ isOfPod }) => isOfPod === true);
  const reasons = ofPod?.reasons.join(', ') ?? histogram(refusals.flatMap((refusal) => refusal.reasons));
  return `${head} ${reasons}. preemption: ${preemptionMessage(pod, head, refusals)}`;
}

function preemptionMessage(pod: Pod, head: string, refusals: readonly Refusal[]): string {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const reasons = refusals.map(({ isResolvable }) =>
    isResolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `${head} ${histogram(reasons)}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}

/** The message without what preemption could not do, for when it could. */
export function withoutPreemption(message: string): string {
  const mark = message.indexOf(' preemption: ');
  return mark < 0 ? message : message.slice(0, mark);
}
