import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judgeUntaken } from '../chaos/judge-untaken.ts';
import { UNTAKEN_RULES } from '../chaos/untaken-rules.ts';

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

describe('a rule that no history takes', () => {
  it.each(UNTAKEN_RULES.map((rule) => [rule.file, rule] as const))(
    'of %s stands exactly once, and a test takes it; who changes the line changes it in test/chaos/untaken-rules.ts, too',
    (_file, { file, line, heldBy }) => {
      const lines = readFileSync(pathOf(file), 'utf8').split('\n');
      expect(lines.filter((one) => one.trim() === line)).toHaveLength(1);
      expect(existsSync(pathOf(heldBy))).toBe(true);
    },
  );
});

describe('what a run did not take', () => {
  const known = { file: 'src/compute-a.ts', line: 'if (never) {', why: '', heldBy: '' };

  it.each([
    ['is known', 'never taken: src/compute-a.ts:7: if (never) {\n', [], []],
    [
      'is not listed',
      'never taken: src/compute-a.ts:7: if (never) {\nnever taken: src/compute-b.ts:1: if (never) {\n',
      ['src/compute-b.ts:1: if (never) {'],
      [],
    ],
    ['is listed and was taken', '300 seeds\n', [], ['src/compute-a.ts: if (never) {']],
  ])('%s', (_what, output, unlisted, taken) => {
    expect(judgeUntaken(output, [known])).toEqual({ unlisted, taken });
  });
});
