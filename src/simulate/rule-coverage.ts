import { existsSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoverageRange } from './untaken-ranges.ts';

/** Files whose every branch is a rule that some history must take. */
const DECIDERS = /\/compute-[a-z-]+\.ts$/;

/**
 * Notes which branches of the program ran, by V8's own counters, so that a rule that is added counts without being listed anywhere. Costs a few per
 * cent of the time while it runs.
 */
export class RuleCoverage {
  readonly #session = new Session();

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since the start; to be called once, at the end, because it sets the counters back. */
  take(): readonly CoverageRange[] {
    const ranges: CoverageRange[] = [];
    // The inspector answers before the call returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      for (const { url, functions } of answer.result) {
        if (!isProgram(url)) continue;
        // Whole modules ran before the counters did.
        for (const { startOffset, endOffset, count } of functions.flatMap((one) => one.ranges))
          if (startOffset > 0) ranges.push({ url, start: startOffset, end: endOffset, ran: count > 0 });
      }
    });
    return ranges;
  }
}

/** The rules among ranges of the program, as `src/…/compute-x.ts:12: text of the line`, sorted. */
export function describeRules(ranges: readonly CoverageRange[]): readonly string[] {
  const rules = new Set<string>();
  for (const url of new Set(ranges.map((range) => range.url))) {
    const path = fileURLToPath(url);
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
    const text = readFileSync(path, 'utf8');
    const lines = lineStarts(text);
    for (const range of ranges) {
      if (range.url !== url) continue;
      const branch = text.slice(range.start, range.end).trim();
      // What follows `??` and `?.` is about what a manifest leaves out, and the end of a block nothing at all.
      if (/^[\s});]*$/.test(branch) || /^\?[?.]/.test(branch)) continue;
      const rule = describeRule(map, lines, range.start, path);
      if (rule !== undefined) rules.add(rule);
    }
  }
  return [...rules].sort();
}

/** Bundles are in `dist/` or in a folder of a test; what they import from elsewhere is no part of Berth. */
function isProgram(url: string): boolean {
  if (!url.startsWith('file:') || /\/node_modules\/(?!\.berth-simulator-)/.test(url)) return false;
  return existsSync(`${fileURLToPath(url)}.map`);
}

function describeRule(map: SourceMap, lines: readonly number[], offset: number, path: string): string | undefined {
  const line = lineOf(lines, offset);
  const entry = map.findEntry(line, offset - (lines[line] ?? 0));
  if (!('originalSource' in entry) || !DECIDERS.test(entry.originalSource)) return undefined;
  const source = entry.originalSource.startsWith('file:')
    ? fileURLToPath(entry.originalSource)
    : join(dirname(path), entry.originalSource);
  const text = readFileSync(source, 'utf8').split('\n')[entry.originalLine] ?? '';
  const name = relative(process.cwd(), source).replace(/^.*?src\//, 'src/');
  return `${name}:${entry.originalLine + 1}: ${text.trim()}`;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
