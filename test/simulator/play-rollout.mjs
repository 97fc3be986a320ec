/** Plays one rollout in a process of its own and prints the report: `node test/simulator/play-rollout.mjs SEED`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Below the checkout, so that the bundle finds the dependencies, which stay outside of it.
const folder = await mkdtemp(join(root, 'node_modules', '.berth-simulator-'));
try {
  const outfile = join(folder, 'simulate.mjs');
  const entryPoints = [join(root, 'src/simulate/index.ts')];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const { playRollout } = await import(pathToFileURL(outfile).href);
  console.log(JSON.stringify(await playRollout({ seed: Number(process.argv[2]), replicas: 50 })));
} finally {
  await rm(folder, { recursive: true, force: true });
}
