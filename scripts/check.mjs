/** The one gate: types, lint, layers, the freshness of the Action's bundle and unit tests, side by side. Prints what failed and what to do next. */
import { spawn } from 'node:child_process';
import { installDependencies } from './install-dependencies.mjs';

installDependencies();

const steps = [
  { name: 'types', command: ['npx', 'tsc', '--noEmit'], next: 'correct the types named above' },
  { name: 'lint', command: ['npx', 'biome', 'check', '.'], next: '`npm run fix` mends most of it' },
  { name: 'layers', command: ['node', 'scripts/check-layers.mjs'], next: 'use the replacement that each line names' },
  {
    name: 'bundle of the Action',
    command: ['node', 'scripts/bundle-action.mjs', '--check'],
    next: '`npm run bundle` writes it; commit it with the change',
  },
  {
    name: 'unit tests',
    command: ['npx', 'vitest', 'run', '--project', 'unit'],
    next: '`npx vitest --project unit <file>` runs one file',
  },
];

function run({ command: [program, ...args] }) {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ ok: code === 0, output, seconds: (performance.now() - startedMs) / 1000 }));
  });
}

async function runStep(step) {
  const result = await run(step);
  console.log(`${result.ok ? '✔' : '✗'} ${step.name} (${result.seconds.toFixed(1)} s)`);
  if (!result.ok) console.log(`${result.output.trimEnd()}\n  next: ${step.next}`);
  return result.ok;
}

const [types, lint, layers, bundle, unit] = steps;
const checks = [await Promise.all([types, lint, layers, bundle].map(runStep)), [await runStep(unit)]].flat();
process.exit(checks.every(Boolean) ? 0 : 1);
