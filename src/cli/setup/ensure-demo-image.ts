import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BerthError } from '../../lib/errors.ts';
import { findProgram, installPackages, isDebianLike } from './ensure-docker.ts';

export const DEMO_IMAGE = 'busybox:1.36';
const PULL_TIMEOUT_MS = 8_000;
const BUSYBOX = '/bin/busybox';

/**
 * Makes sure that the demo image is on the box: pulls it, or where no registry answers within seconds builds the same
 * tag from Debian's `busybox-static`.
 */
export async function ensureDemoImage(options: {
  readonly socketPath: string;
  readonly say: (line: string) => void;
}): Promise<void> {
  const { socketPath, say } = options;
  const docker = (args: readonly string[]) =>
    [findProgram('docker') ?? 'docker', '-H', `unix://${socketPath}`, ...args] as const;
  const [program, ...inspect] = docker(['image', 'inspect', DEMO_IMAGE]);
  if (spawnSync(program, inspect, { stdio: 'ignore' }).status === 0) return;
  say(`pulling ${DEMO_IMAGE}`);
  const [, ...pull] = docker(['pull', '-q', DEMO_IMAGE]);
  if (await succeedsWithin(program, pull, PULL_TIMEOUT_MS)) return;
  say(`no registry answers; building ${DEMO_IMAGE} from busybox-static`);
  ensureBusybox();
  const script = join(packageRoot(), 'scripts', 'build-busybox-image.mjs');
  const build = spawnSync(process.execPath, [script], {
    env: { ...process.env, DOCKER_HOST: `unix://${socketPath}` },
    encoding: 'utf8',
  });
  if (build.status === 0) return;
  throw new BerthError('DockerMissing', {
    object: DEMO_IMAGE,
    verb: 'build',
    detail: build.stderr.trim().split('\n').at(-1) ?? 'failed',
  });
}

function ensureBusybox(): void {
  const isStatic = existsSync('/usr/share/doc/busybox-static');
  if (existsSync(BUSYBOX) && isStatic) return;
  if (isDebianLike() && process.getuid?.() === 0) return installPackages(['busybox-static']);
  throw new BerthError('DockerMissing', {
    object: DEMO_IMAGE,
    verb: 'build',
    detail: 'no registry answers, and there is no static busybox to build the image from',
    help: 'connect the machine, or type `sudo apt-get install busybox-static`, then try again',
  });
}

/** The folder of the package, from `dist/` as well as from `src/`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function succeedsWithin(program: string, args: readonly string[], timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: timeoutMs });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
