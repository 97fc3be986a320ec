import type { RolloutForecast, TimelineSample } from '../plan-report.ts';
import { formatSpan } from './format-duration.ts';

/** Widest picture: it has to fit beside its labels into a comment on a phone. */
const COLUMNS = 36;
const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * A rollout as a picture: one row of bars for the ready pods of each template and one for all together, time running to
 * the right.
 *
 *     old ready █████▅▅▂▂···  3 → 0
 *     new ready ···▂▂▂▅▅████  0 → 3
 *     all ready ████████████  lowest 3 of 3
 *               0 s     14 s
 *
 * A column of all ready pods shows the fewest that it covers, so that no dip is lost between two columns.
 */
export function drawTimeline(rollout: RolloutForecast): readonly string[] {
  const { timeline, wantedReplicas, lowestReady, readyIn } = rollout;
  const [first] = timeline;
  const last = timeline.at(-1);
  if (first === undefined || last === undefined) return [];
  // Where nothing moves there is nothing to see.
  if (timeline.every((one) => one.oldReady === first.oldReady && one.newReady === first.newReady)) return [];
  const endMs = last.atMs - first.atMs;
  // The last sample holds from then on: it gets a column of its own.
  const columns = endMs === 0 ? 1 : Math.min(COLUMNS, Math.max(12, timeline.length * 2));
  const cells = Array.from({ length: columns }, (_, index) => samplesIn(timeline, index, columns));
  const most = Math.max(1, ...timeline.map(totalReady), wantedReplicas);
  const bar = (values: readonly number[]) => values.map((value) => levelOf(value, most)).join('');
  const ends = cells.map((samples) => samples.at(-1) ?? last);
  const rows = [
    `old ready ${bar(ends.map(({ oldReady }) => oldReady))}  ${first.oldReady} → ${last.oldReady}`,
    `new ready ${bar(ends.map(({ newReady }) => newReady))}  ${first.newReady} → ${last.newReady}`,
    `all ready ${bar(cells.map((samples) => Math.min(...samples.map(totalReady))))}  lowest ${lowestReady} of ${wantedReplicas}`,
  ];
  return columns === 1 ? rows : [...rows, `          ${formatAxis(columns, endMs, readyIn.kind !== 'not-observed')}`];
}

function totalReady({ newReady, oldReady }: TimelineSample): number {
  return newReady + oldReady;
}

/** The samples that hold at any time of one column: the one that it begins with and those that begin in it. */
function samplesIn(timeline: readonly TimelineSample[], column: number, columns: number): readonly TimelineSample[] {
  const startMs = timeline[0]?.atMs ?? 0;
  const endMs = timeline.at(-1)?.atMs ?? 0;
  if (column === columns - 1) return timeline.slice(-1);
  const widthMs = (endMs - startMs) / (columns - 1);
  const fromMs = startMs + column * widthMs;
  const before = timeline.filter(({ atMs }) => atMs <= fromMs).slice(-1);
  const within = timeline.filter(({ atMs }) => atMs > fromMs && atMs < fromMs + widthMs);
  return [...before, ...within];
}

function levelOf(value: number, most: number): string {
  if (value <= 0) return '·';
  return LEVELS[Math.min(LEVELS.length, Math.max(1, Math.round((value / most) * LEVELS.length))) - 1] ?? '█';
}

/** The times of a rollout that was never observed are an order of steps, and no durations. */
function formatAxis(columns: number, endMs: number, isObserved: boolean): string {
  const [start, end] = isObserved ? ['0 s', formatSpan(endMs)] : ['start', 'end'];
  return `${start}${end.padStart(Math.max(end.length + 1, columns - start.length))}`;
}
