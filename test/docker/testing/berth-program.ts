import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');

export interface BerthProgram {
  /** The file that Node runs. */
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Bundles the command line as it is now, for one run of tests: what is edited meanwhile does not change what is tested. */
export async function bundleBerth(): Promise<BerthProgram> {
  // Below the checkout, so that the bundle finds the dependencies, which stay outside of it.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.berth-acceptance-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { berth: 'src/cli/main.ts' },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path: join(folder, 'berth.mjs'), remove };
}
