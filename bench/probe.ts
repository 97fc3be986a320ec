/**
 * Loaded before `berth up` by the benchmarks (`node --import`): measures the process from inside and answers its parent over the IPC channel. It
 * keeps nothing alive and changes nothing but a counter in front of the file functions.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProbeReading } from './berth-process.ts';

const RESOLUTION_MS = 10;
const NANOS_PER_MS = 1e6;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const files: string[] = [];
const folder = process.env['BERTH_BENCH_COUNT_FILES_BELOW'];
if (folder !== undefined) countFiles(folder);

process.on('message', (message) => {
  if (message === 'reset') {
    delay.reset();
    files.length = 0;
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  // The timer's own interval is a part of what the histogram records.
  const delayP999Ms = Math.max(0, delay.percentile(99.9) / NANOS_PER_MS - RESOLUTION_MS);
  const delayMaxMs = Math.max(0, delay.max / NANOS_PER_MS - RESOLUTION_MS);
  const reading: ProbeReading = { rss, heapUsed, external, delayP999Ms, delayMaxMs, files: [...files] };
  process.send?.(reading);
});
process.channel?.unref();

/** Notes each call that opens, reads, lists or looks at something below `folder`. */
function countFiles(below: string): void {
  const counted = ['open', 'readFile', 'readdir', 'stat', 'lstat'] as const;
  const note = (name: string, target: unknown) => {
    if (typeof target === 'string' && target.startsWith(below)) files.push(`${name} ${target.slice(below.length + 1)}`);
  };
  for (const holder of [fs, fs.promises] as unknown as Record<string, (...args: unknown[]) => unknown>[]) {
    for (const name of counted) {
      const original = holder[name];
      if (original === undefined) continue;
      holder[name] = function patched(this: unknown, ...args: unknown[]) {
        note(name, args[0]);
        return original.apply(this, args);
      };
    }
  }
  syncBuiltinESMExports();
}
