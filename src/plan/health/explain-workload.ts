import { counted } from '../../lib/counted.ts';
import { findCondition, isPodEnding, isPodTerminal, isPodTerminating, isSidecar } from '../../objects/index.ts';
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
/** Containers of a pod that are told of beside the worst one; the rest is counted. */
const OTHERS_LISTED = 5;
const STUCK = new Set(SEVERITY.slice(0, SEVERITY.indexOf('Error')));

/**
 * Finds the worst cause among the pods of a workload that are not ready; `undefined` when none says anything.
 * `eventsOf` gives the newest last.
 */
export function explainWorkload(
  pods: readonly Pod[],
  eventsOf: (pod: Pod) => readonly ObjectEvent[] = () => [],
): WorkloadCause | undefined {
  const causes = pods.flatMap((pod) => explainPod(pod, eventsOf(pod)) ?? []);
  return causes.sort((a, b) => severityOf(a) - severityOf(b) || (a.pod < b.pod ? -1 : 1))[0];
}

function severityOf(cause: { readonly reason: string }): number {
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
  const containers = containersOf(pod);
  const sick = containers.flatMap((container) => explainContainer(container, events) ?? []);
  if (sick.length > 0) return joinCauses(pod, containers, sick);
  const obstacle = phase === 'Running' ? undefined : findObstacle(events);
  if (obstacle !== undefined) return makeCause(name, undefined, obstacle.reason, withoutIds(obstacle.message));
  const unready = containers.flatMap((container) => explainUnready(container, events) ?? []);
  return unready.length > 0 ? joinCauses(pod, containers, unready) : explainGate(pod);
}

/** One container of a pod: what is asked for, and what became of it. */
interface PodContainer {
  /** `container web`, `init container migrate`, `sidecar proxy`. */
  readonly title: string;
  readonly spec: ContainerSpec | undefined;
  readonly status: ContainerStatus;
  /** `1 of 2`; `undefined` of one that is to go on running. */
  readonly turn?: string;
}

interface ContainerCause {
  readonly container: PodContainer;
  readonly reason: string;
  readonly message: string;
}

/** In the order in which they are started. */
function containersOf(pod: Pod): readonly PodContainer[] {
  const { spec, status } = pod;
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const isOver = isPodTerminal(pod);
  const inits = initContainerStatuses.flatMap((it, index): readonly PodContainer[] => {
    const container = spec?.initContainers?.find(({ name }) => name === it.name);
    if (container === undefined || !isSidecar(container)) {
      const turn = `${index + 1} of ${initContainerStatuses.length}`;
      return [{ title: `init container ${it.name}`, spec: container, status: it, turn }];
    }
    // "An exit code different from 0 … for sidecar containers … is normal on Pod termination and should be generally
    // ignored" (Sidecar Containers).
    return isOver ? [] : [{ title: `sidecar ${it.name}`, spec: container, status: it }];
  });
  const mains = containerStatuses.map((it): PodContainer => {
    const container = spec?.containers.find(({ name }) => name === it.name);
    return { title: `container ${it.name}`, spec: container, status: it };
  });
  return [...inits, ...mains];
}

/** All that is wrong with a pod at once, the worst first: each container is mended by another change. */
function joinCauses(
  pod: Pod,
  containers: readonly PodContainer[],
  causes: readonly ContainerCause[],
): WorkloadCause | undefined {
  const [worst, ...others] = causes.toSorted((a, b) => severityOf(a) - severityOf(b));
  if (worst === undefined) return undefined;
  const { title, status } = worst.container;
  const listed = others
    .slice(0, OTHERS_LISTED)
    .map(({ container, reason, message }) => `${container.title}: ${reason}: ${withoutEnd(message)}`);
  const rest = others.length - listed.length;
  const clauses = [
    containers.length > 1 ? `${title}: ${withoutEnd(worst.message)}` : worst.message,
    ...listed,
    ...(rest > 0 ? [`and ${counted(rest, 'more container')}`] : []),
  ];
  return makeCause(pod.metadata.name, status.name, worst.reason, clauses.join('; '));
}

/**
 * It stands until something happens to a container: what the pod itself says meanwhile, as that its sandbox is made
 * anew, takes nothing back.
 */
