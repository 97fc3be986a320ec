import { setTimeout as delay } from 'node:timers/promises';
import { refuseForeignStatus, STATUS_HISTORY } from '../../gitops/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxRandom } from '../../host/linux/linux-random.ts';
import { openSource, SourceError } from '../../source/index.ts';
import type { ClusterIdentity } from './cluster-file.ts';
import { dataPaths } from './data-paths.ts';

/** A repository that does not answer must not keep anybody from purging. */
const PATIENCE_MS = 30_000;

/** What became of the folder of a cluster on the status branch. */
export type Withdrawal =
  | { readonly outcome: 'withdrawn' | 'nothing' }
  | { readonly outcome: 'stays'; readonly reason: string };

/**
 * Takes the status of a cluster that is no more off its branch: nobody would keep it true, and a new cluster of this
 * name could not publish its own.
 */
export async function withdrawStatus(dataDirectory: string, cluster: ClusterIdentity): Promise<Withdrawal> {
  const { status } = cluster;
  if (status === undefined) return { outcome: 'stays', reason: 'it is not known where it was published' };
  try {
    const late = delay(PATIENCE_MS, undefined, { ref: false }).then(() => {
      throw new SourceError('Unreachable', `${status.repository} does not answer`);
    });
    return await Promise.race([withdraw(dataDirectory, cluster, status), late]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A folder of somebody else, and a repository that has gone with its branches, hold nothing of this cluster.
    const isNothing =
      error instanceof SourceError && (error.reason === 'FolderTaken' || error.reason === 'RepositoryMissing');
    return isNothing ? { outcome: 'nothing' } : { outcome: 'stays', reason: error.message };
  }
}

async function withdraw(
  dataDirectory: string,
  { name, uid }: ClusterIdentity,
  { repository, branch, statusBranch, credentials }: NonNullable<ClusterIdentity['status']>,
): Promise<Withdrawal> {
  const source = await openSource({
    repository,
    branch,
    workDirectory: dataPaths(dataDirectory).source,
    clock: linuxClock,
    random: new LinuxRandom(),
    credentials,
  });
  try {
    if ((await source.readBranch(statusBranch)) === undefined) return { outcome: 'nothing' };
    const commit = await source.publish({
      branch: statusBranch,
      folder: name,
      files: new Map(),
      message: `${name}: purged [skip ci]\n`,
      author: { name: 'Berth', email: `berth@${name}` },
      nowMs: linuxClock.wallMs(),
      guard: (present) => refuseForeignStatus(present, { name, uid }),
      maxHistory: STATUS_HISTORY,
    });
    return { outcome: commit === undefined ? 'nothing' : 'withdrawn' };
  } finally {
    await source.close();
  }
}
