import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ruleCounters } from '../../scripts/rule-counters.mjs';
import { describeCoverage, findRareRules, SeedsOfRules, takeRuleCounts } from '../../src/simulate/rule-coverage.ts';

const DECIDER = `export function computeSize(replicas: number | undefined, most = 3): string {
  const asked = replicas ?? 1;
  if (asked > most) {
    const surplus = asked - most;
    return \`\${surplus} too many\`;
  }
  return asked === 0
    ? 'none'
    : 'some';
}
function neverCalled(): void {}
export const names = { neverCalled };
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-rules-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  Reflect.deleteProperty(globalThis, '__berth_rules__');
});

async function loadDecider() {
  const path = join(folder, 'src', 'compute-size.ts');
  mkdirSync(join(folder, 'src'));
  writeFileSync(path, DECIDER);
  const outfile = join(folder, 'bundle.mjs');
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    format: 'esm',
    plugins: [ruleCounters()],
    logLevel: 'error',
  });
  return await import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

it('tells of each rule that did not run where it begins, and of nothing that follows in its wake', async () => {
  const { computeSize, names } = await loadDecider();
  const untaken = () => describeCoverage([takeRuleCounts()]).map((line) => line.replace(/^never taken: .*?src\//, ''));

  expect(computeSize(2)).toBe('some');
  expect(untaken()).toEqual([
    'compute-size.ts:11: function neverCalled(): void {}',
    'compute-size.ts:3: if (asked > most) {',
    "compute-size.ts:8: ? 'none'",
  ]);

  computeSize(0);
  computeSize(5);
  expect(untaken()).toEqual(['compute-size.ts:11: function neverCalled(): void {}']);

  names.neverCalled();
  expect(untaken()).toEqual(['every rule of 1 deciders was taken']);
});

it('counts the seeds that took a rule, however often each did', async () => {
  const { computeSize } = await loadDecider();
  const rules = new SeedsOfRules();
  for (const sizes of [[2, 2, 2], [1, 5, 7], [0]]) {
    for (const size of sizes) computeSize(size);
    rules.noteSeed();
  }
  const rare = (fewest: number) =>
    findRareRules([rules.counts], fewest).map(({ rule, seeds }) => `${seeds} ${rule.replace(/^.*?src\//, '')}`);
  expect(rare(1)).toEqual(['0 compute-size.ts:11: function neverCalled(): void {}']);
  expect(rare(2)).toEqual([
    '0 compute-size.ts:11: function neverCalled(): void {}',
    '1 compute-size.ts:3: if (asked > most) {',
    "1 compute-size.ts:8: ? 'none'",
  ]);
  expect(rare(3)).toContain("2 compute-size.ts:9: : 'some';");
});
