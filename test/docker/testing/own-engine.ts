import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listContainers } from './engine.ts';
import { unmountBelow } from './test-box.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);
const START_MS = 60_000;

/** Why a second engine cannot be started here; `undefined` where it can. */
export const OWN_ENGINE_PROBLEM =
  process.getuid?.() !== 0
    ? 'it needs root'
    : ['/usr/sbin/dockerd', '/usr/bin/dockerd'].some((path) => existsSync(path))
      ? undefined
      : 'dockerd is not installed';

/**
 * A Docker engine of the test's own in a network namespace of its own, which can be killed without anybody else noticing: two engines must
 * not share a namespace, because each writes its packet rules.
 */
export class OwnEngine {
  readonly #folder: string;
  readonly #namespace: string;
  readonly #options: readonly string[];
  #daemon: ChildProcess | undefined;

  private constructor(folder: string, options: readonly string[]) {
    this.#folder = folder;
    this.#namespace = `berth-test-${process.pid}-${folder.slice(-4)}`;
    this.#options = options;
  }

  static async start(options: readonly string[]): Promise<OwnEngine> {
    const engine = new OwnEngine(await mkdtemp(join(tmpdir(), 'berth-engine-')), options);
    await run('ip', ['netns', 'add', engine.#namespace]);
    await run('nsenter', [...engine.via.slice(1), 'ip', 'link', 'set', 'lo', 'up']);
    await engine.start();
    return engine;
  }

  get host(): string {
    return `unix://${this.#folder}/docker.sock`;
  }

  /** What runs a program in the engine's network namespace. */
  get via(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#namespace}`];
  }

  async start(): Promise<void> {
    const [command = '', ...args] = this.via;
    const place = (name: string) => join(this.#folder, name);
    const daemon = spawn(
      command,
      [
        ...[...args, 'dockerd', '--host', this.host, '--data-root', place('root'), '--exec-root', place('exec')],
        ...['--pidfile', place('pid'), '--bip', '172.31.250.1/24', ...this.#options],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(place('log'), { flags: 'a' });
    daemon.stdout.pipe(log, { end: false });
    daemon.stderr.pipe(log, { end: false });
    this.#daemon = daemon;
    await waitUntil(
      'the engine answers',
      () =>
        run('curl', ['-sf', '--unix-socket', place('docker.sock'), 'http://docker/_ping']).then(
          () => true,
          () => false,
        ),
      { withinMs: START_MS, describe: async () => (await readFile(place('log'), 'utf8')).slice(-2_000) },
    );
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await ended;
    // A daemon that was killed leaves these behind, and the next would take what has the pid now for its own. Its containerd dies with it, and
    // where nobody reaps it, it would be waited for, too.
    const containerd = join('exec', 'containerd', 'containerd.pid');
    for (const left of ['pid', 'docker.sock', ...(signal === 'SIGKILL' ? [containerd] : [])]) {
      await rm(join(this.#folder, left), { force: true });
    }
  }

  /** Ends the engine with everything that it runs, and removes all of it. */
  async remove(clusterUid: string): Promise<void> {
    const isUp = await listContainers(clusterUid).then(
      () => true,
      () => false,
    );
    if (!isUp) await this.start().catch(() => {});
    for (const { Id } of await listContainers(clusterUid).catch(() => [])) {
      await run('curl', [
        ...['-s', '-X', 'DELETE', '--unix-socket', join(this.#folder, 'docker.sock')],
        `http://docker/containers/${Id}?force=1`,
      ]).catch(() => {});
    }
    await this.stop('SIGTERM');
    await run('ip', ['netns', 'del', this.#namespace]).catch(() => {});
    await unmountBelow(this.#folder);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
