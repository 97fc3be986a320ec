/** Runs one of the built programs: `node scripts/run.mjs berth status`. Installs and builds first where that is needed. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installDependencies } from './install-dependencies.mjs';

const program = process.argv[2] ?? 'berth';
installDependencies();
const { build } = await import('./build.mjs');
await build();
const entry = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', `${program}.js`);
process.argv.splice(1, 2, entry);
await import(pathToFileURL(entry).href);
