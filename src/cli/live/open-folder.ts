import { existsSync, realpathSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { ApplicationFolder } from '../../gitops/index.ts';
import { TreeReader } from '../../gitops/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { BerthError } from '../../lib/errors.ts';
import { findWorkTree, openSource, SourceError, type TreeSource, WorkingTree } from '../../source/index.ts';

/** A folder of the disk or of a commit, ready to be read as that of an application. */
export interface OpenedFolder {
  readonly source: TreeSource;
  readonly folder: ApplicationFolder;
  /** A path as it is shown: from the root of the work tree, and absolute outside of any. */
  show(path: string): string;
  close(): Promise<void>;
}

/**
 * Opens a folder as it lies on the disk, or as it is in a commit of its repository. Bases may lie anywhere in the Git
 * work tree around it; outside of any, anywhere on the disk, as for `kubectl kustomize`.
 */
export async function openFolder(path: string, revision: string | undefined): Promise<OpenedFolder> {
  const named = resolve(path);
  // A folder that is only in the commit is not on the disk.
  const absolute = existsSync(named) ? realpathSync(named) : named;
  const workTree = findWorkTree(absolute);
  refuseLinkOut(path, named, absolute);
  const root = workTree ?? sep;
  const folderPath = relative(root, absolute).split(sep).join('/') || '.';
  if (revision !== undefined) return openCommit(workTree, folderPath, revision);
  const source = new WorkingTree(root);
  const reader = new TreeReader(source);
  return {
    source,
    folder: { path: folderPath, rootTree: source.rootTree, reader },
    show: (path) => (workTree === undefined ? `${sep}${path}` : path),
    close: async () => {},
  };
}

/** Why nothing was found at a path. */
export function missingFolder(path: string, revision: string | undefined): BerthError {
  if (revision === undefined && existsSync(path) && !statSync(path).isDirectory()) {
    const detail = `${path} is a file: what belongs together is looked at together`;
    return new BerthError('UsageInvalid', { detail, help: `name its folder, ${dirname(path)}` });
  }
  const detail = `there is no folder ${path}${revision === undefined ? '' : ` in ${revision}`}`;
  return new BerthError('UsageInvalid', { detail, help: 'name a folder with a kustomization, a chart or manifests' });
}

/** Whoever may push a link must not have a folder of the machine read in place of one of the repository. */
function refuseLinkOut(path: string, named: string, target: string): void {
  const parent = dirname(named);
  const around = existsSync(parent) ? findWorkTree(realpathSync(parent)) : undefined;
  if (around === undefined || target === around || target.startsWith(`${around}${sep}`)) return;
  throw new BerthError('UsageInvalid', {
    object: path,
    verb: 'read',
    detail: `it is a link out of the repository ${around}, to ${target}`,
    help: 'name the folder itself, if that is the one to read',
  });
}

async function openCommit(workTree: string | undefined, path: string, revision: string): Promise<OpenedFolder> {
  if (workTree === undefined) {
    throw new BerthError('UsageInvalid', {
      detail: `--at needs a Git work tree, and ${resolve(path)} is in none`,
      help: 'leave --at out to read the folder as it is',
    });
  }
  const workDirectory = await mkdtemp(join(tmpdir(), 'berth-render-'));
  const source = await openSource({
    repository: workTree,
    branch: 'main',
    workDirectory,
    clock: linuxClock,
    random: new LinuxRandom(),
  });
  const close = async () => {
    await source.close();
    await rm(workDirectory, { recursive: true, force: true });
  };
  try {
    const commit = await source.resolveRevision(revision);
    const folder = { path, rootTree: commit.tree, reader: new TreeReader(source) };
    return { source, folder, show: (shown) => shown, close };
  } catch (error) {
    await close();
    if (!(error instanceof SourceError) || !error.reason.endsWith('Missing')) throw error;
    const help = 'name a branch, a tag or a commit that the repository has';
    throw new BerthError('UsageInvalid', { object: revision, verb: 'read', detail: error.message, help, cause: error });
  }
}
