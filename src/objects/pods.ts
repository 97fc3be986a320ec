import { parseTime } from '../lib/clock.ts';
import { findCondition, isConditionTrue } from './conditions.ts';
import type { Pod } from './types.ts';

/** The label that tells the pods of one revision of a Deployment from those of another. */
export const POD_TEMPLATE_HASH_LABEL = 'pod-template-hash';
/** By it a pod says of which revision of its StatefulSet or DaemonSet it is. */
export const REVISION_LABEL = 'controller-revision-hash';

/** Reason of the condition `PodScheduled` while a pod has scheduling gates. */
export const SCHEDULING_GATED = 'SchedulingGated';

/** Reason of an end of which nobody knows how it came: the container is not there any more. */
export const CONTAINER_STATUS_UNKNOWN = 'ContainerStatusUnknown';

type PodStatusCarrier = { readonly status?: Pod['status'] };

export function isPodReady(pod: PodStatusCarrier): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready');
}

/**
 * "A pod is available when it has been ready for minReadySeconds" (podutil.IsPodAvailable). Ask again `availableInMs`
 * later when this says no for want of time.
 */
export function isPodAvailable(pod: PodStatusCarrier, minReadySeconds: number, nowMs: number): boolean {
  return isPodReady(pod) && availableInMs(pod, minReadySeconds, nowMs) === 0;
}

/** For how long a pod of a workload has to be ready to count as available. */
export function minReadySecondsOf(workload: {
  readonly spec?: { readonly minReadySeconds?: number } | undefined;
}): number {
  return workload.spec?.minReadySeconds ?? 0;
}

/**
 * How long a ready pod still has to stay ready to count as available; 0 when it does, `undefined` when it is not ready.
 */
export function availableInMs(pod: PodStatusCarrier, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = parseTime(ready.lastTransitionTime);
  if (sinceMs === undefined) return minReadySeconds * 1000;
  return Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}

/** Whether the pod has ended and will never run again. */
export function isPodTerminal(pod: PodStatusCarrier): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether somebody asked for the pod's deletion. */
export function isPodTerminating(pod: {
  readonly metadata: { readonly deletionTimestamp?: string | undefined };
}): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/**
 * Why a node ends a pod that runs. Such a reason stands in the status from the verdict on; the phase follows once
 * nothing of the pod runs.
 */
const REASONS_TO_END: readonly (string | undefined)[] = ['Evicted', 'DeadlineExceeded'];

/** Whether its node ends the pod, and is not done with that. */
export function isPodEnding(pod: PodStatusCarrier): boolean {
  return !isPodTerminal(pod) && REASONS_TO_END.includes(pod.status?.reason);
}

/** Neither ended nor being deleted: what controllers count (controller.IsPodActive). */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !isPodTerminating(pod);
}

/** Whether the pod is to go on: nobody and nothing has asked for its end. */
export function isPodGoingOn(pod: Pod): boolean {
  return isPodActive(pod) && !isPodEnding(pod);
}

/** An init container that keeps running beside the others. */
export function isSidecar(container: { readonly restartPolicy?: string | undefined }): boolean {
  return container.restartPolicy === 'Always';
}

/**
 * Whether a container of the pod is to end by itself: an init container that is no sidecar, or one of a pod that is not
 * restarted always.
 */
export function isToEnd({ spec }: Pod, containerName: string): boolean {
  const init = spec?.initContainers?.find(({ name }) => name === containerName);
  return init === undefined ? (spec?.restartPolicy ?? 'Always') !== 'Always' : !isSidecar(init);
}
