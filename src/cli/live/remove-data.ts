import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeWholeFile } from '../../host/linux/write-whole-file.ts';
import { BerthError } from '../../lib/errors.ts';
import { dataPaths } from './data-paths.ts';

/** The source of the file systems that Berth mounts, as `mount` was told. */
const BERTH_MOUNT = 'berth';

/**
 * Deletes what is Berth's in a data directory, and the directory itself when nothing else is in it. Links are removed,
 * never followed; what is mounted below is unmounted where Berth mounted it, and stops everything where somebody else
 * did. Returns what was left because it is not Berth's.
 */
export function removeData(dataDirectory: string): readonly string[] {
  const root = realpathSync(dataDirectory);
  unmountBelow(root);
  const paths = dataPaths(root);
  const last = paths.lock;
  const own = Object.values(paths).filter((path) => path !== last);
  for (const path of own) rmSync(path, { recursive: true, force: true });
  for (const path of [paths.cluster, paths.kubectlAccess, paths.reports]) removeWholeFile(path);
  const left = readdirSync(root).filter((name) => name !== basename(last));
  rmSync(last, { force: true });
  if (left.length > 0) return left.map((name) => join(root, name));
  // A link to the directory was made by somebody else, and so was a directory on which something is mounted.
  if (lstatSync(dataDirectory).isDirectory() && !mounts().some(({ point }) => point === root)) rmdirSync(root);
  return [];
}

interface MountPoint {
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

function unmountBelow(root: string): void {
  const below = mounts().filter(({ point }) => point.startsWith(`${root}/`));
  const foreign = below.find(({ type, source }) => type !== 'tmpfs' || source !== BERTH_MOUNT);
  if (foreign !== undefined) {
    throw new BerthError('ConfigInvalid', {
      object: root,
      verb: 'purge',
      detail: `${foreign.source} is mounted on ${foreign.point}, and Berth did not mount it`,
      help: `look what it is, then type \`umount ${foreign.point}\` and try again`,
    });
  }
  for (const { point } of below.reverse())
    execFileSync('umount', ['-l', point], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** In order of mounting; octal escapes stand for blanks (proc(5), mountinfo). */
function mounts(): MountPoint[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [type = '', source = ''] = after.split(' ');
      const point = before.split(' ')[4] ?? '';
      const fromOctal = (_: string, octal: string) => String.fromCharCode(Number.parseInt(octal, 8));
      return { point: point.replace(/\\([0-7]{3})/g, fromOctal), type, source };
    });
}
