import type { IIoK8sApiCoreV1ContainerState } from 'kubernetes-models/v1/ContainerState';
import type { IIoK8sApiCoreV1ContainerStateTerminated } from 'kubernetes-models/v1/ContainerStateTerminated';
import type { IIoK8sApiCoreV1ContainerStateWaiting } from 'kubernetes-models/v1/ContainerStateWaiting';
import type { IIoK8sApiCoreV1ContainerStatus } from 'kubernetes-models/v1/ContainerStatus';
import { formatTime } from '../lib/clock.ts';
import { isSidecar } from '../objects/pods.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { isOver, isStarted } from './compute-phase.ts';
import { formatGoDuration } from './go-duration.ts';
import { type Container, formatPod, specOf } from './observed-pod.ts';
import { endedAtMs, type PodSnapshot } from './pod-snapshot.ts';
import { lossOf, shownAttempts } from './recorded-containers.ts';
import { backOffShownAtMs, nextAttemptAtMs } from './restart-backoff.ts';

export type ContainerStatus = IIoK8sApiCoreV1ContainerStatus;

/** What a status needs beyond the decisions about the pod. */
export interface StatusContext {
  /** Prefix of container ids: `docker`. */
  readonly runtimeName: string;
  /** Last words of containers that have exited, by container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
}

/** The status of one container, as `kubectl describe pod` shows it. */
export function computeContainerStatus(
  snapshot: PodSnapshot,
  container: Container,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): ContainerStatus {
  const [newest, previous] = shownAttempts(snapshot.observed, container.name, recorded);
  const loss = lossOf(snapshot.pod, snapshot.observed, container.name);
  const state = stateOf(snapshot, container, newest, recorded, context);
  const isWaiting = state.waiting !== undefined;
  const lastDead = isWaiting && newest?.status === 'exited' ? newest : previous;
  const lastState = loss.lastState ?? lastStateOf(lastDead, newest, recorded, context);
  const started = isStarted(snapshot, container.name, newest, container.startupProbe !== undefined);
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: imageIdOf(newest, recorded, context),
    ...containerIdOf(newest, recorded, context),
    restartCount: Math.max(newest?.attempt ?? 0, (recorded?.restartCount ?? 0) + loss.restarts),
    ready: !isWaiting && isReady(snapshot, container, newest, started),
    started,
    state,
    lastState,
  };
}

/**
 * "ImageID is the image ID of the container's image" (core/v1, ContainerStatus): by its digest in the registry where it
 * has one, which only the start of a container knows. So it stays as it was said of a container: whatever the engine
 * says of that later is another name of the same image.
 */
function imageIdOf(
  newest: ContainerState | undefined,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): string {
  const said = recorded?.imageID ?? '';
  if (newest === undefined) return said;
  return said !== '' && recorded?.containerID === nameOf(newest, context) ? said : newest.imageId;
}

function nameOf({ id }: ContainerState, { runtimeName }: StatusContext): string {
  return `${runtimeName}://${id}`;
}

function containerIdOf(
  newest: ContainerState | undefined,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): { containerID?: string } {
  if (newest !== undefined && newest.status !== 'created') return { containerID: nameOf(newest, context) };
  return recorded?.containerID === undefined ? {} : { containerID: recorded.containerID };
}

/** "Ready" of an init container means that it has done its work; of others that they serve. */
function isReady(
  snapshot: PodSnapshot,
  container: Container,
  newest: ContainerState | undefined,
  started: boolean,
): boolean {
  const isInit = (specOf(snapshot.pod).initContainers ?? []).includes(container);
  if (isInit && !isSidecar(container)) return newest?.status === 'exited' && newest.exitCode === 0;
  if (!started) return false;
  return container.readinessProbe === undefined || snapshot.probes.get(container.name)?.readiness === true;
}

function stateOf(
  snapshot: PodSnapshot,
  container: Container,
  newest: ContainerState | undefined,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): IIoK8sApiCoreV1ContainerState {
  if (newest?.status === 'running') {
    const startedAt = startedAtOf(newest, recorded, context);
    return failedHookState(snapshot, container, newest) ?? { running: { startedAt } };
  }
  const blocked = waitingForStart(snapshot, container);
  if (blocked !== undefined) return { waiting: blocked };
  if (newest?.status === 'exited') {
    const waiting =
      crashLoopState(snapshot, container, newest) ?? startErrorState(snapshot, container, newest, context);
    return waiting === undefined ? { terminated: terminatedStateOf(newest, recorded, context) } : { waiting };
  }
  const hasInit = (specOf(snapshot.pod).initContainers ?? []).length > 0;
  return { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } };
}

