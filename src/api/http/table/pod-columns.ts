import { parseTime } from '../../../lib/clock.ts';
import { SCHEDULING_GATED } from '../../../objects/pods.ts';
import type { Pod, StoredObject } from '../../../objects/types.ts';
import { type Column, NAME, NONE } from './column.ts';
import { formatAge, formatDuration } from './duration.ts';

type PodStatus = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
type Container = NonNullable<Pod['spec']>['containers'][number];

/** What `kubectl get pods` says of one pod. */
interface PodSummary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

export const podColumns: readonly Column[] = [
  NAME,
  { name: 'Ready', type: 'string', cell: (object, nowMs) => summaryOf(object, nowMs).ready },
  { name: 'Status', type: 'string', cell: (object, nowMs) => summaryOf(object, nowMs).status },
  { name: 'Restarts', type: 'string', cell: (object, nowMs) => summaryOf(object, nowMs).restarts },
  { name: 'Age', type: 'string', cell: (object, nowMs) => formatAge(object.metadata.creationTimestamp, nowMs) },
  {
    name: 'IP',
    type: 'string',
    wide: true,
    cell: (object) => podOf(object).status?.podIPs?.[0]?.ip ?? podOf(object).status?.podIP ?? NONE,
  },
  { name: 'Node', type: 'string', wide: true, cell: (object) => podOf(object).spec?.nodeName || NONE },
  {
    name: 'Nominated Node',
    type: 'string',
    wide: true,
    cell: (object) => podOf(object).status?.nominatedNodeName || NONE,
  },
  { name: 'Readiness Gates', type: 'string', wide: true, cell: (object) => readinessGates(podOf(object)) },
];

function podOf(object: StoredObject): Pod {
  return object as unknown as Pod;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const isMet = (type: string) =>
    pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  return `${gates.filter((gate) => isMet(gate.conditionType)).length}/${gates.length}`;
}

/**
 * The rules of `printPod` (pkg/printers/internalversion/printers.go): the phase, or why it is in it; then what an init
 * container that is not done says, else what the last container that is not running says; at last whether the pod is
 * being deleted.
 */
function summaryOf(object: StoredObject, nowMs: number): PodSummary {
  const pod = podOf(object);
  const { spec, status } = pod;
  const containers = spec?.containers ?? [];
  const sidecars = (spec?.initContainers ?? []).filter(isSidecar);
  const initializing = initStatus(pod);
  const statuses = status?.containerStatuses ?? [];
  const sidecarStatuses = (status?.initContainerStatuses ?? []).filter((one) =>
    sidecars.some(({ name }) => name === one.name),
  );
  const initStatuses = status?.initContainerStatuses ?? [];

  const isInitializing = initializing !== undefined;
  const counted = isInitializing && !isInitialized(pod) ? initStatuses : [...statuses, ...sidecarStatuses];
  const readyCount = [...statuses, ...sidecarStatuses].filter(
    (one) => one.ready && one.state?.running !== undefined,
  ).length;
  const phase = isGated(pod) ? SCHEDULING_GATED : status?.reason || status?.phase || 'Unknown';
  const reason = isInitializing && !isInitialized(pod) ? initializing : containerReason(statuses, pod, phase);
  return {
    ready: `${readyCount}/${containers.length + sidecars.length}`,
    status: deletionReason(pod, status) ?? reason,
    restarts: restartsOf(counted, nowMs),
  };
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function isInitialized(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Initialized' && status === 'True') ?? false;
}

/** "If the Pod carries {type:PodScheduled, reason:SchedulingGated}, set reason to 'SchedulingGated'" (printPod). */
function isGated({ status }: Pod): boolean {
  return (
    status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === SCHEDULING_GATED) ?? false
  );
}

/** `Init:0/2`, `Init:Error`, …: the first init container that is not done. */
function initStatus(pod: Pod): string | undefined {
  const containers = pod.spec?.initContainers ?? [];
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = status.state ?? {};
    const container = containers.find(({ name }) => name === status.name);
    if (terminated?.exitCode === 0) continue;
    if (container !== undefined && isSidecar(container) && status.started === true) continue;
    if (terminated !== undefined) return `Init:${terminationReason(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${containers.length}`;
  }
  return undefined;
}

function containerReason(statuses: readonly ContainerStatus[], pod: Pod, phase: string): string {
  let reason = phase;
  let hasRunning = false;
  for (const { state, ready } of statuses.toReversed()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated !== undefined) reason = terminationReason(state.terminated);
    else if (ready && state?.running !== undefined) hasRunning = true;
  }
  // "Change pod status back to Running if there is at least one container still reporting as Running".
  if (reason !== 'Completed' || !hasRunning) return reason;
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isReady ? 'Running' : 'NotReady';
}

interface Termination {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}

function terminationReason({ reason, signal, exitCode }: Termination): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function deletionReason(pod: Pod, status: PodStatus | undefined): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return isOver ? undefined : 'Terminating';
}

/** `3 (2m5s ago)`. */
function restartsOf(statuses: readonly ContainerStatus[], nowMs: number): string {
  let count = 0;
  let lastMs: number | undefined;
  for (const { restartCount, lastState } of statuses) {
    count += restartCount;
    const finishedMs = parseTime(lastState?.terminated?.finishedAt);
    if (finishedMs !== undefined && finishedMs > (lastMs ?? 0)) lastMs = finishedMs;
  }
  if (count === 0 || lastMs === undefined) return String(count);
  return `${count} (${formatDuration(nowMs - lastMs)} ago)`;
}