function findObstacle(events: readonly ObjectEvent[]): ObjectEvent | undefined {
  const last = events.findLast(({ reason, container }) => container !== undefined || OBSTACLES.has(reason));
  return last?.container === undefined ? last : undefined;
}

type ContainerSpec = NonNullable<Pod['spec']>['containers'][number];
type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function explainContainer(container: PodContainer, events: readonly ObjectEvent[]): ContainerCause | undefined {
  const { name, state, lastState } = container.status;
  const waiting = state?.waiting;
  if (waiting?.reason !== undefined && !UNINFORMATIVE.has(waiting.reason)) {
    const message = explainWaiting(messageOf(waiting), lastState?.terminated, findKill(name, events));
    return { container, reason: waiting.reason, message };
  }
  const terminated = state?.terminated;
  if (terminated === undefined || terminated.exitCode === 0) return undefined;
  const message = explainExit(terminated, findKill(name, events));
  return { container, reason: terminated.reason ?? 'Error', message };
}

/** Why a container that runs is not ready. */
function explainUnready(container: PodContainer, events: readonly ObjectEvent[]): ContainerCause | undefined {
  const { spec, status, turn } = container;
  if (status.state?.running === undefined || status.ready) return undefined;
  const reason = 'NotReady';
  if (turn !== undefined) return { container, reason, message: `runs (${turn})` };
  const kind = status.started === false && spec?.startupProbe !== undefined ? 'startup' : 'readiness';
  const probe = kind === 'startup' ? spec?.startupProbe : spec?.readinessProbe;
  if (probe === undefined) return { container, reason, message: 'runs and is not ready' };
  const said = probe.exec === undefined ? probeFailure(kind, status.name, events) : undefined;
  const message = `runs but does not pass its ${kind} probe yet${said === undefined ? '' : `: ${said}`}`;
  return { container, reason, message };
}

/** A gate that somebody else opens. */
function explainGate({ metadata, status }: Pod): WorkloadCause | undefined {
  const gate = findCondition(status?.conditions, 'Ready');
  if (gate?.reason !== 'ReadinessGatesNotReady') return undefined;
  return makeCause(metadata.name, undefined, 'ReadinessGatesNotReady', gate.message ?? 'waits for a readiness gate');
}

/**
 * The probe for which the node agent ended a container, as nothing but an event says: the exit code is that of the
 * signal, which reads like a want of memory.
 */
function findKill(container: string, events: readonly ObjectEvent[]): string | undefined {
  const ofContainer = events.filter((event) => event.container === container);
  // What ended the run before says nothing of this one.
  const started = ofContainer.findLastIndex(({ reason }) => reason === 'Started');
  const kill = ofContainer.slice(started + 1).find(({ reason }) => reason === 'Killing');
  return /failed (liveness|startup) probe/.exec(kill?.message ?? '')?.[1];
}

/**
 * What the node agent saw. A command's own output is never asked for: it may hold anything, as a log may, and what is
 * told here leaves the box.
 */
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

function explainWaiting(message: string, last: Terminated | undefined, killedBy: string | undefined): string {
  if (last === undefined) return message;
  // A process that could not be started has said nothing; the message is the engine's.
  const why = last.reason === 'StartError' && last.message !== message ? `: ${last.message ?? ''}` : '';
  return `${message} (last exit: ${last.reason ?? 'Error'}, code ${last.exitCode}${why}${explainKill(killedBy)})`;
}

function explainExit({ exitCode, reason, message }: Terminated, killedBy: string | undefined): string {
  if (reason === 'StartError') return `could not be started: ${message ?? ''}`;
  return `exited with code ${exitCode}${explainKill(killedBy)}`;
}

function explainKill(killedBy: string | undefined): string {
  return killedBy === undefined ? '' : `, as its ${killedBy} probe failed`;
}

function makeCause(pod: string, container: string | undefined, reason: string, message: string): WorkloadCause {
  const words = withoutEnd(message);
  return { reason, message: words, pod, isStuck: STUCK.has(reason), ...(container === undefined ? {} : { container }) };
}

function withoutEnd(message: string): string {
  return message.replace(/[\s.]+$/, '');
}
