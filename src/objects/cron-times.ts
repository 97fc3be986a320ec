import { zoneOffsetMs } from './zone-time.ts';

/** The values that each field of a schedule lets through, and whether a field of days is `*`. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  readonly isAnyDayOfMonth: boolean;
  readonly isAnyDayOfWeek: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Further ahead nothing is looked for: 31 February never comes. */
const MAX_YEARS = 5;

/**
 * The first minute after `afterMs` at which the clocks of the zone show what the fields ask for. "Jobs scheduled during
 * daylight-savings leap-ahead transitions will not be run"; what is shown twice when the clocks are put back is run
 * twice (robfig/cron, whose `Next` Kubernetes uses).
 */
export function nextCronTime(fields: CronFields, timeZone: string, afterMs: number): number | undefined {
  const zone = new ZoneClock(timeZone);
  const lastYear = zone.local(afterMs).getUTCFullYear() + MAX_YEARS;
  let timeMs = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  for (;;) {
    const local = zone.local(timeMs);
    if (local.getUTCFullYear() > lastYear) return undefined;
    if (!fields.months.has(local.getUTCMonth() + 1)) {
      timeMs = zone.firstAt(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1), timeMs);
    } else if (!isDayOf(fields, local)) {
      timeMs = zone.firstAt(Math.floor(local.getTime() / DAY_MS) * DAY_MS + DAY_MS, timeMs);
    } else if (!fields.hours.has(local.getUTCHours())) {
      timeMs += HOUR_MS - (local.getTime() % HOUR_MS);
    } else if (!fields.minutes.has(local.getUTCMinutes())) {
      timeMs += MINUTE_MS;
    } else {
      return timeMs;
    }
  }
}

/**
 * "If both fields are restricted (i.e., aren't *), the command will be run when either field matches the current time"
 * (crontab).
 */
function isDayOf({ daysOfMonth, daysOfWeek, isAnyDayOfMonth, isAnyDayOfWeek }: CronFields, local: Date): boolean {
  const isOfMonth = daysOfMonth.has(local.getUTCDate());
  const isOfWeek = daysOfWeek.has(local.getUTCDay());
  return isAnyDayOfMonth || isAnyDayOfWeek ? isOfMonth && isOfWeek : isOfMonth || isOfWeek;
}

class ZoneClock {
  readonly #timeZone: string;

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** What the clocks show, as a date that shows it in UTC. */
  local(timeMs: number): Date {
    return new Date(timeMs + zoneOffsetMs(this.#timeZone, timeMs));
  }

  /**
   * The first time after `afterMs` at which the clocks show `localMs`, or more where they jump over it. Where clocks
   * have gone back over midnight from after it, that midnight has been already: then only a minute is gone on, and the
   * day that is shown again is looked at again.
   */
  firstAt(localMs: number, afterMs: number): number {
    const offsets = [-DAY_MS, DAY_MS].map((distance) => zoneOffsetMs(this.#timeZone, localMs + distance));
    const [first = 0, second = first] = offsets.map((offset) => localMs - offset).sort((a, b) => a - b);
    const found = this.local(first).getTime() >= localMs ? first : second;
    return Math.max(found, afterMs + MINUTE_MS);
  }
}
