import { parseTime } from '../../../lib/clock.ts';
import { UNKNOWN } from './column.ts';

/** How long ago a time was, as `kubectl` prints it; `<unknown>` without one. */
export function formatAge(time: unknown, nowMs: number): string {
  const sinceMs = typeof time === 'string' ? parseTime(time) : undefined;
  return sinceMs === undefined ? UNKNOWN : formatDuration(nowMs - sinceMs);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * A duration in at most two units, the second one only where it says something: `59s`, `2m5s`, `10m`, `5h30m`, `3d4h`,
 * `2y30d` (k8s.io/apimachinery/pkg/util/duration.HumanDuration).
 */
export function formatDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 10) return pair(minutes, 'm', seconds % MINUTE, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
  const days = Math.floor(seconds / DAY);
  if (days < 730) return `${days}d`;
  const years = Math.floor(seconds / YEAR);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
