import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { BerthError } from '../../lib/errors.ts';
import { findDockerSocket } from './docker-socket.ts';

export interface EnsureDockerOptions {
  /** Installs without asking. */
  readonly yes: boolean;
  /** Asks a person; not called where there is no terminal, which counts as a yes. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly say: (line: string) => void;
}

export interface DockerAccess {
  readonly socketPath: string;
  /** Stops the engine where this call started it without a service manager; does nothing otherwise. */
  readonly stop: () => Promise<void>;
}

const PACKAGES = ['docker.io', 'nftables'];
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG_FILE = '/var/log/berth-dockerd.log';

/**
 * Finds a reachable engine. Where there is none it starts an installed one (as root), or installs it from the
 * distribution's packages (Debian and Ubuntu, as root, with a yes), without removing anything. Throws `DockerMissing`
 * with what to type where that cannot be done.
 */
export async function ensureDocker(options: EnsureDockerOptions): Promise<DockerAccess> {
  const present = await findDockerSocket();
  if (present !== undefined) return { socketPath: present, stop: async () => {} };
  if (process.env['DOCKER_HOST'] !== undefined) {
    throw missing(
      `DOCKER_HOST is ${process.env['DOCKER_HOST']}, and no engine answers there`,
      'start that engine, or unset DOCKER_HOST',
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (findProgram('dockerd') === undefined) {
    await install(isRoot, options);
  } else if (!isRoot) {
    throw missing(
      'the Docker engine is installed and does not run',
      'start it with `sudo systemctl start docker` (or `sudo dockerd`)',
    );
  }
  return start(options.say);
}

async function install(isRoot: boolean, { yes, ask, say }: EnsureDockerOptions): Promise<void> {
  const command = `apt-get install -y ${PACKAGES.join(' ')}`;
  if (!isDebianLike()) {
    throw missing(
      'no Docker engine answers, and this is neither Debian nor Ubuntu',
      'install Docker as your distribution describes it and start it',
    );
  }
  if (!isRoot)
    throw missing('no Docker engine answers', `type \`sudo apt-get update && sudo ${command}\`, then try again`);
  const isAgreed =
    yes || ask === undefined || (await ask(`Docker is missing. Install ${PACKAGES.join(' and ')} with apt-get?`));
  if (!isAgreed) throw missing('no Docker engine answers', `type \`apt-get update && ${command}\`, then try again`);
  say(`installing ${PACKAGES.join(' and ')} with apt-get`);
  aptGet(['update', '-qq']);
  aptGet(['install', '-y', '-qq', '--no-remove', ...PACKAGES]);
}

/** Installs packages of the distribution without removing any. For root on Debian and Ubuntu. */
export function installPackages(packages: readonly string[]): void {
  aptGet(['update', '-qq']);
  aptGet(['install', '-y', '-qq', '--no-remove', ...packages]);
}

export function isDebianLike(): boolean {
  if (!existsSync('/etc/os-release') || findProgram('apt-get') === undefined) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function aptGet(args: readonly string[]): void {
  const result = spawnSync('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  const detail = `apt-get ${args[0]} failed: ${lastLines(`${result.stdout}\n${result.stderr}`, 3)}`;
  throw missing(detail, `type \`apt-get ${args.join(' ')}\` and look at what it says`);
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join(' / ');
}

/** Where a program lies; administrators' folders are looked into even when they are not on the PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

async function start(say: (line: string) => void): Promise<DockerAccess> {
  if (existsSync('/run/systemd/system')) {
    say('starting the Docker service');
    spawnSync('systemctl', ['start', 'docker'], { stdio: 'ignore' });
    return { socketPath: await waitForEngine(() => undefined), stop: async () => {} };
  }
  say('starting dockerd');
  mkdirSync('/var/log', { recursive: true });
  const log = openSync(LOG_FILE, 'a');
  const program = findProgram('dockerd') ?? 'dockerd';
  const engine = spawn(program, [], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: withSystemFolders() },
  });
  let ended: string | undefined;
  engine.on('exit', (code) => {
    ended = `dockerd ended with code ${code}: ${lastLines(readFileSync(LOG_FILE, 'utf8'), 2)}`;
  });
  engine.on('error', (error) => {
    ended = error.message;
  });
  engine.unref();
  const socketPath = await waitForEngine(() => ended);
  return { socketPath, stop: () => stopEngine(engine.pid, () => ended !== undefined) };
}

function withSystemFolders(): string {
  return `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
}

async function waitForEngine(endedBecause: () => string | undefined): Promise<string> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < endMs) {
    const socketPath = await findDockerSocket();
    if (socketPath !== undefined) return socketPath;
    const reason = endedBecause();
    if (reason !== undefined) throw missing(reason, `look at ${LOG_FILE}`);
    await delay(200);
  }
  throw missing('dockerd was started and does not answer', `look at ${LOG_FILE}, or at \`journalctl -u docker\``);
}

async function stopEngine(pid: number | undefined, hasEnded: () => boolean): Promise<void> {
  if (pid === undefined || hasEnded()) return;
  process.kill(pid, 'SIGTERM');
  const endMs = performance.now() + STOP_TIMEOUT_MS;
  while (!hasEnded() && performance.now() < endMs) await delay(100);
}

function missing(detail: string, help: string): BerthError {
  return new BerthError('DockerMissing', { detail, help });
}
