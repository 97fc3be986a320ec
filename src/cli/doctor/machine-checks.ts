import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LinuxMachineUsage } from '../../host/linux/linux-machine-usage.ts';
import { computePressure, type MetThreshold } from '../../kubelet/index.ts';
import { messageOf } from '../../lib/errors.ts';
import { dataPaths } from '../live/data-paths.ts';
import { openBoxSource } from '../live/live-world.ts';
import { findProgram } from '../setup/ensure-docker.ts';
import { type CheckResult, type DoctorContext, fail, ok, warn } from './check.ts';

const OLDEST_NODE = [20, 19] as const;
const GIB = 1024 ** 3;
const FREE_SPACE = 'free some space; `docker system df` shows what images and containers take';

export async function checkPrograms({ configuration }: DoctorContext): Promise<readonly CheckResult[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const isSim = configuration?.runtime === 'sim';
  return [
    isOld
      ? fail('node', `Node ${process.versions.node} is older than ${OLDEST_NODE.join('.')}`, 'install a current Node')
      : ok('node', `Node ${process.versions.node}`),
    checkGit(configuration?.repository),
    findProgram('flock') === undefined
      ? fail('flock', 'the program flock is missing: the data directory cannot be locked', 'apt-get install util-linux')
      : ok('flock', 'the data directory can be locked'),
    process.getuid?.() === 0 || isSim
      ? ok('rights', isSim ? 'not needed: the runtime is simulated' : 'root')
      : warn(
          'rights',
          'not root: Services, Secrets in memory and hostPorts below 1024 do not work',
          'run Berth as root, for instance with `berth install`',
        ),
  ];
}

function checkGit(repository: string | undefined): CheckResult {
  const isNeeded = repository !== undefined && /^(ssh|file):|^[^/\s]+@[^/\s]+:/.test(repository);
  const git = findProgram('git');
  if (git === undefined) {
    return isNeeded
      ? fail('git', `git is missing, and ${repository} needs it`, 'apt-get install git')
      : warn('git', 'git is missing: ssh remotes and large repositories need it', 'apt-get install git');
  }
  const version = spawnSync(git, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return ok('git', version);
}

export async function checkDisk({ dataDirectory }: DoctorContext): Promise<readonly CheckResult[]> {
  const disk = await new LinuxMachineUsage().readDisk(nearestExisting(dataDirectory));
  if (disk === undefined) return [];
  const free = `${gibibytes(disk.availableBytes)} free for ${dataDirectory}`;
  const { met } = computePressure({ nodefs: disk }, {}, 0);
  const space = met.find(({ resource }) => resource === 'ephemeral-storage');
  const inodes = met.find(({ resource }) => resource === 'inodes');
  return [
    disk.availableBytes < GIB / 4 ? fail('disk space', free, FREE_SPACE) : judgeSpace('disk space', free, space),
    ...(inodes === undefined
      ? []
      : [warn('inodes', `${disk.freeInodes} of ${disk.inodes} files are left on that disk`, 'remove small files')]),
  ];
}

/** The disk of the engine's images and of what containers write, where it is this machine's. */
export async function checkImageDisk(rootDirectory: string): Promise<readonly CheckResult[]> {
  const disk = await new LinuxMachineUsage().readDisk(rootDirectory);
  if (disk === undefined) return [];
  const [space] = computePressure({ imagefs: disk }, {}, 0).met;
  return [judgeSpace('image space', `${gibibytes(disk.availableBytes)} free for ${rootDirectory}`, space)];
}

function judgeSpace(name: string, free: string, short: MetThreshold | undefined): CheckResult {
  if (short === undefined) return ok(name, free);
  const least = short.resource === 'inodes' ? `${short.threshold} files` : gibibytes(short.threshold);
  const follows = 'no pods are started, and those that run are evicted one after the other (DiskPressure)';
  return warn(name, `${free}; below ${least} ${follows}`, FREE_SPACE);
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

export async function checkDataDirectory({ dataDirectory }: DoctorContext): Promise<readonly CheckResult[]> {
  const stats = statSync(dataDirectory, { throwIfNoEntry: false });
  if (stats === undefined) return [ok('data directory', `${dataDirectory} will be made`)];
  const name = 'data directory';
  if (!stats.isDirectory()) return [fail(name, `${dataDirectory} is no directory`, 'name another one with --data-dir')];
  if (!existsSync(dataPaths(dataDirectory).lock)) {
    return [
      warn(
        name,
        `${dataDirectory} is not (yet) a data directory of Berth`,
        'name an empty or new one with --data-dir unless it is empty',
      ),
    ];
  }
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    return [
      fail(
        name,
        `${dataDirectory} belongs to another user (${stats.uid})`,
        `run Berth as that user, or \`chown -R ${process.getuid()} ${dataDirectory}\``,
      ),
    ];
  }
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  if ((stats.mode & 0o077) !== 0)
    return [warn(name, `${dataDirectory} has the mode ${mode}: others may look into it`, `chmod 700 ${dataDirectory}`)];
  return [ok(name, `${dataDirectory} (${mode})`)];
}

/** Watching a local repository takes a handful of watches; other programs may have taken them all. */
export async function checkInotify(): Promise<readonly CheckResult[]> {
  const read = (name: string) => {
    const path = `/proc/sys/fs/inotify/${name}`;
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined;
  };
  const [watches, instances] = [read('max_user_watches'), read('max_user_instances')];
  if (watches === undefined || instances === undefined) return [];
  const message = `${watches} watches and ${instances} instances for each user`;
  if (watches >= 8_192 && instances >= 128) return [ok('inotify', message)];
  return [
    warn(
      'inotify',
      `${message} are few: a push may be seen only at the next poll`,
      'sysctl -w fs.inotify.max_user_watches=65536 fs.inotify.max_user_instances=512',
    ),
  ];
}

const EARLIEST_SANE_MS = Date.UTC(2025, 0, 1);

/** Certificates, commits and tokens need the right time. */
export async function checkClock(): Promise<readonly CheckResult[]> {
  const now = new Date(linuxClock.wallMs()).toISOString();
  if (linuxClock.wallMs() < EARLIEST_SANE_MS)
    return [fail('clock', `it says ${now}`, 'set it: timedatectl set-ntp true')];
  const timedatectl = existsSync('/run/systemd/system') ? findProgram('timedatectl') : undefined;
  const synchronized =
    timedatectl === undefined
      ? ''
      : spawnSync(timedatectl, ['show', '-p', 'NTPSynchronized', '--value'], { encoding: 'utf8' }).stdout;
  if (synchronized?.trim() === 'no') return [warn('clock', `${now}, not synchronized`, 'timedatectl set-ntp true')];
  return [ok('clock', now)];
}

const RESOLVE_TIMEOUT_MS = 20_000;

/** Whether the repository answers with the branch, with the credentials as they are configured. */
export async function checkRepository({ configuration }: DoctorContext): Promise<readonly CheckResult[]> {
  if (configuration === undefined) return [];
  const folder = await mkdtemp(join(tmpdir(), 'berth-doctor-'));
  try {
    const source = await openBoxSource(configuration, folder);
    try {
      const commit = await source.resolve(AbortSignal.timeout(RESOLVE_TIMEOUT_MS));
      return [ok('repository', `${source.description} (${configuration.branch}) at ${commit.id.slice(0, 7)}`)];
    } finally {
      await source.close();
    }
  } catch (error) {
    return [fail('repository', messageOf(error), 'correct --repo, --branch or the credentials')];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
