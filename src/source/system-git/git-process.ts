import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { SourceError } from '../source.ts';

/** How Berth calls system git: nothing of the caller's configuration, no prompts, no hooks, no helper programs. */
export interface GitProgram {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

export interface GitRun {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Berth reads repositories that belong to others, often as root. So that nothing of such a repository is executed:
 * hooks and file system monitors are off, a partial clone may not fetch on demand, and only the protocols named per
 * call are allowed. `safe.directory` has to stand in a file: git before 2.38 does not believe it from the environment.
 */
const GLOBAL_CONFIG = `[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\taskPass =
[credential]
\thelper =
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
[fetch]
\tfsckObjects = true
[http]
\tlowSpeedLimit = 1
\tlowSpeedTime = 60
`;

/** What of the caller's environment git still needs: where programs are, and how to reach the network. */
const KEPT_VARIABLES = [
  'PATH',
  'TMPDIR',
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** Prepares the environment in `workDirectory` (made 0700 when it is missing). */
export async function openGitProgram(workDirectory: string, clock: Clock): Promise<GitProgram> {
  await mkdir(workDirectory, { recursive: true, mode: 0o700 });
  const configFile = join(workDirectory, 'gitconfig');
  await writeFile(configFile, GLOBAL_CONFIG, { mode: 0o600 });
  const environment: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configFile,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    HOME: workDirectory,
    LC_ALL: 'C',
  };
  for (const name of KEPT_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { command: 'git', environment, clock };
}

/** The version that `git --version` prints, or `undefined` when git cannot be run. */
export async function findGitVersion(program: GitProgram): Promise<string | undefined> {
  try {
    const result = await runGit(program, { args: ['--version'], timeoutMs: 10_000 });
    return /git version (\S+)/.exec(result.stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** Starts git without waiting for it. A missing program shows as the child's `error` event. */
export function spawnGit(
  program: GitProgram,
  run: Pick<GitRun, 'args' | 'environment'>,
): ChildProcessWithoutNullStreams {
  return spawn(program.command, [...run.args], {
    env: { ...program.environment, ...run.environment },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group, so that a timeout also ends the ssh or remote helper that git started.
    detached: true,
  });
}

/**
 * Runs git to its end. Any exit code resolves; rejects with `Unreachable` after the timeout, with `Unknown` when git is
 * missing or prints beyond the limit.
 */
export function runGit(program: GitProgram, run: GitRun): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(program, run);
    const stdout = new BoundedText();
    const stderr = new BoundedText();
    const stop = (error: unknown) => {
      endProcessGroup(child);
      finish();
      reject(error);
    };
    const timeoutMs = run.timeoutMs ?? LIMITS.gitCommandMs;
    const verb = run.args.find((arg) => /^[a-z]/.test(arg)) ?? '';
    const timer = program.clock.setTimer(timeoutMs, () =>
      stop(new SourceError('Unreachable', `git ${verb} did not finish within ${timeoutMs / 1000} s`)),
    );
    const onAbort = () => stop(run.signal?.reason);
    const finish = () => {
      timer.cancel();
      run.signal?.removeEventListener('abort', onAbort);
    };
    run.signal?.addEventListener('abort', onAbort, { once: true });
    if (run.signal?.aborted) return onAbort();
    const tooMuch = () =>
      stop(new SourceError('TooLarge', `git ${verb} printed more than ${LIMITS.gitOutputBytes} bytes`));
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk) || tooMuch());
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk) || tooMuch());
    child.stdin.on('error', () => {});
    child.on('error', (error) => stop(new SourceError('Unknown', 'system git cannot be run; install it', error)));
    child.on('close', (code) => {
      finish();
      resolve({ exitCode: code ?? 128, stdout: stdout.text, stderr: stderr.text });
    });
    child.stdin.end(run.input ?? '');
  });
}

/** Ends git and what it started. */
export function endProcessGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

class BoundedText {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > LIMITS.gitOutputBytes) return false;
    this.#chunks.push(chunk);
    return true;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
