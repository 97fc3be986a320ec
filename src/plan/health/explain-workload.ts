import { findCondition, isPodEnding, isPodTerminating } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { UNINFORMATIVE } from './pod-health.ts';

/** The reason why a workload does not get ready, as its pods tell it. */
export interface WorkloadCause {
  /** `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, `ReadinessFailed`. */
  readonly reason: string;
  readonly message: string;
  readonly pod: string;
  readonly container?: string;
  /** Whether waiting alone is unlikely to help. */
  readonly isStuck: boolean;
}

/** An event of a pod or claim: what keeps a pod from having containers at all is told there alone. */
export interface ObjectEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** Of a pod, where it is about one of its containers. */
  readonly container?: string;
}

/** Worse causes first: what no waiting mends, then what may pass. */
const SEVERITY: readonly string[] = [
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'ImagePullBackOff',
  'ErrImagePull',
  'CrashLoopBackOff',
  'RunContainerError',
  'PostStartHookError',
  'CreateContainerError',
  'FailedCreatePodSandBox',
  'FailedMount',
  'Unschedulable',
  'Error',
  'OOMKilled',
  'NotReady',
];
/** Events that say why a pod has no containers yet. */
const OBSTACLES: ReadonlySet<string> = new Set(['FailedCreatePodSandBox', 'FailedMount']);
const STUCK = new Set(SEVERITY.slice(0, SEVERITY.indexOf('Error')));

/** Finds the worst cause among the pods of a workload that are not ready; `undefined` when none says anything. `eventsOf` gives the newest last. */
export function explainWorkload(
  pods: readonly Pod[],
  eventsOf: (pod: Pod) => readonly ObjectEvent[] = () => [],
): WorkloadCause | undefined {
  const causes = pods.flatMap((pod) => explainPod(pod, eventsOf(pod)) ?? []);
  return causes.sort((a, b) => severityOf(a) - severityOf(b) || (a.pod < b.pod ? -1 : 1))[0];
}

function severityOf(cause: WorkloadCause): number {
  const index = SEVERITY.indexOf(cause.reason);
  return index === -1 ? SEVERITY.length : index;
}

/** Ordered rules, the first that says something wins; a pod on its way out says nothing, as another takes its place. */
function explainPod(pod: Pod, events: readonly ObjectEvent[]): WorkloadCause | undefined {
  const { name } = pod.metadata;
  if (isPodTerminating(pod)) return undefined;
  const { phase, reason = 'Failed', message } = pod.status ?? {};
  const hasVerdict = phase === 'Failed' || isPodEnding(pod);
  if (hasVerdict && message !== undefined) return makeCause(name, undefined, reason, message);
  const scheduled = findCondition(pod.status?.conditions, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return makeCause(name, undefined, scheduled.reason ?? 'Unschedulable', scheduled.message ?? 'cannot be scheduled');
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const cause = explainContainer(name, status);
    if (cause !== undefined) return cause;
  }
  const obstacle = phase === 'Running' ? undefined : findObstacle(events);
  if (obstacle !== undefined) return makeCause(name, undefined, obstacle.reason, withoutIds(obstacle.message));
  return explainUnready(pod, statuses, events);
}

/** It stands until something happens to a container: what the pod itself says meanwhile, as that its sandbox is made anew, takes nothing back. */
function findObstacle(events: readonly ObjectEvent[]): ObjectEvent | undefined {
  const last = events.findLast(({ reason, container }) => container !== undefined || OBSTACLES.has(reason));
  return last?.container === undefined ? last : undefined;
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function explainContainer(pod: string, { name, state, lastState }: ContainerStatus): WorkloadCause | undefined {
  const waiting = state?.waiting;
  if (waiting?.reason !== undefined && !UNINFORMATIVE.has(waiting.reason)) {
    return makeCause(pod, name, waiting.reason, explainWaiting(messageOf(waiting), lastState?.terminated));
  }
  const terminated = state?.terminated;
  if (terminated === undefined || terminated.exitCode === 0) return undefined;
  return makeCause(pod, name, terminated.reason ?? 'Error', explainExit(terminated));
}

/** Why a pod that runs is not ready: a container of it, or a gate that somebody else opens. */
function explainUnready(
  { metadata, spec, status }: Pod,
  statuses: readonly ContainerStatus[],
  events: readonly ObjectEvent[],
): WorkloadCause | undefined {
  const unready = statuses.find(({ state, ready }) => state?.running !== undefined && !ready);
  const gate = findCondition(status?.conditions, 'Ready');
  if (unready === undefined) {
    if (gate?.reason !== 'ReadinessGatesNotReady') return undefined;
    return makeCause(metadata.name, undefined, 'ReadinessGatesNotReady', gate.message ?? 'waits for a readiness gate');
  }
  const container = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find(
    ({ name }) => name === unready.name,
  );
  const kind = unready.started === false && container?.startupProbe !== undefined ? 'startup' : 'readiness';
  const probe = kind === 'startup' ? container?.startupProbe : container?.readinessProbe;
  if (probe === undefined) return makeCause(metadata.name, unready.name, 'NotReady', 'runs and is not ready');
  const said = probe.exec === undefined ? probeFailure(kind, unready.name, events) : undefined;
  const message = `runs but does not pass its ${kind} probe yet${said === undefined ? '' : `: ${said}`}`;
  return makeCause(metadata.name, unready.name, 'NotReady', message);
}

/** What the node agent saw. A command's own output is never asked for: it may hold anything, as a log may, and what is told here leaves the box. */
function probeFailure(kind: string, container: string, events: readonly ObjectEvent[]): string | undefined {
  const ofContainer = events.filter((event) => event.container === undefined || event.container === container);
  // What was seen of the run before says nothing of this one.
  const started = ofContainer.findLastIndex(({ reason }) => reason === 'Started');
  const failures = ofContainer.slice(started + 1).filter(({ reason }) => reason === 'Unhealthy');
  for (const { message } of failures.reverse()) {
    const [, probe, said] = /^(Startup|Readiness) probe failed: (.*)$/s.exec(message) ?? [];
    if (probe?.toLowerCase() === kind) return said;
  }
  return undefined;
}

/** The engine names what it tried to make, by another id each time. */
function withoutIds(message: string): string {
  return message.replaceAll(/ ?\(?\b[0-9a-f]{64}\b\)?/g, '');
}

/** What a hook has written may hold anything, as a log may; what is told here leaves the box. */
function messageOf({ reason = '', message = reason }: { readonly reason?: string; readonly message?: string }): string {
  return reason === 'PostStartHookError' ? 'the postStart hook failed; the pod says how' : message;
}

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}

function explainWaiting(message: string, last: Terminated | undefined): string {
  if (last === undefined) return message;
  // A process that could not be started has said nothing; the message is the engine's.
  const why = last.reason === 'StartError' && last.message !== message ? `: ${last.message ?? ''}` : '';
  return `${message} (last exit: ${last.reason ?? 'Error'}, code ${last.exitCode}${why})`;
}

function explainExit({ exitCode, reason, message }: Terminated): string {
  return reason === 'StartError' ? `could not be started: ${message ?? ''}` : `exited with code ${exitCode}`;
}

function makeCause(pod: string, container: string | undefined, reason: string, message: string): WorkloadCause {
  const words = message.replace(/[\s.]+$/, '');
  return { reason, message: words, pod, isStuck: STUCK.has(reason), ...(container === undefined ? {} : { container }) };
}
