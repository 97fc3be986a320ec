import type { IIoK8sApiCoreV1PodCondition } from 'kubernetes-models/v1/PodCondition';
import type { IIoK8sApiCoreV1PodStatus } from 'kubernetes-models/v1/PodStatus';
import { formatTime } from '../lib/clock.ts';
import { compareText } from '../lib/compare-text.ts';
import { isSidecar } from '../objects/pods.ts';
import { type ContainerStatus, computeContainerStatus, type StatusContext } from './compute-container-status.ts';
import { computePhase, computeVerdict, isTerminalPhase, type PodPhase } from './compute-phase.ts';
import { type Container, newestSandbox, specOf } from './observed-pod.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import { settleStatuses } from './settle-statuses.ts';

export type PodStatus = IIoK8sApiCoreV1PodStatus;

export interface PodStatusContext extends StatusContext {
  /** Address of the node. */
  readonly hostIp: string;
  readonly qosClass: 'BestEffort' | 'Burstable' | 'Guaranteed';
}

/** The whole status of a pod, from what is recorded and what the engine shows. Equal inputs give equal statuses. */
export function computePodStatus(snapshot: PodSnapshot, context: PodStatusContext): PodStatus {
  const { pod } = snapshot;
  const recorded = pod.status;
  const spec = specOf(pod);
  const phase = computePhase(snapshot);
  const end = endOf(snapshot);
  const statusOf = (container: Container, known: readonly ContainerStatus[] | undefined): ContainerStatus => {
    const status = computeContainerStatus(
      snapshot,
      container,
      known?.find(({ name }) => name === container.name),
      context,
    );
    return isTerminalPhase(phase) || end !== undefined ? withoutLife(status) : status;
  };
  const initStatuses = (spec.initContainers ?? []).map((it) => statusOf(it, recorded?.initContainerStatuses));
  const mainStatuses = spec.containers
    .map((it) => statusOf(it, recorded?.containerStatuses))
    .sort((a, b) => compareText(a.name, b.name));
  const shown = isTerminalPhase(phase)
    ? settleStatuses(spec, { inits: initStatuses, mains: mainStatuses })
    : { inits: initStatuses, mains: mainStatuses };
  const podIp = podIpOf(snapshot, phase);
  // Of a pod that was not let in there is nothing to tell of its containers (rejectPod): what shows is the reason.
  const wasRefused =
    snapshot.refusal !== undefined ||
    (isTerminalPhase(recorded?.phase) &&
      recorded?.containerStatuses === undefined &&
      snapshot.observed.containers.length === 0);
  return {
    ...keptFields(recorded),
    phase,
    ...end,
    conditions: computeConditions(snapshot, phase, [...initStatuses, ...mainStatuses]),
    hostIP: context.hostIp,
    hostIPs: [{ ip: context.hostIp }],
    ...(podIp === '' ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: recorded?.startTime ?? formatTime(snapshot.nowMs),
    ...(initStatuses.length === 0 || wasRefused ? {} : { initContainerStatuses: [...shown.inits] }),
    ...(wasRefused ? {} : { containerStatuses: [...shown.mains] }),
    qosClass: recorded?.qosClass ?? context.qosClass,
  };
}

function keptFields(recorded: PodStatus | undefined): PodStatus {
  const { nominatedNodeName } = recorded ?? {};
  return nominatedNodeName === undefined ? {} : { nominatedNodeName };
}

/**
 * A pod that has ended, or that the node ends, may still show containers that never started or are being stopped; they
 * do not serve any more (kubelet, status manager: "pods that are terminal are never ready").
 */
function withoutLife(status: ContainerStatus): ContainerStatus {
  return { ...status, ready: status.state?.terminated?.exitCode === 0 && status.ready, started: false };
}

function podIpOf(snapshot: PodSnapshot, phase: PodPhase): string {
  const sandbox = newestSandbox(snapshot.observed);
  if (sandbox?.running === true && sandbox.ip !== '') return sandbox.ip;
  return isTerminalPhase(phase) ? (snapshot.pod.status?.podIP ?? '') : '';
}

/** Why the pod has ended, or is being ended; nothing of one that ended by itself. */
function endOf(snapshot: PodSnapshot): Pick<PodStatus, 'reason' | 'message'> | undefined {
  const recorded = snapshot.pod.status;
  if (!isTerminalPhase(recorded?.phase)) return computeVerdict(snapshot);
  return {
    ...(recorded?.reason === undefined ? {} : { reason: recorded.reason }),
    ...(recorded?.message === undefined ? {} : { message: recorded.message }),
  };
}

const OWN_CONDITIONS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'];

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** The kubelet's own conditions, then those of others (PodScheduled, readiness gates) as they are. */
function computeConditions(
  snapshot: PodSnapshot,
  phase: PodPhase,
  statuses: readonly ContainerStatus[],
): IIoK8sApiCoreV1PodCondition[] {
  const recorded = snapshot.pod.status?.conditions ?? [];
  const containersReady = containersReadyVerdict(snapshot, phase, statuses);
  const verdicts: readonly (readonly [string, Verdict])[] = [
    ['PodReadyToStartContainers', { status: newestSandbox(snapshot.observed)?.running === true ? 'True' : 'False' }],
    ['Initialized', initializedVerdict(snapshot, phase, statuses)],
    ['Ready', readyVerdict(snapshot, containersReady)],
    ['ContainersReady', containersReady],
  ];
  const others = recorded.filter(({ type }) => !OWN_CONDITIONS.includes(type));
  const own = verdicts.map(([type, verdict]) => {
    const known = recorded.find((condition) => condition.type === type);
    const lastTransitionTime =
      known?.status === verdict.status && known.lastTransitionTime !== undefined
        ? known.lastTransitionTime
        : formatTime(snapshot.nowMs);
    return { type, lastTransitionTime, ...verdict };
  });
  if (others.some(({ type }) => type === 'PodScheduled')) return [...own, ...others];
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(snapshot.nowMs) };
  return [...own, scheduled, ...others];
}

