import type { ReadyIn } from '../plan-report.ts';

/** `850 ms`, `14 s`, `2 min 5 s`, `1 h 4 min`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joinUnits(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joinUnits(hours, 'h', minutes % 60, 'min');
  return joinUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A time that is known in whole seconds. */
export function formatSeconds(seconds: number): string {
  return seconds < 1 ? 'less than 1 s' : formatSpan(seconds * 1_000);
}

/** "A duration that was never observed reads so": no guess stands for it. */
export function formatReadyIn(readyIn: ReadyIn): string {
  if (readyIn.kind === 'observed') return `~${formatSpan(readyIn.ms)}`;
  if (readyIn.kind === 'not-observed') return 'not yet observed';
  return readyIn.kind === 'never' ? 'never' : '–';
}
