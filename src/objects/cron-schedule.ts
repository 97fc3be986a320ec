import { type CronFields, nextCronTime } from './cron-times.ts';

/** When something is due; times are wall milliseconds. */
export interface CronSchedule {
  /** The first time after `afterMs`; `undefined` when there is none in the next years. */
  next(afterMs: number): number | undefined;
  /** The constant delay of `@every`, which is counted from the last run and not from the clock. */
  readonly everyMs?: number;
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

interface FieldRange {
  readonly min: number;
  readonly max: number;
  /** Names of its values, from the smallest on. */
  readonly words: readonly string[];
}

/** Minute, hour, day of the month, month, day of the week. */
const FIELDS: readonly FieldRange[] = [
  { min: 0, max: 59, words: [] },
  { min: 0, max: 23, words: [] },
  { min: 1, max: 31, words: [] },
  { min: 1, max: 12, words: MONTHS },
  { min: 0, max: 6, words: DAYS },
];
/** Units of `@every`, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  // The micro sign, and the Greek letter.
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
};

/**
 * A schedule as Kubernetes reads it: "schedule in Cron format: minute, hour, day of the month, month, day of the week;
 * or one of the macros @yearly, @monthly, @weekly, @daily, @hourly" (CronJob, kubernetes.io), with the limits of its
 * parser (robfig/cron, ParseStandard): five fields, Sunday is 0, `?` means `*`, and none of the extensions `L`, `W` and
 * `#`. The time zone is that of `spec.timeZone`, UTC without one.
 */
export function parseCronSchedule(text: string, timeZone = 'Etc/UTC'): CronSchedule | { readonly problem: string } {
  if (text.includes('TZ')) return { problem: 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' };
  const trimmed = text.trim();
  if (trimmed.startsWith('@every ')) return everySchedule(trimmed.slice(7).trim());
  const spec = trimmed.startsWith('@') ? MACROS[trimmed] : trimmed;
  if (spec === undefined) return { problem: `unrecognized descriptor: ${trimmed}` };
  const parts = spec.split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return { problem: `expected exactly 5 fields, found ${spec === '' ? 0 : parts.length}: [${spec}]` };
  }
  const fields: ParsedField[] = [];
  for (const [index, range] of FIELDS.entries()) {
    const field = parseField(parts[index] ?? '', range);
    if ('problem' in field) return field;
    fields.push(field);
  }
  const cron = cronFieldsOf(fields);
  return { next: (afterMs) => nextCronTime(cron, timeZone, afterMs) };
}

interface ParsedField {
  readonly values: ReadonlySet<number>;
  /** Whether it is `*` or `?`, alone or beside others, with no step but 1. */
  readonly isAny: boolean;
}

const ANY: ParsedField = { values: new Set(), isAny: true };

function cronFieldsOf([
  minutes = ANY,
  hours = ANY,
  daysOfMonth = ANY,
  months = ANY,
  daysOfWeek = ANY,
]: ParsedField[]): CronFields {
  return {
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: daysOfMonth.values,
    months: months.values,
    daysOfWeek: daysOfWeek.values,
    isAnyDayOfMonth: daysOfMonth.isAny,
    isAnyDayOfWeek: daysOfWeek.isAny,
  };
}

function parseField(text: string, field: FieldRange): ParsedField | { readonly problem: string } {
  const values = new Set<number>();
  let isAny = false;
  for (const item of text.split(',')) {
    const parsed = parseItem(item, field);
    if ('problem' in parsed) return parsed;
    const { first, last, step } = parsed;
    for (let value = first; value <= last; value += step) values.add(value);
    isAny ||= parsed.isAny;
  }
  return { values, isAny };
}

interface ParsedItem {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly isAny: boolean;
}

/** "number | number "-" number [ "/" number ]"; "special handling: "N/step" means "N-max/step"" (getRange). */
function parseItem(item: string, field: FieldRange): ParsedItem | { readonly problem: string } {
  const [range = '', stepText, ...rest] = item.split('/');
  if (rest.length > 0) return { problem: `too many slashes: ${item}` };
  if (stepText !== undefined && !/^\d+$/.test(stepText)) return { problem: `failed to parse int from ${stepText}` };
  const step = Number(stepText ?? 1);
  if (step === 0) return { problem: `step of range should be a positive number: ${item}` };
  if (range === '*' || range === '?') return { first: field.min, last: field.max, step, isAny: step === 1 };
  const ends = range.split('-');
  if (ends.length > 2) return { problem: `too many hyphens: ${item}` };
  const values = ends.map((end) => numberOf(end, field.words, field.min));
  if (values.some((value) => value === undefined)) return { problem: `failed to parse int from ${range}` };
  const [first = 0, end = first] = values;
  const last = stepText !== undefined && ends.length === 1 ? field.max : end;
  if (first < field.min) return { problem: `beginning of range (${first}) below minimum (${field.min}): ${item}` };
  if (last > field.max) return { problem: `end of range (${last}) above maximum (${field.max}): ${item}` };
  if (first > last) return { problem: `beginning of range (${first}) beyond end of range (${last}): ${item}` };
  return { first, last, step, isAny: false };
}

function numberOf(text: string, words: readonly string[], min: number): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + min;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Of nanoseconds, in Go. */
const MAX_DURATION_MS = (2 ** 63 - 1) / 1e6;

/**
 * "@every <duration>": a constant delay of whole seconds, at least one. "A possibly signed sequence of decimal numbers"
 * (time.ParseDuration), which fit into 64 bits.
 */
function everySchedule(text: string): CronSchedule | { readonly problem: string } {
  const duration = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|[hms])/g;
  const [, sign, amount = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const parts = [...amount.matchAll(duration)];
  const totalMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
  const isDuration = amount === '0' || (parts.length > 0 && amount.replaceAll(duration, '') === '');
  if (!isDuration || totalMs >= MAX_DURATION_MS) return { problem: `failed to parse duration @every ${text}` };
  const everyMs = sign === '-' ? 1_000 : Math.max(1_000, Math.floor(totalMs / 1_000) * 1_000);
  return { everyMs, next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + everyMs };
}
