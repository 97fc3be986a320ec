import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'berth-watchdog-'));
const source = fileURLToPath(new URL('watchdog.ts', import.meta.url));

afterAll(() => rmSync(folder, { recursive: true }));

function run(limits: string, work: string) {
  const entry = join(folder, 'entry.ts');
  writeFileSync(entry, `import { startWatchdog } from ${JSON.stringify(source)};\nstartWatchdog(${limits});\n${work}`);
  const outfile = join(folder, 'program.mjs');
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
  return spawnSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 30_000 });
}

test('an endless step of the main thread is ended, with an error that names the limit', () => {
  const { stdout, signal } = run('{ ms: 500, memoryBytes: 1e12 }', 'for (;;) {}');
  expect(signal).toBe('SIGKILL');
  expect(stdout).toBe(
    '\n::error title=LimitExceeded::the plan was ended by the limit actionMs (1 s); make the change smaller\n',
  );
});

test('so is one that takes all memory', () => {
  const work = 'const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));';
  const { stdout, signal } = run('{ ms: 20000, memoryBytes: 300 * 1024 * 1024 }', work);
  expect(signal).toBe('SIGKILL');
  expect(stdout).toContain('actionMemoryBytes (300 MB)');
});

test('a process that is done is not held', () => {
  const { status, stdout } = run('{ ms: 20000, memoryBytes: 1e12 }', "console.log('done');");
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'done\n' });
});
