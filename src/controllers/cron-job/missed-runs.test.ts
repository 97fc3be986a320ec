import { expect, test } from 'vitest';
import { formatTime } from '../../lib/clock.ts';
import { parseCronSchedule } from '../../objects/cron-schedule.ts';
import { findDueRun } from './missed-runs.ts';

/** A Thursday. */
const START_MS = Date.parse('2016-05-19T10:00:00Z');
const HOUR = 60;
const DAY = 24 * HOUR;
const OFFICE_HOURS = '30 6-16/4 * * 1-5';
const at = (minutes: number) => formatTime(START_MS + minutes * 60_000);

// The tables of TestMostRecentScheduleTime and TestNextScheduleTimeDuration (cronjob/utils_test.go), in minutes.
// `30 10,11,12`: Kubernetes, which reckons with the distance of the first two times, finds no run that was missed.
test.each<
  [
    rule: string,
    schedule: string,
    times: {
      readonly now: number;
      readonly last?: number;
      readonly created?: number;
      readonly deadlineSeconds?: number;
    },
    due: number | undefined,
    next: number | undefined,
  ]
>([
  ['before the first time', '0 * * * *', { now: 0.5 }, undefined, HOUR],
  ['just after it', '0 * * * *', { now: 61 }, 60, 2 * HOUR],
  ['five missed', '0 * * * *', { now: 301, created: 1 / 6 }, 300, 6 * HOUR],
  ['an irregular schedule', OFFICE_HOURS, { now: DAY + 31, last: 30 }, DAY + 30, DAY + 4 * HOUR + 30],
  ['over the weekend', OFFICE_HOURS, { now: 4 * DAY + 31, last: 30 }, 4 * DAY + 30, 4 * DAY + 4 * HOUR + 30],
  ['never run', OFFICE_HOURS, { now: DAY + 31 }, DAY + 30, DAY + 4 * HOUR + 30],
  ['missed in the morning', '30 10,11,12 * * 1-5', { now: 30.5 * HOUR, last: 30 }, 26.5 * HOUR, 96.5 * HOUR],
  ['missed twice', '0 12 * * 4', { now: 19 * DAY + 90, last: 120 }, 14 * DAY + 120, 21 * DAY + 120],
  ['no run yet', '0 12 * * 5', { now: 6 * HOUR }, undefined, 26 * HOUR],
  ['a day that no year has', '59 23 31 2 *', { now: 60, created: 1 / 6 }, undefined, undefined],
  ['created at a time', '0 * * * *', { now: 0.5, last: 0 }, undefined, HOUR],
  ['run a minute ago', '*/5 * * * *', { now: 31, last: 30 }, undefined, 35],
  ['within its deadline', '*/5 * * * *', { now: 31, last: 30, deadlineSeconds: 60 }, undefined, 35],
  ['outside its deadline', '*/5 * * * *', { now: 32, last: 30, deadlineSeconds: 60 }, undefined, 35],
])('%s: %s', (_rule, schedule, { now, last, created = 0, deadlineSeconds }, due, next) => {
  const parsed = parseCronSchedule(schedule, undefined);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const run = findDueRun(
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick', uid: 'tick', resourceVersion: '1', creationTimestamp: at(created) },
      spec: {
        schedule,
        jobTemplate: {},
        ...(deadlineSeconds === undefined ? {} : { startingDeadlineSeconds: deadlineSeconds }),
      },
      status: last === undefined ? {} : { lastScheduleTime: at(last) },
    },
    parsed,
    { nowMs: START_MS + now * 60_000 },
  );
  const minutes = (ms: number | undefined) => (ms === undefined ? undefined : (ms - START_MS) / 60_000);
  expect([minutes(run.dueMs), minutes(run.nextMs)]).toEqual([due, next]);
});
