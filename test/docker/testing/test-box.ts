import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BerthProcess } from './berth-process.ts';
import { listContainers, removeCluster } from './engine.ts';
import { SiteRepository } from './site-repository.ts';

const run = promisify(execFile);

export interface TestBoxOptions {
  /** The bundle of Berth. */
  readonly program: string;
  readonly runtime: 'docker' | 'sim';
  readonly cluster?: string;
  /** More options of `berth up`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program with arguments that runs Berth, such as `nsenter`. */
  readonly via?: readonly string[];
}

export interface StartOptions {
  readonly args?: readonly string[];
  /** Instead of the box's own. */
  readonly repository?: string;
  readonly dataDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A repository and a data directory in a temporary folder, and the Berths that are started on them. `remove` leaves nothing of them behind. */
export class TestBox {
  readonly folder: string;
  readonly repository: SiteRepository;
  readonly dataDirectory: string;
  readonly cluster: string;
  readonly #options: TestBoxOptions;
  readonly #started: BerthProcess[] = [];
  #clusterUid = '';

  private constructor(folder: string, options: TestBoxOptions) {
    this.folder = folder;
    this.#options = options;
    this.cluster = options.cluster ?? 'box';
    this.repository = new SiteRepository(folder);
    this.dataDirectory = join(folder, 'data');
  }

  static async create(options: TestBoxOptions): Promise<TestBox> {
    const box = new TestBox(await mkdtemp(join(tmpdir(), 'berth-box-')), options);
    await box.repository.create();
    return box;
  }

  /** Of the cluster that was started last. */
  get clusterUid(): string {
    return this.#clusterUid;
  }

  /** The Berth that was started last. */
  get berth(): BerthProcess {
    const berth = this.#started.at(-1);
    if (berth === undefined) throw new Error('start comes first');
    return berth;
  }

  /** All that any Berth of this box has printed or logged. */
  get transcript(): string {
    return this.#started.map(({ output, errors }) => output + errors).join('');
  }

  /** Starts Berth without waiting for anything. */
  launch(options: StartOptions = {}): BerthProcess {
    const { program, runtime, args = [], env, via = [] } = this.#options;
    const berth = new BerthProcess({
      program,
      dataDirectory: options.dataDirectory ?? this.dataDirectory,
      args: [
        ...['--repo', options.repository ?? this.repository.path, '--cluster', this.cluster, '--runtime', runtime],
        ...['--progress', 'plain', '--log-level', 'debug', ...args, ...(options.args ?? [])],
      ],
      env: { ...env, ...options.env },
      via,
    });
    this.#started.push(berth);
    return berth;
  }

  /** Starts Berth and waits until its API answers. */
  async start(options: StartOptions = {}): Promise<BerthProcess> {
    const berth = this.launch(options);
    this.#clusterUid = (await berth.answers()).cluster.uid;
    return berth;
  }

  /** Ends the last Berth and starts the next on the same data. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', options: StartOptions = {}): Promise<BerthProcess> {
    await this.berth.stop(signal);
    return this.start(options);
  }

  /** Runs another command of Berth on the box's data directory. */
  async run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
    const options = { env: { ...process.env, ...this.#options.env, BERTH_CONFIG: '/nonexistent' } };
    const [command = '', ...rest] = args;
    const line = [this.#options.program, command, '--data-dir', this.dataDirectory, ...rest];
    return run(process.execPath, line, options).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );
  }

  containers() {
    return listContainers(this.#clusterUid);
  }

  async remove(): Promise<void> {
    for (const berth of this.#started) await berth.stop('SIGKILL');
    if (this.#options.runtime === 'docker' && this.#clusterUid !== '') await removeCluster(this.#clusterUid);
    await unmountBelow(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Takes away what was mounted below a folder, such as the memory of Secret volumes. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const below = mounts.filter((place) => place.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length);
  for (const place of below) await run('umount', ['-l', place]).catch(() => {});
}
