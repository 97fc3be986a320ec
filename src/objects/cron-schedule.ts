import { Cron } from 'croner';

/** When something is due; times are wall milliseconds. */
export interface CronSchedule {
  /** The first time after `afterMs`; `undefined` when there is none in the next years. */
  next(afterMs: number): number | undefined;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
}[] = [
  { name: 'minute', min: 0, max: 59, words: [] },
  { name: 'hour', min: 0, max: 23, words: [] },
  { name: 'day of month', min: 1, max: 31, words: [] },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of week', min: 0, max: 6, words: DAYS },
];
/** Units of `@every`, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/**
 * A schedule as Kubernetes reads it: "schedule in Cron format: minute, hour, day of the month, month, day of the week;
 * or one of the macros @yearly, @monthly, @weekly, @daily, @hourly" (CronJob, kubernetes.io), with the limits of its
 * parser: five fields, Sunday is 0, and none of the extensions `L`, `W` and `#`. The time zone is that of
 * `spec.timeZone`, UTC without one.
 */
export function parseCronSchedule(text: string, timeZone = 'Etc/UTC'): CronSchedule | { readonly problem: string } {
  if (text.includes('TZ')) return { problem: 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' };
  const trimmed = text.trim();
  if (trimmed.startsWith('@every ')) return everySchedule(trimmed.slice(7).trim());
  const spec = trimmed.startsWith('@') ? MACROS[trimmed] : trimmed;
  if (spec === undefined) return { problem: `unrecognized descriptor: ${trimmed}` };
  const fields = spec.split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return { problem: `expected exactly 5 fields, found ${spec === '' ? 0 : fields.length}: [${spec}]` };
  }
  for (const [index, field] of fields.entries()) {
    const problem = fieldProblem(field, index);
    if (problem !== undefined) return { problem };
  }
  // "?" stands for any day here; the other library reads it otherwise.
  const cron = new Cron(fields.map((field) => field.replaceAll('?', '*')).join(' '), {
    timezone: timeZone,
    paused: true,
  });
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

/** What is wrong with the name of a time zone. */
export function timeZoneProblem(name: string): string | undefined {
  if (name === '') return 'timeZone must be nil or non-empty string';
  // "Local" would be the time zone of the box, which says nothing to a reader of the manifest.
  if (name.toLowerCase() === 'local')
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return undefined;
  } catch {
    return `unknown time zone ${name}`;
  }
}

/** RFC 3339 in whole seconds with the offset of the zone, `Z` where that is none: `2026-01-01T13:00:00+01:00`. */
export function formatTimeInZone(timeMs: number, timeZone = 'Etc/UTC'): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(timeMs);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d+):(\d+)$/.exec(offset) ?? [];
  const offsetMs = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const local = new Date(timeMs + offsetMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${local}${offsetMs === 0 ? 'Z' : offset}`;
}

function fieldProblem(text: string, index: number): string | undefined {
  const field = FIELDS[index];
  if (field === undefined) return undefined;
  for (const item of text.split(',')) {
    const [range = '', step, ...rest] = item.split('/');
    if (rest.length > 0) return `too many slashes: ${item}`;
    if (step !== undefined && !/^\d+$/.test(step)) return `failed to parse int from ${step}`;
    if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${item}`;
    if (range === '*' || range === '?') continue;
    const ends = range.split('-');
    if (ends.length > 2) return `too many hyphens: ${item}`;
    const values = ends.map((end) => numberOf(end, field.words, field.min));
    if (values.some((value) => value === undefined)) return `failed to parse int from ${range}`;
    const [first = 0, last = first] = values;
    if (first < field.min) return `beginning of range (${first}) below minimum (${field.min}): ${item}`;
    if (last > field.max) return `end of range (${last}) above maximum (${field.max}): ${item}`;
    if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${item}`;
  }
  return undefined;
}

function numberOf(text: string, words: readonly string[], min: number): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + min;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** "@every <duration>": a constant delay of whole seconds, at least one. */
function everySchedule(text: string): CronSchedule | { readonly problem: string } {
  if (!/^(\d+(\.\d+)?[hms])+$/.test(text)) return { problem: `failed to parse duration @every ${text}` };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  const totalMs = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
  const delayMs = Math.max(1_000, Math.floor(totalMs / 1_000) * 1_000);
  return { next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + delayMs };
}
