import { parseTime } from '../../lib/clock.ts';
import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';

/** When a deleted pod's containers have to be down, in wall time. The object's timestamp has whole seconds only. */
export function terminationDeadlineMs(pod: Pod, nowMs: number): number {
  const spec = specOf(pod);
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const graceSeconds = deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  const recorded = parseTime(deletionTimestamp);
  const latest = nowMs + graceSeconds * 1000;
  return recorded === undefined || deletionGracePeriodSeconds === undefined
    ? latest
    : Math.min(latest, recorded + 1000);
}
