import { expect, it, test } from 'vitest';
import { parseCronSchedule, timeZoneProblem } from './cron-schedule.ts';

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
])('%s is refused', (text, problem) => {
  expect(parseCronSchedule(text)).toEqual({ problem });
});

it('knows the time zones', () => {
  expect(timeZoneProblem('Asia/Tokyo')).toBeUndefined();
  expect(timeZoneProblem('Mars/Base')).toBe('unknown time zone Mars/Base');
  expect(timeZoneProblem('Local')).toContain('explicit time zone');
  expect(timeZoneProblem('')).toBe('timeZone must be nil or non-empty string');
});