/** Messages are the kubelet's own: `Back-off pulling image "x"`, `configmap "x" not found`, … */
function waitingForStart(
  snapshot: PodSnapshot,
  container: Container,
): IIoK8sApiCoreV1ContainerStateWaiting | undefined {
  const block = snapshot.blocks.get(container.name);
  if (block !== undefined) return { reason: block.reason, message: block.message };
  const image = snapshot.images.get(container.name);
  if (image?.type !== 'failed') return undefined;
  if (snapshot.monotonicMs < backOffShownAtMs(image.failedAtMs))
    return { reason: 'ErrImagePull', message: image.message };
  return {
    reason: 'ImagePullBackOff',
    message: `Back-off pulling image "${container.image ?? ''}": ErrImagePull: ${image.message}`,
  };
}

function crashLoopState(
  snapshot: PodSnapshot,
  container: Container,
  dead: ContainerState,
): IIoK8sApiCoreV1ContainerStateWaiting | undefined {
  if (!restartsAfterExit(snapshot, container, dead)) return undefined;
  const entry = snapshot.backoff.get(container.name);
  const startAtMs = nextAttemptAtMs(entry, endedAtMs(snapshot, dead));
  if (entry === undefined || startAtMs <= snapshot.monotonicMs) return undefined;
  return { reason: 'CrashLoopBackOff', message: crashLoopMessage(snapshot, container.name, entry.delayMs) };
}

/**
 * "Handle the containers failed to be started, which should be in Waiting state", if they are to be restarted
 * (convertToAPIContainerStatuses).
 */
function startErrorState(
  snapshot: PodSnapshot,
  container: Container,
  dead: ContainerState,
  context: StatusContext,
): IIoK8sApiCoreV1ContainerStateWaiting | undefined {
  if (dead.error === undefined || !restartsAfterExit(snapshot, container, dead)) return undefined;
  return { reason: 'RunContainerError', message: context.terminationMessages.get(dead.id) ?? '' };
}

/**
 * "The Container's status is not set to RUNNING until the postStart handler completes" (container lifecycle hooks): one
 * whose hook has failed is being killed, and has never served.
 */
function failedHookState(
  snapshot: PodSnapshot,
  container: Container,
  { id }: ContainerState,
): IIoK8sApiCoreV1ContainerState | undefined {
  const message = snapshot.failedHooks.get(id);
  const restarts = isSidecar(container) || specOf(snapshot.pod).restartPolicy !== 'Never';
  return message === undefined || !restarts ? undefined : { waiting: { reason: 'PostStartHookError', message } };
}

export function crashLoopMessage(snapshot: PodSnapshot, name: string, delayMs: number): string {
  return `back-off ${formatGoDuration(delayMs)} restarting failed container=${name} pod=${formatPod(snapshot.pod)}`;
}

function restartsAfterExit(snapshot: PodSnapshot, container: Container, dead: ContainerState): boolean {
  if (isOver(snapshot)) return false;
  if (isSidecar(container)) return true;
  const spec = specOf(snapshot.pod);
  const policy = spec.restartPolicy ?? 'Always';
  const isInit = (spec.initContainers ?? []).includes(container);
  return (policy === 'Always' && !isInit) || (policy !== 'Never' && dead.exitCode !== 0);
}

/** A start that was recorded once keeps its second, whatever the engine says after a restart of Berth. */
function startedAtOf(state: ContainerState, recorded: ContainerStatus | undefined, context: StatusContext): string {
  const known = recorded?.state?.running?.startedAt;
  if (known !== undefined && recorded?.containerID === nameOf(state, context)) return known;
  return formatTime(state.startedAtMs ?? state.createdAtMs);
}

export function terminatedStateOf(
  state: ContainerState,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): IIoK8sApiCoreV1ContainerStateTerminated {
  const containerID = nameOf(state, context);
  for (const known of [recorded?.state?.terminated, recorded?.lastState?.terminated]) {
    if (known?.containerID === containerID) return known;
  }
  const exitCode = state.exitCode ?? 137;
  const message = context.terminationMessages.get(state.id) ?? '';
  return {
    exitCode,
    reason: terminationReason(state, exitCode),
    startedAt: startedAtOf(state, recorded, context),
    finishedAt: formatTime(state.finishedAtMs ?? state.createdAtMs),
    containerID,
    ...(message === '' ? {} : { message }),
  };
}

function terminationReason(state: ContainerState, exitCode: number): string {
  if (state.oomKilled === true) return 'OOMKilled';
  if (state.error !== undefined) return 'StartError';
  return exitCode === 0 ? 'Completed' : 'Error';
}

function lastStateOf(
  lastDead: ContainerState | undefined,
  newest: ContainerState | undefined,
  recorded: ContainerStatus | undefined,
  context: StatusContext,
): IIoK8sApiCoreV1ContainerState {
  if (lastDead?.status === 'exited') return { terminated: terminatedStateOf(lastDead, recorded, context) };
  const known = recorded?.state?.terminated;
  if (known !== undefined && newest !== undefined && known.containerID !== nameOf(newest, context)) {
    return { terminated: known };
  }
  return recorded?.lastState ?? {};
}
