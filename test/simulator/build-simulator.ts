import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ruleCounters } from '../../scripts/rule-counters.mjs';
import type { PlantedBug } from '../chaos/planted-bugs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles the simulator's command, with a planted bug where one is given, into a fresh folder; the caller removes it.
 */
export async function buildSimulator(bug?: PlantedBug): Promise<{ readonly folder: string; readonly program: string }> {
  // Below the checkout, so that the bundle finds the dependencies, which stay outside of it.
  const folder = await mkdtemp(join(root, 'node_modules', '.berth-simulator-'));
  const program = join(folder, 'sim.mjs');
  await build({
    entryPoints: [join(root, 'src/simulate/main.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'error',
    plugins: [bug === undefined ? ruleCounters() : plant(bug)],
  });
  return { folder, program };
}

/** Runs the bundled command in a process of its own; resolves with its exit code and all that it printed. */
export function playSimulator(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

function plant({ file, find, replace }: PlantedBug): Plugin {
  const path = join(root, file);
  return {
    name: 'planted bug',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        const text = await readFile(path, 'utf8');
        if (text.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`);
        return { contents: text.replace(find, () => replace), loader: 'ts' };
      });
    },
  };
}
