import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('docs/plan-report.md says what the types of the report say', () => {
  const script = fileURLToPath(new URL('../../scripts/write-report-docs.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
