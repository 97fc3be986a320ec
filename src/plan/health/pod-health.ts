import { findCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Health } from './compute-health.ts';

/** How long a pod may stay unschedulable before it counts as failed (kstatus, `ScheduleWindow`). */
const SCHEDULE_WINDOW_MS = 15_000;

/** What a container waits for that only says that it has not come to its turn. */
export const UNINFORMATIVE: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * kstatus by the phase and the conditions of a pod. One thing is stricter: kstatus takes a pod that has failed as
 * `Current` ("Pod has completed, but not successfully"), Argo CD as degraded. A person who declares a pod wants it to
 * succeed.
 */
export function computePodHealth({ metadata, status = {} }: Pod, nowMs: number): Health {
  const { phase, conditions = [] } = status;
  if (phase === 'Succeeded') return { status: 'Current', reason: '', message: 'completed' };
  if (phase === 'Failed')
    return { status: 'Failed', reason: status.reason ?? 'PodFailed', message: status.message?.trim() || 'failed' };
  if (findCondition(conditions, 'Ready')?.status === 'True') return { status: 'Current', reason: '', message: 'ready' };
  const scheduled = findCondition(conditions, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const message = scheduled.message ?? 'cannot be scheduled';
    const sinceMs = Date.parse(scheduled.lastTransitionTime ?? metadata.creationTimestamp ?? '');
    const changesAtMs = sinceMs + SCHEDULE_WINDOW_MS + 1;
    if (!(nowMs < changesAtMs)) return { status: 'Failed', reason: 'Unschedulable', message };
    return { status: 'InProgress', reason: 'Unschedulable', message, changesAtMs };
  }
  const waiting = waitingOf(status);
  const crashing = waiting.find(({ reason }) => reason === 'CrashLoopBackOff');
  if (crashing !== undefined) return { status: 'Failed', ...crashing };
  const [first = { reason: 'PodNotReady', message: 'not ready' }] = waiting;
  return { status: 'InProgress', ...first };
}

/** What containers wait for, those first that say more than that they are being created. */
function waitingOf({ initContainerStatuses = [], containerStatuses = [] }: NonNullable<Pod['status']>) {
  const waiting = [...initContainerStatuses, ...containerStatuses].flatMap(({ state }) => {
    const { reason, message = reason } = state?.waiting ?? {};
    return reason === undefined || message === undefined || reason === 'PodInitializing' ? [] : [{ reason, message }];
  });
  return waiting.toSorted((a, b) => Number(UNINFORMATIVE.has(a.reason)) - Number(UNINFORMATIVE.has(b.reason)));
}
