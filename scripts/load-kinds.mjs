import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The table of kinds is TypeScript: it is bundled in memory to be read by the scripts that generate tables from it. */
export async function loadKinds() {
  const result = await build({
    entryPoints: [join(root, 'src/objects/kinds.ts')],
    bundle: true,
    format: 'esm',
    write: false,
    platform: 'node',
    logLevel: 'silent',
  });
  const source = Buffer.from(result.outputFiles[0].contents).toString('base64');
  return (await import(`data:text/javascript;base64,${source}`)).KINDS;
}
