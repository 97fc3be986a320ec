import type { IIoK8sApiCoreV1ContainerStatus } from 'kubernetes-models/v1/ContainerStatus';
import { parseTime } from '../lib/clock.ts';
import { CONTAINER_STATUS_UNKNOWN } from '../objects/pods.ts';
import type { Pod } from '../objects/types.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { identityOf } from './compute-runtime-spec.ts';
import {
  allContainers,
  attemptsOf,
  type Container,
  newestAttempt,
  newestSandbox,
  type ObservedPod,
} from './observed-pod.ts';
import { containerSpecHash } from './spec-hash.ts';

type ContainerStatus = IIoK8sApiCoreV1ContainerStatus;

/** Why a container that somebody removed has ended, as far as anybody knows. */
const STATUS_UNKNOWN = { exitCode: 137, reason: CONTAINER_STATUS_UNKNOWN } as const;

/** Of a container that is not there when its pod has ended (TerminatePod). */
export const NOT_FOUND = {
  ...STATUS_UNKNOWN,
  message: 'The container could not be located when the pod was terminated',
} as const;

/** What the stored status says of a container. */
export function recordedStatus({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {};
  return containerStatuses.find((it) => it.name === name) ?? initContainerStatuses.find((it) => it.name === name);
}

/** Whether the engine has nothing as new as what the status tells of: that was removed. */
function isGone(newest: ContainerState | undefined, recorded: ContainerStatus | undefined): boolean {
  if (newest?.status === 'running' || recorded === undefined) return false;
  return newest === undefined || newest.attempt < recorded.restartCount;
}

/** Whether the container that the status shows running is gone from the engine: somebody has removed it. */
export function isLost(pod: Pod, observed: ObservedPod, name: string): boolean {
  const recorded = recordedStatus(pod, name);
  return recorded?.state?.running !== undefined && isGone(newestAttempt(observed, name), recorded);
}

/** The attempts that the status of a container tells of, newest first: none where the engine has only older ones. */
export function shownAttempts(
  observed: ObservedPod,
  name: string,
  recorded: ContainerStatus | undefined,
): readonly ContainerState[] {
  const attempts = attemptsOf(observed, name);
  return isGone(attempts[0], recorded) ? [] : attempts;
}

/**
 * What is told of a container that was removed: "if the container was previously running then when that container
 * status disappears, we can infer that it terminated even if we don't know the status code", and "if the pod was not
 * deleted, then it's been restarted" (convertToAPIContainerStatuses).
 */
export function lossOf(
  pod: Pod,
  observed: ObservedPod,
  name: string,
): { readonly restarts: 0 | 1; readonly lastState?: NonNullable<ContainerStatus['lastState']> } {
  if (!isLost(pod, observed, name)) return { restarts: 0 };
  const message = 'The container could not be located when the pod was deleted.  The container used to be Running';
  const lastState = { terminated: { ...STATUS_UNKNOWN, message } };
  return { restarts: pod.metadata.deletionTimestamp === undefined ? 1 : 0, lastState };
}

/**
 * The number of the next attempt, as far as the status knows. A loss was counted when it was seen, and the attempt that
 * replaces it is still to come.
 */
export function nextRecordedAttempt({ restartCount, state, lastState }: ContainerStatus): number {
  const isCounted = state?.waiting !== undefined && lastState?.terminated?.reason === STATUS_UNKNOWN.reason;
  return restartCount + (isCounted ? 0 : 1);
}

/**
 * What the engine has of a pod, and the ends that the status has recorded of containers which are not there any more,
 * as after `docker container prune`. A kubelet keeps the last dead container of each name and forgets with it that it
 * has ended; here the record counts, so that nothing is done twice which is not to be restarted.
 */
export function withRecordedEnds(pod: Pod, observed: ObservedPod): ObservedPod {
  const ends = allContainers(pod).flatMap((container) => {
    const recorded = recordedStatus(pod, container.name);
    if (recorded === undefined || !isGone(newestAttempt(observed, container.name), recorded)) return [];
    return recordedEnd(pod, container, recorded, observed) ?? [];
  });
  return ends.length === 0 ? observed : { ...observed, containers: [...observed.containers, ...ends] };
}

function recordedEnd(
  pod: Pod,
  container: Container,
  recorded: ContainerStatus,
  observed: ObservedPod,
): ContainerState | undefined {
  const { containerID = '', state, lastState } = recorded;
  const end = [state?.terminated, lastState?.terminated].find((it) => it?.containerID === containerID);
  if (end === undefined || containerID === '') return undefined;
  const finishedAtMs = parseTime(end.finishedAt) ?? 0;
  const sandbox = newestSandbox(observed);
  return {
    id: containerID.slice(containerID.indexOf('://') + '://'.length),
    pod: identityOf(pod),
    // Which one it was in is not recorded; it counts as one before, unless there was none.
    sandboxId: sandbox?.attempt === 0 ? sandbox.id : '',
    name: container.name,
    attempt: recorded.restartCount,
    image: container.image ?? '',
    imageId: recorded.imageID,
    specHash: containerSpecHash(container),
    status: 'exited',
    createdAtMs: parseTime(end.startedAt) ?? finishedAtMs,
    finishedAtMs,
    exitCode: end.exitCode,
  };
}
