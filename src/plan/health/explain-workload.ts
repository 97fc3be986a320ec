import type { Pod } from '../../objects/types.ts';

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
  'Unschedulable',
  'Error',
  'OOMKilled',
  'NotReady',
];
const STUCK = new Set(SEVERITY.slice(0, SEVERITY.indexOf('Error')));

/** Finds the worst cause among the pods of a workload that are not ready; `undefined` when none says anything. */
export function explainWorkload(pods: readonly Pod[]): WorkloadCause | undefined {
  const causes = pods.flatMap((pod) => explainPod(pod) ?? []);
  return causes.sort((a, b) => severityOf(a) - severityOf(b) || (a.pod < b.pod ? -1 : 1))[0];
}

function severityOf(cause: WorkloadCause): number {
  const index = SEVERITY.indexOf(cause.reason);
  return index === -1 ? SEVERITY.length : index;
}

function explainPod(pod: Pod): WorkloadCause | undefined {
  const name = pod.metadata.name;
  const conditions = pod.status?.conditions ?? [];
  const scheduled = conditions.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return makeCause(name, undefined, scheduled.reason ?? 'Unschedulable', scheduled.message ?? 'cannot be scheduled');
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const waiting = status.state?.waiting;
    if (waiting?.reason !== undefined && !['ContainerCreating', 'PodInitializing'].includes(waiting.reason)) {
      return makeCause(
        name,
        status.name,
        waiting.reason,
        explainWaiting(messageOf(waiting), status.lastState?.terminated),
      );
    }
    const terminated = status.state?.terminated;
    if (terminated !== undefined && terminated.exitCode !== 0) {
      return makeCause(name, status.name, terminated.reason ?? 'Error', explainExit(terminated));
    }
  }
  const unready = statuses.find((status) => status.state?.running !== undefined && !status.ready);
  return unready === undefined
    ? undefined
    : makeCause(name, unready.name, 'NotReady', 'runs but does not pass its readiness probe yet');
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
  return { reason, message, pod, isStuck: STUCK.has(reason), ...(container === undefined ? {} : { container }) };
}
