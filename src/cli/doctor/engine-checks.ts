import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { EngineConnection } from '../../runtime/docker/engine-connection.ts';
import { formatEngineAddress, loadDockerConfigCredentials, resolveEngineAddress } from '../../runtime/docker/index.ts';
import { textAt, valueAt } from '../../runtime/docker/json-path.ts';
import { isDebianLike } from '../setup/ensure-docker.ts';
import { type CheckResult, type DoctorContext, fail, ok, warn } from './check.ts';
import { checkImageDisk } from './machine-checks.ts';

/** The oldest engine that Berth is tried with. */
const OLDEST_ENGINE = [20, 10] as const;

export async function checkEngine({ configuration }: DoctorContext): Promise<readonly CheckResult[]> {
  if (configuration?.runtime === 'sim') return [ok('docker', 'not needed: the runtime is simulated')];
  const address = await resolveEngineAddress({ env: process.env, home: homedir() });
  const engine = new EngineConnection(address);
  try {
    const info = await engine.json({ method: 'GET', path: '/info', purpose: 'query' });
    const disk = engine.isLocal ? await checkImageDisk(textAt(info, 'DockerRootDir')) : [];
    return [...judgeEngine(info, formatEngineAddress(address)), ...disk];
  } catch (error) {
    const start = existsSync('/run/systemd/system') ? 'systemctl enable --now docker' : 'dockerd &';
    const install = isDebianLike()
      ? 'apt-get install docker.io nftables'
      : 'install Docker as your distribution describes it';
    const isInstalled = existsSync('/usr/bin/dockerd') || existsSync('/usr/sbin/dockerd');
    const isForbidden = messageOf(error).includes('EACCES');
    const remedy = isForbidden
      ? 'run it as root, or as a member of the group docker'
      : (process.env['DOCKER_HOST'] ?? '') !== ''
        ? 'correct DOCKER_HOST, or start the engine that it names'
        : isInstalled
          ? `start it: ${start}`
          : `${install}, then ${start}`;
    return [fail('docker', `no engine answers on ${formatEngineAddress(address)}: ${messageOf(error)}`, remedy)];
  } finally {
    engine.close();
  }
}

function judgeEngine(info: unknown, address: string): readonly CheckResult[] {
  const version = textAt(info, 'ServerVersion');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_ENGINE[0] || (major === OLDEST_ENGINE[0] && minor < OLDEST_ENGINE[1]);
  const driver = textAt(info, 'Driver');
  const cgroups = `cgroup v${textAt(info, 'CgroupVersion') || '1'} with the ${textAt(info, 'CgroupDriver')} driver`;
  return [
    isOld
      ? fail(
          'docker',
          `Docker Engine ${version} on ${address} is older than ${OLDEST_ENGINE.join('.')}`,
          'upgrade Docker',
        )
      : ok('docker', `Docker Engine ${version} on ${address}`),
    textAt(info, 'OSType') === 'linux'
      ? ok('containers', 'Linux containers')
      : fail('containers', 'the engine does not run Linux containers', 'switch it to Linux containers'),
    driver === 'vfs'
      ? warn(
          'storage',
          'the storage driver vfs copies every image',
          'let Docker use overlay2: set "storage-driver" in /etc/docker/daemon.json',
        )
      : ok('storage', `storage driver ${driver}`),
    textAt(info, 'CgroupDriver') === 'none'
      ? warn(
          'cgroups',
          'the engine has no cgroups: limits of memory and CPU have no effect',
          'run Docker as root, or delegate cgroup v2 to the user',
        )
      : ok('cgroups', cgroups),
    valueAt(info, 'LiveRestoreEnabled') === true
      ? ok('live-restore', 'containers go on while Docker is restarted')
      : warn(
          'live-restore',
          'every container stops when Docker is restarted or upgraded',
          'set {"live-restore": true} in /etc/docker/daemon.json, then `systemctl reload docker` (or send dockerd a SIGHUP)',
        ),
  ];
}

/** Docker's client configuration, which credentials of registries come from. */
export async function checkRegistryConfiguration({ configuration }: DoctorContext): Promise<readonly CheckResult[]> {
  const usual = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');
  const file = configuration?.dockerConfigFile ?? usual;
  if (!existsSync(file)) {
    return configuration?.dockerConfigFile === undefined
      ? [ok('registries', `anonymous pulls: there is no ${file}`)]
      : [fail('registries', `dockerConfigFile ${file} does not exist`, 'correct it in the configuration')];
  }
  const { config, problems } = await loadDockerConfigCredentials(file);
  const remedy = 'correct the file, or log in again with `docker login`';
  if (problems.length > 0) return problems.map((problem) => fail('registries', problem, remedy));
  const names = Object.keys(config.auths);
  return [
    ok(
      'registries',
      names.length === 0 ? `${file} has no credentials` : `${file} has credentials for ${names.join(', ')}`,
    ),
  ];
}
