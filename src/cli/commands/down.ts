import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createApiClient } from '../../api/http-client/index.ts';
import { acquireDataDirectoryLock, type DataDirectoryLock } from '../../host/linux/data-directory-lock.ts';
import { counted } from '../../lib/counted.ts';
import { BerthError } from '../../lib/errors.ts';
import { SERVICE_NAME } from '../install/systemd-unit.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import type { ClusterIdentity } from '../live/cluster-file.ts';
import { dataPaths } from '../live/data-paths.ts';
import { findCluster } from '../live/find-cluster.ts';
import { removeCluster } from '../live/remove-cluster.ts';
import { removeData } from '../live/remove-data.ts';
import { askYes } from '../output/ask.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createTerminal, type Terminal } from '../output/terminal.ts';
import { type ConnectionOptions, dataDirectoryOf } from './socket-of.ts';

export interface DownOptions extends ConnectionOptions {
  readonly purge?: boolean;
  /** At most so long, in milliseconds, is waited for a container to end; 0 kills at once. */
  readonly grace?: number;
  readonly yes?: boolean;
}

/** What publishes the status may take its time for the last commit. */
const STOP_TIMEOUT_MS = 60_000;
const LOCK_POLL_MS = 100;

/**
 * Stops a running Berth and removes the containers, networks, images and rules of this data directory's cluster; with
 * `--purge` its data, too. Resolves with 0, also when there was nothing left to remove, or with 1 when a person said no
 * or Docker does not let a network go.
 */
export async function runDown(options: DownOptions): Promise<number> {
  const terminal = createTerminal(process.stderr);
  const dataDirectory = await dataDirectoryOf(options);
  requireDataDirectory(dataDirectory);
  if (options.purge === true && options.yes !== true && process.stdin.isTTY) {
    const volumes = volumesText(dataDirectory);
    const isAgreed = await askYes(`Delete everything that Berth keeps in ${dataDirectory}${volumes}?`);
    if (!isAgreed) return EXIT.error;
  }
  const lock = await takeOver(dataDirectory, terminal);
  try {
    const cluster = await identify(dataDirectory, options.purge === true, terminal);
    const isAllRemoved = cluster === undefined || (await remove(cluster, options, terminal));
    if (options.purge === true) {
      if (cluster !== undefined) await withdraw(dataDirectory, cluster, terminal);
      purge(dataDirectory, terminal);
    } else
      say(
        terminal,
        `the data stays in ${dataDirectory}${volumesText(dataDirectory)}; \`berth up\` brings everything back, \`berth down --purge\` deletes it`,
      );
    return isAllRemoved ? EXIT.ok : EXIT.error;
  } finally {
    lock.release();
  }
}

function say(terminal: Terminal, text: string): void {
  terminal.write(`${terminal.style('cyan', '►')} ${text}\n`);
}

function requireDataDirectory(dataDirectory: string): void {
  if (existsSync(dataPaths(dataDirectory).lock)) return;
  // What this user may not read may well be Berth's.
  if (existsSync(dataDirectory)) accessSync(dataDirectory, constants.R_OK);
  const detail = existsSync(dataDirectory) ? 'it is not a data directory of Berth' : 'there is no such directory';
  const help = 'name the data directory with --data-dir, or nothing is there to be removed';
  throw new BerthError('ConfigInvalid', { object: dataDirectory, verb: 'down', detail, help });
}