/**
 * "If there is any regular container that has started, then the pod has been initialized before. This is needed to
 * handle the case where … the restartable init containers are restarting" (GeneratePodInitializedCondition). Once a
 * main container waits to be started again, that is not known of it.
 */
function initializedVerdict(snapshot: PodSnapshot, phase: PodPhase, statuses: readonly ContainerStatus[]): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const { initContainers = [], containers } = specOf(snapshot.pod);
  const statusOf = ({ name }: Container): ContainerStatus | undefined => statuses.find((it) => it.name === name);
  if (containers.some((it) => statusOf(it)?.state?.waiting === undefined)) return { status: 'True' };
  const incomplete = initContainers.filter((it) => {
    const status = statusOf(it);
    return isSidecar(it) ? status?.started !== true : status?.ready !== true;
  });
  if (incomplete.length === 0) return { status: 'True' };
  const message = `containers with incomplete status: [${incomplete.map(({ name }) => name).join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyVerdict(snapshot: PodSnapshot, phase: PodPhase, statuses: readonly ContainerStatus[]): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const spec = specOf(snapshot.pod);
  const serving = [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers];
  const unready = serving.filter(({ name }) => statuses.find((status) => status.name === name)?.ready !== true);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.map(({ name }) => name).join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/**
 * "Ready: the Pod is able to serve requests": its containers are ready and every readiness gate's condition is True.
 * Said as a kubelet says it (GeneratePodReadyCondition).
 */
function readyVerdict(snapshot: PodSnapshot, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const conditions = snapshot.pod.status?.conditions ?? [];
  const gates = specOf(snapshot.pod).readinessGates ?? [];
  const problems = gates.flatMap(({ conditionType }) => {
    const condition = conditions.find(({ type }) => type === conditionType);
    if (condition?.status === 'True') return [];
    if (condition === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (problems.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
