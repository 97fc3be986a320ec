import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderReport } from '../../src/report/index.ts';
import { CASES } from './cases.ts';
import { planCase } from './plan-files.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-plans-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A golden report is what a person has read and found right; `vitest -u` writes a new one to be read again. */
test.each(CASES)('$name', async (one) => {
  const report = await planCase(folder, one);
  await expect(renderReport(report, 'text')).toMatchFileSnapshot(`golden/${one.name}.txt`);
  const findings = report.findings.map(({ excerpt: _excerpt, ...finding }) => finding);
  await expect(`${JSON.stringify(findings, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${one.name}.findings.json`);
  expect(JSON.stringify(report)).not.toContain('do-not-show-me');
});
