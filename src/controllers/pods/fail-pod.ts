import type { Client } from '../../api/client.ts';
import { isPodTerminal, setCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { referenceTo } from '../manager/object-key.ts';

export interface Disruption {
  readonly reason: string;
  readonly message: string;
}

/**
 * "DisruptionTarget: indicates that the Pod is about to be terminated due to a disruption (such as preemption, eviction
 * API or garbage-collection)" (Disruptions, kubernetes.io). Written before the pod is deleted.
 */
export function markDisrupted(client: Client, pod: Pod, { reason, message }: Disruption, nowMs: number): void {
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message };
  const conditions = setCondition(pod.status?.conditions, condition, nowMs);
  const { resourceVersion: _version, ...metadata } = pod.metadata;
  client.updateStatus({ ...pod, metadata, status: { ...pod.status, conditions: [...conditions] } });
}

/**
 * Ends a pod of which nobody else will say how it ended, and removes it at once: "the pod garbage collector marks them
 * as failed if they are in a non-terminal phase" (Pod Lifecycle, kubernetes.io).
 */
export function failAndDelete(client: Client, pod: Pod): void {
  if (!isPodTerminal(pod)) {
    const { resourceVersion: _version, ...metadata } = pod.metadata;
    client.updateStatus({ ...pod, metadata, status: { ...pod.status, phase: 'Failed' } });
  }
  client.delete(referenceTo(pod), { gracePeriodSeconds: 0 });
}
