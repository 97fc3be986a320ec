/** Installs the exact dependencies of the lock file when they are missing or older than it. Needs nothing but Node and npm. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = [20, 19];

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  console.error(`error: Berth needs Node ${MINIMUM_NODE.join('.')} or later, this is ${process.versions.node}`);
  console.error('help: install a current Node, for example from your distribution or with a version manager');
  process.exit(1);
}

export function installDependencies() {
  checkNode();
  const installed = statSync(join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  const wanted = statSync(join(root, 'package-lock.json'), { throwIfNoEntry: false });
  if (wanted === undefined || (installed !== undefined && installed.mtimeMs >= wanted.mtimeMs)) return;
  console.error('► installing dependencies (npm install)');
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, and a mirror that does not carry them writes such
  // a file. This takes the locked versions as well, and leaves the lock file alone.
  const result = spawnSync(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (result.status === 0) return;
  console.error('error: npm install failed');
  console.error('help: see the lines above; a proxy or an unreachable npm registry is the usual cause');
  process.exit(1);
}
