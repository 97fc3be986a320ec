import { expect, it, test } from 'vitest';
import { parseCronSchedule } from './cron-schedule.ts';
import { timeZoneProblem } from './zone-time.ts';

const at = (text: string) => Date.parse(text);

test.each([
  ['*/15 * * * *', 'Etc/UTC', '2026-01-01T12:07:30Z', '2026-01-01T12:15:00Z'],
  ['0 3 * * *', 'Europe/Berlin', '2026-01-01T12:00:00Z', '2026-01-02T02:00:00Z'],
  ['0 3 * * *', 'Europe/Berlin', '2026-07-01T12:00:00Z', '2026-07-02T01:00:00Z'],
  ['0 0 13 * FRI', 'Etc/UTC', '2026-01-03T00:00:00Z', '2026-01-09T00:00:00Z'],
  ['0 0 ? * mon-wed', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'],
  ['@hourly', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T13:00:00Z'],
  ['@monthly', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
  ['@every 1h30m', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T13:30:00Z'],
  ['0 0 29 FEB *', 'Etc/UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  // From here on as the table of robfig/cron's Next has it (spec_test.go), which Kubernetes schedules by.
  ['5/15 * * * *', 'Etc/UTC', '2026-01-01T12:21:00Z', '2026-01-01T12:35:00Z'],
  ['5/15 * * * *', 'Etc/UTC', '2026-01-01T12:50:00Z', '2026-01-01T13:05:00Z'],
  ['*/90 * * * *', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T13:00:00Z'],
  ['10-20/4,59 * * * *', 'Etc/UTC', '2026-01-01T12:18:00Z', '2026-01-01T12:59:00Z'],
  ['59 23 31 DEC *', 'Etc/UTC', '2026-12-31T23:59:59Z', '2027-12-31T23:59:00Z'],
  ['0 0 31 * *', 'Etc/UTC', '2026-01-31T00:00:00Z', '2026-03-31T00:00:00Z'],
  // A day of the month or of the week, unless one of them is any day; a step makes a field of its own of it.
  ['0 0 10 * 2', 'Etc/UTC', '2026-01-07T00:00:00Z', '2026-01-10T00:00:00Z'],
  ['0 0 */2 * 0', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'],
  ['0 0 */1 * 0', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
  ['0 0 *,15 * 0', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
  // The clocks go ahead: an hour that is left out has no runs.
  ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-09T06:30:00Z'],
  ['0 3 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T07:00:00Z'],
  ['0 * * * *', 'America/New_York', '2026-03-08T06:00:00Z', '2026-03-08T07:00:00Z'],
  ['15 2-4 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:15:00Z'],
  // They are put back: an hour that comes twice has its runs twice.
  ['0 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T05:00:00Z'],
  ['0 1 * * *', 'America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z'],
  ['0 1 * * *', 'America/New_York', '2026-11-01T06:00:00Z', '2026-11-02T06:00:00Z'],
  ['0 0 * * *', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  // They are put back over midnight, from a minute after it.
  ['5 0 7 11 *', 'America/St_Johns', '2010-11-07T02:45:00Z', '2010-11-07T03:35:00Z'],
  // Midnight itself is left out, and offsets that are no whole hours.
  ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', '2018-11-05T02:00:00Z'],
  ['0 9 10 11 *', 'America/Sao_Paulo', '2018-10-17T09:00:00Z', '2018-11-10T11:00:00Z'],
  ['0 0 1 * *', 'America/Sao_Paulo', '2018-10-31T12:00:00Z', '2018-11-01T03:00:00Z'],
  ['45 5 * * *', 'Asia/Kathmandu', '2026-01-01T12:00:00Z', '2026-01-02T00:00:00Z'],
  ['@every 1.5h', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T13:30:00Z'],
  ['@every 1m30s500ms', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T12:01:30Z'],
  // 2,562,047 hours, 47 minutes and 16.85 seconds are what 64 bits of nanoseconds hold.
  ['@every 2562047h', 'Etc/UTC', '2026-01-01T12:00:00Z', '2318-04-13T11:00:00Z'],
  ['@every -5m', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T12:00:01Z'],
  ['@every 0', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T12:00:01Z'],
  ['@every 5000000\u00b5s', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T12:00:05Z'],
  ['@every 5000000\u03bcs', 'Etc/UTC', '2026-01-01T12:00:00Z', '2026-01-01T12:00:05Z'],
  ['@every 10ms', 'Etc/UTC', '2026-01-01T12:00:00.400Z', '2026-01-01T12:00:01Z'],
])('%s in %s after %s is due at %s', (text, timeZone, after, due) => {
  const schedule = parseCronSchedule(text, timeZone);
  if ('problem' in schedule) throw new Error(schedule.problem);
  expect(new Date(schedule.next(at(after)) ?? 0).toISOString()).toBe(new Date(at(due)).toISOString());
});

test.each([
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['0 * * * * *', 'expected exactly 5 fields, found 6: [0 * * * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['* * L * *', 'failed to parse int from L'],
  ['* * * * 1#2', 'failed to parse int from 1#2'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['@reboot', 'unrecognized descriptor: @reboot'],
  ['TZ=UTC 0 * * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  ['@every soon', 'failed to parse duration @every soon'],
  ['@every 1h soon', 'failed to parse duration @every 1h soon'],
  ['@every -', 'failed to parse duration @every -'],
  ['@every 2562048h', 'failed to parse duration @every 2562048h'],
  [`@every ${'9'.repeat(400)}s`, `failed to parse duration @every ${'9'.repeat(400)}s`],
  ['* 5-6-7 * * *', 'too many hyphens: 5-6-7'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['-1 * * * *', 'failed to parse int from -1'],
  ['1/-2 * * * *', 'failed to parse int from -2'],
])('%s is refused', (text, problem) => {
  expect(parseCronSchedule(text)).toEqual({ problem });
});

it('never runs on a day that never comes', () => {
  const schedule = parseCronSchedule('0 0 31 2 *');
  expect('next' in schedule && schedule.next(at('2026-01-01T00:00:00Z'))).toBeUndefined();
});

it('knows the time zones', () => {
  expect(timeZoneProblem('Asia/Tokyo')).toBeUndefined();
  expect(timeZoneProblem('Mars/Base')).toBe('unknown time zone Mars/Base');
  expect(timeZoneProblem('Local')).toContain('explicit time zone');
  expect(timeZoneProblem('')).toBe('timeZone must be nil or non-empty string');
  expect(['UTC', 'EST5EDT', 'Etc/GMT+1', 'America/Argentina/ComodRivadavia'].map(timeZoneProblem)).toEqual(
    Array(4).fill(undefined),
  );
  for (const name of [
    '+01:00',
    '+0100',
    '-05',
    'Europe/../UTC',
    'Europe//Berlin',
    ' Europe/Berlin',
    'Europe/Berlin/',
    // Written otherwise than the files of the database; the runtime takes these.
    'europe/berlin',
    'Europe/berlin',
    'us/Pacific',
    'Etc/gmt+1',
    'utc',
    'AET',
    'PST',
    'SystemV/EST5',
  ]) {
    expect(timeZoneProblem(name)).toBe(`unknown time zone ${name}`);
  }
});
