import { describe, expect, it } from 'vitest';
import { formatTime } from '../../lib/clock.ts';
import { deepFreeze } from '../../lib/json.ts';
import type { CronJob, Job } from '../../objects/types.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { computeCronJob } from './compute-cron-job.ts';

type Spec = NonNullable<CronJob['spec']>;

const metaOf = (name: string) => ({
  name,
  namespace: 'default',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: ago(150),
});

/** Every minute, created 150 s ago, last started 60 s ago unless it says otherwise. */
function cronJobOf(spec: Partial<Spec> = {}, status: CronJob['status'] = { lastScheduleTime: ago(60) }): CronJob {
  const jobTemplate = { spec: { template: { spec: { containers: [], restartPolicy: 'Never' as const } } } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metaOf('tick'),
    spec: { schedule: '* * * * *', jobTemplate, ...spec },
    status: status ?? {},
  };
}

function jobOf(name: string, end?: 'Complete' | 'Failed', age = 100): Job {
  const conditions = end === undefined ? [] : [{ type: end, status: 'True' }];
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: metaOf(name), status: { startTime: ago(age), conditions } };
}

const refer = (name: string) => ({ apiVersion: 'batch/v1', kind: 'Job', name, namespace: 'default', uid: name });
const nameAt = (ms: number) => `tick-${Math.floor(ms / 60_000)}`;

function shown(cronJob: CronJob, jobs: readonly Job[], nowMs = NOW_MS): readonly string[] {
  const { actions, events } = computeCronJob(deepFreeze({ cronJob, jobs, nowMs }));
  return [
    ...actions.map(({ type, job, reason }) => `${type} ${job.metadata?.name} ${reason}`),
    ...events.map(({ reason }) => reason),
  ];
}

