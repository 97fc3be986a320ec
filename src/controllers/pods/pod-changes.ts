import { jsonEqual } from '../../lib/json.ts';
import { findCondition, isPodActive, isPodTerminal } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';

/** Whose a pod is, who selects it, and in which order it is deleted. */
const COUNTED_METADATA = ['labels', 'annotations', 'ownerReferences', 'deletionTimestamp'] as const;

/**
 * Whether two versions of a pod are the same for whoever counts pods: of one owner, with the same labels and
 * annotations, as active and as ready, since the same moment. Where a pod runs, its addresses and the states of its
 * containers count for nothing, and make most of what happens to a pod.
 */
export function isCountedAlike(pod: Pod, previous: Pod | undefined): boolean {
  return (
    previous !== undefined &&
    isPodActive(pod) === isPodActive(previous) &&
    COUNTED_METADATA.every((field) => jsonEqual(pod.metadata[field], previous.metadata[field])) &&
    jsonEqual(readiness(pod), readiness(previous))
  );
}

/**
 * Whether two versions of a pod make the same endpoint: "if both the pod and labels are unchanged, no update is needed"
 * (endpointslice, GetServicesToUpdateOnPodChange), and of the pod an endpoint has its readiness, its addresses, its
 * node and its host name.
 */
export function isServedAlike(pod: Pod, previous: Pod | undefined): boolean {
  return (
    previous !== undefined &&
    isCountedAlike(pod, previous) &&
    isPodTerminal(pod) === isPodTerminal(previous) &&
    jsonEqual(pod.spec, previous.spec) &&
    pod.status?.podIP === previous.status?.podIP &&
    jsonEqual(pod.status?.podIPs, previous.status?.podIPs)
  );
}

function readiness({ status }: Pod) {
  return findCondition(status?.conditions, 'Ready');
}