/** Gets hold of the data directory: at once where nobody has it, else after the Berth that has it was asked to end. */
async function takeOver(dataDirectory: string, terminal: Terminal): Promise<DataDirectoryLock> {
  try {
    return acquireDataDirectoryLock(dataDirectory);
  } catch (error) {
    if (!isLocked(error)) throw error;
  }
  const pid = readFileSync(dataPaths(dataDirectory).lock, 'utf8').trim();
  if (isService(pid)) {
    throw new BerthError('StoreLocked', {
      object: dataDirectory,
      verb: 'down',
      detail: `Berth runs as the systemd service ${SERVICE_NAME}, which would start it again`,
      help: `type \`systemctl stop ${SERVICE_NAME}\` (or \`systemctl disable --now ${SERVICE_NAME}\` for good), then try again`,
    });
  }
  say(terminal, `asking Berth (process ${pid}) to stop`);
  const problem = await askToStop(dataPaths(dataDirectory).socket);
  const endMs = performance.now() + (problem === undefined ? STOP_TIMEOUT_MS : 5_000);
  while (performance.now() < endMs) {
    await delay(LOCK_POLL_MS);
    try {
      return acquireDataDirectoryLock(dataDirectory);
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
  }
  throw new BerthError('StoreLocked', {
    object: dataDirectory,
    verb: 'down',
    detail: `process ${pid} does not end${problem === undefined ? '' : `: ${problem}`}`,
    help: `end it with \`kill ${pid}\`, then try again`,
  });
}

function isLocked(error: unknown): boolean {
  return error instanceof BerthError && error.code === 'StoreLocked';
}

function isService(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${SERVICE_NAME}.service`);
  } catch {
    return false;
  }
}

async function askToStop(socketPath: string): Promise<string | undefined> {
  try {
    await createApiClient({ socketPath }).request({ method: 'POST', path: BERTH_PATHS.shutdown });
    return undefined;
  } catch (error) {
    return error instanceof BerthError ? error.detail : String(error);
  }
}

/** With `--purge` a damaged store stops only what needs the cluster's uid, with what to do by hand. */
async function identify(
  dataDirectory: string,
  isPurge: boolean,
  terminal: Terminal,
): Promise<ClusterIdentity | undefined> {
  try {
    const cluster = await findCluster(dataDirectory);
    if (cluster === undefined) say(terminal, 'no cluster was ever made here; nothing runs');
    return cluster;
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    throw new BerthError(error.code, {
      object: dataDirectory,
      verb: isPurge ? 'purge' : 'down',
      detail: `${error.detail}, so it is not known which containers belong to it; nothing was removed`,
      help: 'find them with `docker ps -a --filter label=berth.dev/cluster-uid`, or put a backup in place with `berth store restore`',
      cause: error,
    });
  }
}

/** Returns whether everything went. */
async function remove(cluster: ClusterIdentity, { grace }: DownOptions, terminal: Terminal): Promise<boolean> {
  if (cluster.runtime === 'sim') {
    say(terminal, 'the simulated runtime left nothing on this machine');
    return true;
  }
  say(terminal, `removing the containers, network and rules of cluster ${cluster.uid}`);
  const removed = await removeCluster(cluster.uid, {
    say: (line) => say(terminal, line),
    ...(grace === undefined ? {} : { maxGraceMs: grace }),
  });
  say(terminal, `removed ${counted(removed.containers, 'container')} and ${counted(removed.networks, 'network')}`);
  const { heldNetworks = [] } = removed;
  for (const name of heldNetworks)
    say(
      terminal,
      `the network ${name} stays: Docker still counts a container on it that has gone; restart Docker, then type \`docker network rm ${name}\``,
    );
  return heldNetworks.length === 0;
}

/**
 * What persistent volumes hold cannot be made again, so it is counted; those of other folders of the machine are not
 * Berth's.
 */
function volumesText(dataDirectory: string): string {
  const { storage } = dataPaths(dataDirectory);
  const count = existsSync(storage) ? readdirSync(storage).length : 0;
  if (count === 0) return '';
  return `, the data of ${counted(count, 'persistent volume')} included`;
}

async function withdraw(dataDirectory: string, cluster: ClusterIdentity, terminal: Terminal): Promise<void> {
  // Only a purge reaches for the repository, and its drivers take a while to load.
  const { withdrawStatus } = await import('../live/withdraw-status.ts');
  const withdrawal = await withdrawStatus(dataDirectory, cluster);
  const branch = cluster.status?.statusBranch ?? 'the status branch';
  if (withdrawal.outcome === 'withdrawn') say(terminal, `took the folder ${cluster.name} off the branch ${branch}`);
  if (withdrawal.outcome !== 'stays') return;
  const folder = cluster.name === '' ? 'the folder of this cluster' : `the folder ${cluster.name}`;
  say(
    terminal,
    `${folder} on ${branch} stays: ${withdrawal.reason}; remove it there (\`git rm -r\`), or give the next box another --cluster name`,
  );
}

function purge(dataDirectory: string, terminal: Terminal): void {
  const volumes = volumesText(dataDirectory);
  const left = removeData(dataDirectory);
  say(terminal, `deleted what Berth kept in ${dataDirectory}${volumes}`);
  if (left.length > 0) say(terminal, `left what is not Berth's: ${left.join(', ')}`);
}
