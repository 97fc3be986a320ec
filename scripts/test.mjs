/**
 * `npm test`: everything, on a fresh machine too. Installs the dependencies, makes sure that Docker and the demo image are there, runs the gate
 * (types, lint, layers, the Action's bundle) and all tests, and ends with a line `N passed, N failed`. What it started itself it stops.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies } from './install-dependencies.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
installDependencies();
const { build } = await import('./build.mjs');
await build();

/** Runs a command with its output shown, and resolves with its exit code. */
function run(program, args, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

const GATE = [
  ['types', 'npx', ['tsc', '--noEmit']],
  ['lint', 'npx', ['biome', 'check', '.']],
  ['layers', 'node', ['scripts/check-layers.mjs']],
  ['bundle of the Action', 'node', ['scripts/bundle-action.mjs', '--check']],
];

async function runGate() {
  let failed = 0;
  for (const [name, program, args] of GATE) {
    const code = await run(program, args);
    console.log(`${code === 0 ? '✔' : '✗'} ${name}`);
    if (code !== 0) failed++;
  }
  return { passed: GATE.length - failed, failed };
}

/** Runs one project of tests and counts from the runner's own report; a runner that breaks without a report counts as one failure. */
async function runProject(project, environment, folder) {
  const report = join(folder, `${project}.json`);
  const args = [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const code = await run('npx', [...args, ...process.argv.slice(2)], environment);
  try {
    const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = (!success || code !== 0) && numFailedTests === 0 ? 1 : 0;
    return { passed: numPassedTests, failed: numFailedTests + broken };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const { prepareMachine } = await import('../dist/setup.js');
const machine = await prepareMachine({ say: (line) => console.log(`► ${line}`) });
const folder = mkdtempSync(join(tmpdir(), 'berth-test-'));
const results = [];
try {
  results.push(await runGate());
  const environment = { BERTH_TEST_DOCKER: machine.socketPath };
  for (const project of ['unit', 'system', 'docker', 'chaos'])
    results.push(await runProject(project, environment, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
  await machine.stop();
}

const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
