import { LIMITS } from '../lib/limits.ts';
import { timeZoneNames } from './zone-names.ts';

/** Clocks of time zones; times are wall milliseconds. */

const UTC = 'Etc/UTC';
/** Clocks are kept: to make one takes longer than to read it a hundred times. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  if (clocks.size >= LIMITS.timeZoneClocks) clocks.clear();
  const clock = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  clocks.set(timeZone, clock);
  return clock;
}

/** By how much the clocks of the zone are ahead of UTC. */
export function zoneOffsetMs(timeZone: string, timeMs: number): number {
  return timeZone === UTC ? 0 : offsetOf(offsetText(timeZone, timeMs));
}

/** `+01:00`; empty for UTC. */
function offsetText(timeZone: string, timeMs: number): string {
  const parts = clockOf(timeZone).formatToParts(timeMs);
  return parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
}

/** Zones of long ago have seconds in their offset, too. */
function offsetOf(text: string): number {
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = /^([+-])(\d+):(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return Number(`${sign}1`) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** RFC 3339 in whole seconds with the offset of the zone, `Z` where that is none: `2026-01-01T13:00:00+01:00`. */
export function formatTimeInZone(timeMs: number, timeZone = UTC): string {
  const text = offsetText(timeZone, timeMs);
  const offsetMs = offsetOf(text);
  const local = new Date(timeMs + offsetMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${local}${offsetMs === 0 ? 'Z' : text}`;
}

/**
 * What is wrong with the name of a time zone (batch validation, validateTimeZone, by Go's time.LoadLocation: a file of
 * the time zone database, whose name is written as there). "Within a file name component, use only ASCII letters, '.',
 * '-' and '_'": offsets such as `+01:00`, other spellings such as `europe/berlin` and abbreviations such as `AET`,
 * which the runtime takes as well, are no names.
 */
export function timeZoneProblem(name: string): string | undefined {
  if (name === '') return 'timeZone must be nil or non-empty string';
  // "Local" would be the time zone of the box, which says nothing to a reader of the manifest.
  if (name.toLowerCase() === 'local')
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  return timeZoneNames().has(name) || isNewName(name) ? undefined : `unknown time zone ${name}`;
}

/**
 * One that came to the database after the list of other names was made: the runtime takes it, and none that is known is
 * written like it.
 */
function isNewName(name: string): boolean {
  if (!/^[A-Z][A-Za-z_-]+(\/[A-Z][A-Za-z_-]+)+$/.test(name) || name.startsWith('SystemV/')) return false;
  const lower = name.toLowerCase();
  if ([...timeZoneNames()].some((known) => known.toLowerCase() === lower)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}
