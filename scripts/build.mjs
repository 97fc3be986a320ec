/**
 * Bundles the programs in `src/` into `dist/`, which is replaced whole. Dependencies stay outside the bundle. Nothing is done when `dist/` is newer than every source,
 * so that calling it before each start costs a few milliseconds.
 */
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.built');

/** Programs by the name of their bundle. A program that is not there yet is left out. */
const programs = {
  berth: 'src/cli/main.ts',
  demo: 'src/cli/demo/main.ts',
  setup: 'src/cli/setup/main.ts',
  bench: 'bench/main.ts',
  'bench-probe': 'bench/probe.ts',
};

/** Has a bundle of its own, which counts what its rules do: no other program is to pay for that. */
const simulator = 'src/simulate/main.ts';

function newestSourceMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSourceMs(path));
    else if (!entry.name.includes('.test.')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Builds unless `dist/` is up to date. An installed package carries `dist/` and no sources, and has nothing to build. */
export async function build({ force = false } = {}) {
  if (modifiedMs(join(root, 'src')) === 0) return;
  const sourcesMs = Math.max(
    newestSourceMs(join(root, 'src')),
    newestSourceMs(join(root, 'bench')),
    modifiedMs(join(root, 'package-lock.json')),
    modifiedMs(fileURLToPath(import.meta.url)),
  );
  if (!force && modifiedMs(stamp) > sourcesMs) return;
  const esbuild = await import('esbuild');
  const { ruleCounters } = await import('./rule-counters.mjs');
  const entryPoints = Object.fromEntries(
    Object.entries(programs).filter(([, path]) => modifiedMs(join(root, path)) > 0),
  );
  const fresh = `dist.${process.pid}`;
  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: '#!/usr/bin/env node' },
  };
  await esbuild.build({ ...common, entryPoints, outdir: fresh, splitting: true });
  await esbuild.build({
    ...common,
    entryPoints: [join(root, simulator)],
    outfile: join(fresh, 'sim.js'),
    plugins: [ruleCounters()],
  });
  writeFileSync(join(root, fresh, '.built'), '');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(join(root, fresh), join(root, 'dist'));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build({ force: process.argv.includes('--force') });
}
