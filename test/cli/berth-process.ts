import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * The command line as its users have it: the built programs, as processes of their own. They run from a copy, so that a build that somebody starts meanwhile
 * does not pull the files away; the copy lies where the dependencies are found.
 */
export class BerthBuild {
  readonly folder: string;
  readonly #programs: string;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    this.folder = mkdtempSync(join(tmpdir(), 'berth-cli-test-'));
    this.#programs = join(root, 'node_modules', '.cache', `berth-cli-test-${process.pid}`);
    rmSync(this.#programs, { recursive: true, force: true });
    cpSync(join(root, 'dist'), this.#programs, { recursive: true });
  }

  /** Runs one command to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const child = this.#spawn('berth', args, options);
    child.stdin?.end(options.input ?? '');
    return new Promise((resolve) => {
      const output = collect(child);
      child.on('close', (code) => resolve({ code, ...output() }));
    });
  }

  /** Starts a command that goes on. */
  start(args: readonly string[], options: RunOptions & { readonly program?: 'berth' | 'demo' } = {}): BerthProcess {
    return new BerthProcess(this.#spawn(options.program ?? 'berth', args, options));
  }

  /** Ends what still runs and removes the copy and the folder. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.#programs, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[], { environment, cwd }: RunOptions): ChildProcess {
    const child = spawn(process.execPath, [join(this.#programs, `${program}.js`), ...args], {
      cwd: cwd ?? this.folder,
      // A configuration of the machine must not change what is tested.
      env: { ...process.env, BERTH_CONFIG: join(this.folder, 'no-config.yaml'), BERTH_DATA_DIR: '', ...environment },
    });
    this.#running.add(child);
    child.on('close', () => this.#running.delete(child));
    return child;
  }
}

export class BerthProcess {
  readonly #child: ChildProcess;
  readonly #output: () => { readonly stdout: string; readonly stderr: string };
  readonly #closed: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#output = collect(child);
    this.#closed = new Promise((resolve) => {
      child.on('close', resolve);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#output().stdout;
  }

  /** Waits until the output matches; rejects with what there is when it ends or takes too long. */
  async waitFor(pattern: RegExp, timeoutMs = 30_000): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!pattern.test(this.stdout)) {
      const { stdout, stderr } = this.#output();
      if (this.#child.exitCode !== null || performance.now() > endMs)
        throw new Error(`no ${pattern} in:\n${stdout}\n${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<Outcome> {
    const code = await this.#closed;
    return { code, ...this.#output() };
  }
}

function collect(child: ChildProcess): () => { readonly stdout: string; readonly stderr: string } {
  const parts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    parts.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    parts.stderr += text;
  });
  return () => ({ ...parts });
}