describe('computeCronJob', () => {
  const due = `createJob ${nameAt(NOW_MS)} Due`;
  const active = (name: string) => ({ lastScheduleTime: ago(60), active: [refer(name)] });
  it.each<[rule: string, cronJob: CronJob, jobs: readonly Job[], shown: readonly string[]]>([
    ['starts what is due', cronJobOf(), [], [due]],
    ['starts nothing before its time', cronJobOf({}, { lastScheduleTime: ago(0) }), [], []],
    ['starts nothing that is active already', cronJobOf({}, active(nameAt(NOW_MS))), [jobOf(nameAt(NOW_MS))], []],
    ['starts nothing while it is suspended', cronJobOf({ suspend: true }), [], []],
    ['skips a run', cronJobOf({ concurrencyPolicy: 'Forbid' }, active('a')), [jobOf('a')], ['JobAlreadyActive']],
    [
      'replaces a run',
      cronJobOf({ concurrencyPolicy: 'Replace' }, active('a')),
      [jobOf('a')],
      ['deleteJob a Replaced', due],
    ],
    [
      'sees that a run has ended',
      cronJobOf({ concurrencyPolicy: 'Forbid' }, active('a')),
      [jobOf('a', 'Complete')],
      [due, 'SawCompletedJob'],
    ],
    ['sees that a run is gone', cronJobOf({ concurrencyPolicy: 'Forbid' }, active('a')), [], [due, 'MissingJob']],
    ['sees a run that it does not know', cronJobOf({ suspend: true }), [jobOf('a')], ['UnexpectedJob']],
    [
      'keeps as many ended Jobs as it should, the newest',
      cronJobOf({ suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }),
      [jobOf('b', 'Complete', 50), jobOf('a', 'Complete', 90), jobOf('c', 'Failed')],
      ['deleteJob a HistoryLimit', 'deleteJob c HistoryLimit'],
    ],
    ['says what is wrong with its schedule', cronJobOf({ schedule: '* * *' }), [], ['UnparseableSchedule']],
    ['says that its time never comes', cronJobOf({ schedule: '0 0 31 2 *' }), [], ['InvalidSchedule']],
    ['says what is wrong with its time zone', cronJobOf({ timeZone: 'Mars/Base' }), [], ['UnknownTimeZone']],
  ])('%s', (_rule, cronJob, jobs, expected) => {
    expect(shown(cronJob, jobs)).toEqual(expected);
  });

  it('of a year of missed runs starts the newest, at once', () => {
    const cronJob = cronJobOf({}, { lastScheduleTime: formatTime(NOW_MS - 365 * 24 * 3_600_000) });
    expect(shown(cronJob, [], NOW_MS + 30_000)).toEqual([due, 'TooManyMissedTimes']);
  });

  const at = (time: string) => Date.parse(`2026-01-01T${time}:00Z`);
  it.each<[rule: string, changed: string | undefined, now: string, due: string | undefined]>([
    ['makes up for what was missed', undefined, '12:03', '12:00'],
    ['but not for times before its schedule was changed', '12:03', '12:03', undefined],
    ['not later either', '12:03', '12:59', undefined],
    ['starts the first time after that', '12:03', '13:00', '13:00'],
    ['forgets that when the clock was put back', '12:30', '12:03', '12:00'],
  ])('%s', (_rule, changed, now, due) => {
    const cronJob = cronJobOf({ schedule: '0 * * * *' }, { lastScheduleTime: formatTime(at('04:00')) });
    const scheduleChangedMs = changed === undefined ? undefined : at(changed);
    const { actions, requeueAfterMs } = computeCronJob({ cronJob, jobs: [], scheduleChangedMs, nowMs: at(now) });
    const started = actions.flatMap((action) => (action.type === 'createJob' ? [action.scheduledMs] : []));
    expect(started).toEqual(due === undefined ? [] : [at(due)]);
    expect(requeueAfterMs).toBe(3_600_000 - (at(now) % 3_600_000) + 100);
  });

  // As the table of syncCronJob has it (cronjob_controllerv2_test.go), and the one case that fails there and is
  // commented out.
  it.each<
    [rule: string, spec: Partial<Spec>, last: number | undefined, now: number, due: number | undefined, next: number]
  >([
    ['never run, not time', { schedule: '@every 1h' }, undefined, 30 * 60, undefined, 3600],
    ['never run, just time', { schedule: '@every 1h' }, undefined, 3600, 3600, 7200],
    [
      'never run, past its deadline',
      { schedule: '@every 1h', startingDeadlineSeconds: 10 },
      undefined,
      3611,
      undefined,
      7200,
    ],
    [
      'never run, not past its deadline',
      { schedule: '@every 1h', startingDeadlineSeconds: 10 },
      undefined,
      3609,
      3600,
      7200,
    ],
    ['run, not time', { schedule: '@every 1h' }, 600, 3600, undefined, 4200],
    ['run, time, a minute late', { schedule: '@every 1h' }, 600, 4260, 4200, 7800],
    [
      'run, not past a long deadline',
      { schedule: '@every 1h', startingDeadlineSeconds: 86_400 },
      600,
      4260,
      4200,
      7800,
    ],
    ['run, past its deadline', { schedule: '@every 1h', startingDeadlineSeconds: 10 }, 600, 4211, undefined, 7800],
    [
      'a week overdue, in step with the last run',
      { schedule: '@every 1h' },
      660,
      7 * 86_400,
      7 * 86_400 - 2940,
      7 * 86_400 + 660,
    ],
    [
      'a week overdue, past its deadline',
      { schedule: '@every 1h', startingDeadlineSeconds: 10 },
      660,
      7 * 86_400 + 671,
      undefined,
      7 * 86_400 + 4260,
    ],
    ['the clock was put back', { schedule: '@every 1h' }, 7200, 3600, undefined, 10_800],
    ['a week overdue by the clock', { schedule: '0 * * * *' }, 660, 7 * 86_400, 7 * 86_400, 7 * 86_400 + 3600],
    [
      'a week overdue by the clock, with a deadline',
      { schedule: '0 * * * *', startingDeadlineSeconds: 10 },
      660,
      7 * 86_400 + 5,
      7 * 86_400,
      7 * 86_400 + 3600,
    ],
    [
      'past its deadline by the clock',
      { schedule: '0 * * * *', startingDeadlineSeconds: 10 },
      660,
      7 * 86_400 + 15,
      undefined,
      7 * 86_400 + 3600,
    ],
    [
      'only on some hours of some days',
      { schedule: '30 6-16/4 * * 1-5' },
      660,
      3 * 86_400,
      86_400 + (14 * 60 + 30) * 60,
      4 * 86_400 + (6 * 60 + 30) * 60,
    ],
  ])('%s', (_rule, spec, last, now, due, next) => {
    const startMs = Date.parse('2026-01-01T00:00:00Z');
    const cronJob = cronJobOf(spec, last === undefined ? {} : { lastScheduleTime: formatTime(startMs + last * 1000) });
    const { actions, requeueAfterMs } = computeCronJob({
      cronJob: { ...cronJob, metadata: { ...cronJob.metadata, creationTimestamp: formatTime(startMs) } },
      jobs: [],
      nowMs: startMs + now * 1000,
    });
    const started = actions.flatMap((action) => (action.type === 'createJob' ? [action.scheduledMs] : []));
    expect(started.map((ms) => (ms - startMs) / 1000)).toEqual(due === undefined ? [] : [due]);
    expect(requeueAfterMs).toBe((next - now) * 1000 + 100);
  });

  it.each([
    ['@every 3m', 121],
    ['@every 1m', 1],
  ])('a delay changed to %s is counted from the last run', (schedule, seconds) => {
    const lastScheduleTime = formatTime(NOW_MS - 59_000);
    const cronJob = cronJobOf({ schedule }, { lastScheduleTime });
    const { actions, requeueAfterMs } = computeCronJob({ cronJob, jobs: [], scheduleChangedMs: NOW_MS, nowMs: NOW_MS });
    expect([actions, requeueAfterMs]).toEqual([[], seconds * 1000 + 100]);
  });

  it.each([
    [undefined, '2026-01-01T12:00:00Z'],
    ['Etc/UTC', '2026-01-01T12:00:00Z'],
    ['Europe/London', '2026-01-01T12:00:00Z'],
    ['Europe/Berlin', '2026-01-01T13:00:00+01:00'],
    ['America/St_Johns', '2026-01-01T08:30:00-03:30'],
  ])('writes the time of a run as its time zone %s has it', (timeZone, text) => {
    const { actions } = computeCronJob({
      cronJob: cronJobOf(timeZone === undefined ? {} : { timeZone }),
      jobs: [],
      nowMs: NOW_MS,
    });
    const [action] = actions;
    expect(action?.job.metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBe(text);
  });

  it('looks again right after the next time', () => {
    const { requeueAfterMs } = computeCronJob({ cronJob: cronJobOf(), jobs: [], nowMs: NOW_MS + 20_000 });
    expect(requeueAfterMs).toBe(40_100);
  });
});
