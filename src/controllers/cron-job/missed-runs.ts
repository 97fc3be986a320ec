import { parseTime } from '../../lib/clock.ts';
import type { CronSchedule } from '../../objects/cron-schedule.ts';
import type { CronJob } from '../../objects/types.ts';

export interface DueRun {
  /** The newest time that has passed without a Job; `undefined` when none has. */
  readonly dueMs: number | undefined;
  /** How many times have passed since the last one that was started, up to a bound. */
  readonly missed: number;
  /** The next time that lies ahead. */
  readonly nextMs: number | undefined;
}

export interface RunTimes {
  /** Wall time. */
  readonly nowMs: number;
  /**
   * When the schedule was seen to change: the new one does not count for the time before, as a CronJob whose schedule
   * changes is looked at again at its next time only (updateCronJob). Wall time; later than now when the clock was put
   * back, and then not known any more.
   */
  readonly scheduleChangedMs?: number | undefined;
}

/** "If there are more than 100 missed schedules, the controller logs it"; counting them further tells nobody more. */
export const MANY_MISSED = 100;
const HOUR_MS = 3_600_000;

/**
 * Which run is due. "The controller checks how many schedules it missed in the duration from its last scheduled time
 * until now; if startingDeadlineSeconds is set, it counts how many occurred from that long ago until now"; of many
 * missed ones only the newest is started (mostRecentScheduleTime).
 */
export function findDueRun(cronJob: CronJob, schedule: CronSchedule, times: RunTimes): DueRun {
  const { nowMs } = times;
  const lastMs = parseTime(cronJob.status?.lastScheduleTime) ?? parseTime(cronJob.metadata.creationTimestamp) ?? nowMs;
  const sinceMs = Math.max(lastMs, windowStartMs(cronJob, times));
  if (schedule.everyMs !== undefined) return findDueDelay(schedule.everyMs, { lastMs, sinceMs, nowMs });
  let missed = 0;
  let dueMs: number | undefined;
  let nextMs = schedule.next(sinceMs);
  while (nextMs !== undefined && nextMs <= nowMs && missed < MANY_MISSED) {
    missed++;
    dueMs = nextMs;
    nextMs = schedule.next(nextMs);
  }
  if (missed < MANY_MISSED || nextMs === undefined || nextMs > nowMs) return { dueMs, missed, nextMs };
  return { dueMs: newestBefore(schedule, dueMs ?? sinceMs, nowMs), missed: missed + 1, nextMs: schedule.next(nowMs) };
}

/**
 * Times that are not looked at any more: "the controller is not going to schedule anything below this point"
 * (mostRecentScheduleTime).
 */
function windowStartMs({ spec }: CronJob, { nowMs, scheduleChangedMs }: RunTimes): number {
  const deadlineSeconds = spec?.startingDeadlineSeconds;
  const isChanged = scheduleChangedMs !== undefined && scheduleChangedMs <= nowMs;
  return Math.max(
    deadlineSeconds === undefined ? Number.NEGATIVE_INFINITY : nowMs - deadlineSeconds * 1_000,
    isChanged ? scheduleChangedMs : Number.NEGATIVE_INFINITY,
  );
}

/**
 * The runs of `@every` are counted from the last one, so times that are not looked at any more do not move the next.
 * (Kubernetes counts from where it begins to look, and with a deadline shorter than the delay never runs.)
 */
function findDueDelay(everyMs: number, times: { lastMs: number; sinceMs: number; nowMs: number }): DueRun {
  const { lastMs, sinceMs, nowMs } = times;
  const passed = Math.max(0, Math.floor((nowMs - lastMs) / everyMs));
  const missed = passed - Math.max(0, Math.floor((sinceMs - lastMs) / everyMs));
  return {
    dueMs: missed > 0 ? lastMs + passed * everyMs : undefined,
    missed,
    nextMs: lastMs + (passed + 1) * everyMs,
  };
}

/** Looks back from now in growing steps instead of walking through all that was missed. */
function newestBefore(schedule: CronSchedule, knownMs: number, nowMs: number): number {
  for (let backMs = HOUR_MS; nowMs - backMs > knownMs; backMs *= 4) {
    const first = schedule.next(nowMs - backMs);
    if (first === undefined || first > nowMs) continue;
    return lastOf(schedule, first, nowMs);
  }
  return lastOf(schedule, knownMs, nowMs);
}

function lastOf(schedule: CronSchedule, firstMs: number, nowMs: number): number {
  let dueMs = firstMs;
  for (let next = schedule.next(dueMs); next !== undefined && next <= nowMs; next = schedule.next(next)) dueMs = next;
  return dueMs;
}
