import { parseTime } from '../lib/clock.ts';
import { isPodEnding, isSidecar } from '../objects/pods.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { newestAttempt, newestSandbox, runningContainers, specOf } from './observed-pod.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import { isLost, recordedStatus } from './recorded-containers.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export function isTerminalPhase(phase: string | undefined): phase is 'Succeeded' | 'Failed' {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The reason of a pod that `activeDeadlineSeconds` ends. */
export const DEADLINE_EXCEEDED = 'DeadlineExceeded';

/** When `activeDeadlineSeconds` ends the pod, counted from `status.startTime`; `undefined` without one. */
export function deadlineOf(snapshot: PodSnapshot): number | undefined {
  const seconds = specOf(snapshot.pod).activeDeadlineSeconds;
  const startedAtMs = parseTime(snapshot.pod.status?.startTime);
  return seconds === undefined || startedAtMs === undefined ? undefined : startedAtMs + seconds * 1000;
}

function isPastDeadline(snapshot: PodSnapshot): boolean {
  const deadline = deadlineOf(snapshot);
  return deadline !== undefined && snapshot.nowMs >= deadline;
}

/** Why the node ends a pod, whatever its containers do. */
export interface PodVerdict {
  readonly reason: string;
  readonly message: string;
}

/**
 * The verdict on a pod that has not ended yet. It is recorded before it is carried out, so that neither a crash nor a
 * clock that is put back takes it back.
 */
export function computeVerdict(snapshot: PodSnapshot): PodVerdict | undefined {
  const { pod, refusal } = snapshot;
  const { reason = '', message = '' } = pod.status ?? {};
  if (isPodEnding(pod)) return { reason, message };
  if (refusal !== undefined) return { reason: refusal.reason, message: `Pod was rejected: ${refusal.message}` };
  if (!isPastDeadline(snapshot)) return undefined;
  return { reason: DEADLINE_EXCEEDED, message: 'Pod was active on the node longer than the specified deadline' };
}

/** Whether nothing of the pod is started any more. */
export function isOver(snapshot: PodSnapshot): boolean {
  const { metadata, status } = snapshot.pod;
  const isAtEnd = metadata.deletionTimestamp !== undefined || isTerminalPhase(status?.phase);
  return isAtEnd || computeVerdict(snapshot) !== undefined;
}

/**
 * The pod life-cycle documentation: Pending: "one or more of the containers has not been set up and made ready to run";
 * Running: "at least one container is still running, or is in the process of starting or restarting"; Succeeded: "all
 * containers have terminated in success, and will not be restarted"; Failed: "all containers have terminated, and at
 * least one has terminated in failure". A terminal phase is never left again, and a deleted pod reaches one before its
 * object goes. "The Kubelet should never transition a pod to terminal status that is actively leveraging exclusive
 * resources" (mergePodStatus): one that the node ends stays in its phase while something of it runs.
 */
export function computePhase(snapshot: PodSnapshot): PodPhase {
  const { pod } = snapshot;
  const recorded = pod.status?.phase;
  if (isTerminalPhase(recorded)) return recorded;
  const anyRunning = runningContainers(snapshot.observed).length > 0;
  const unended = recorded === 'Running' ? 'Running' : 'Pending';
  if (computeVerdict(snapshot) !== undefined) return anyRunning ? unended : 'Failed';
  const mains = countMains(snapshot);
  if (pod.metadata.deletionTimestamp !== undefined && !anyRunning) return mains.allSucceeded ? 'Succeeded' : 'Failed';
  if (hasFailedInit(snapshot)) return anyRunning ? unended : 'Failed';
  if (mains.waiting > 0 || isInitPending(snapshot)) return 'Pending';
  if (anyRunning) return 'Running';
  return phaseWhenStopped(specOf(pod).restartPolicy ?? 'Always', mains.allSucceeded);
}

function phaseWhenStopped(restartPolicy: 'Always' | 'OnFailure' | 'Never', allSucceeded: boolean): PodPhase {
  if (restartPolicy === 'Always') return 'Running';
  if (allSucceeded) return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

interface MainCount {
  readonly waiting: number;
  readonly allSucceeded: boolean;
}

function countMains(snapshot: PodSnapshot): MainCount {
  let waiting = 0;
  let succeeded = 0;
  const containers = specOf(snapshot.pod).containers;
  for (const { name } of containers) {
    const state = newestAttempt(snapshot.observed, name);
    if (state?.status === 'exited') succeeded += state.exitCode === 0 ? 1 : 0;
    else if (state?.status !== 'running' && !hasRunBefore(snapshot, name)) waiting++;
  }
  return { waiting, allSucceeded: succeeded === containers.length };
}

/** A container that somebody removed behind Berth's back is known from the recorded status. */
export function hasRunBefore(snapshot: PodSnapshot, name: string): boolean {
  return (recordedStatus(snapshot.pod, name)?.containerID ?? '') !== '';
}

/**
 * Documentation of init containers: "if the Pod has a restartPolicy of Never, and an init container fails during
 * startup of that Pod, Kubernetes treats the overall Pod as failed." Else "the kubelet repeatedly restarts that init
 * container until it succeeds".
 */
function hasFailedInit({ pod, observed }: PodSnapshot): boolean {
  const { restartPolicy, initContainers = [] } = specOf(pod);
  if (restartPolicy !== 'Never') return false;
  return initContainers.some((container) => {
    const state = newestAttempt(observed, container.name);
    const hasFailed = state?.status === 'exited' && state.exitCode !== 0;
    return !isSidecar(container) && (hasFailed || isLost(pod, observed, container.name));
  });
}

/**
 * Whether one of the init containers has not done its part, also of a pod that goes through them again in a new sandbox
 * (getPhase). Sidecars that are started again beside a main container do not count: "the pod should not be placed back
 * into v1.PodPending since the regular containers have run".
 */
function isInitPending(snapshot: PodSnapshot): boolean {
  const { pod, observed } = snapshot;
  const isInitialized = hasActiveMain(snapshot);
  return (specOf(pod).initContainers ?? []).some((container) => {
    const state = newestAttempt(observed, container.name);
    if (state?.status === 'exited') return false;
    if (state?.status !== 'running') return !hasRunBefore(snapshot, container.name);
    if (!isSidecar(container)) return true;
    return !isInitialized && !isStarted(snapshot, container.name, state, container.startupProbe !== undefined);
  });
}

/**
 * "If any regular container of the current pod sandbox has started, which indicates all init containers have been
 * initialized" (HasAnyActiveRegularContainerStarted).
 */
function hasActiveMain({ pod, observed }: PodSnapshot): boolean {
  const sandbox = newestSandbox(observed);
  if (sandbox?.running !== true) return false;
  return specOf(pod).containers.some(({ name }) => newestAttempt(observed, name, sandbox.id) !== undefined);
}

/**
 * Whether a container counts as started: it runs, no hook of its start has failed, and its startup probe, if any, has
 * passed.
 */
export function isStarted(
  snapshot: PodSnapshot,
  name: string,
  state: ContainerState | undefined,
  hasStartupProbe: boolean,
): boolean {
  if (state?.status !== 'running' || snapshot.failedHooks.has(state.id)) return false;
  return !hasStartupProbe || snapshot.probes.get(name)?.startup === true;
}
