import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

export interface AloneOptions {
  /** Where it runs, and its home. */
  readonly directory: string;
  readonly timeoutMs: number;
  /** What it may print, errors included. */
  readonly outputBytes: number;
  /** What else than a home and the system's programs it knows. */
  readonly environment?: Readonly<Record<string, string>>;
}

export type AloneResult =
  | { readonly type: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly type: 'stopped'; readonly why: 'time' | 'output' };

/**
 * Runs a program that knows nothing of this process: neither its environment nor its home. Rejects when it cannot be
 * started.
 */
export function runAlone([command = '', ...args]: readonly string[], options: AloneOptions): Promise<AloneResult> {
  const { directory, timeoutMs, outputBytes, environment } = options;
  return new Promise((resolve, reject) => {
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: directory,
      TMPDIR: directory,
      LC_ALL: 'C',
      ...environment,
    };
    // A process group of its own, so that what it started ends with it.
    const child = spawn(command, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], sizeBytes: 0 };
    let why: 'time' | 'output' | undefined;
    const stop = (reason: 'time' | 'output') => {
      why ??= reason;
      endGroup(child.pid);
    };
    const timer = setTimeout(() => stop('time'), timeoutMs);
    const collect = (kind: 'stdout' | 'stderr') => (chunk: Buffer) => {
      output.sizeBytes += chunk.length;
      if (output.sizeBytes > outputBytes) stop('output');
      else output[kind].push(chunk);
    };
    child.stdout.on('data', collect('stdout'));
    child.stderr.on('data', collect('stderr'));
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (why !== undefined) return resolve({ type: 'stopped', why });
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({ type: 'ended', code: code ?? 1, stdout: text(output.stdout), stderr: text(output.stderr) });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The named file, or the program of that name in PATH; `undefined` when it is not there or cannot be run. */
export async function findProgram(name: string, named: string | undefined): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const path of named === undefined ? folders.map((folder) => join(folder, name)) : [named]) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/**
 * Writes files of a repository into a new folder. Their paths are not trusted: one that would name something outside of
 * the folder, or something that is there already, is an error.
 */
export async function writeTree(directory: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  for (const [path, bytes] of files) {
    const steps = path.split('/');
    if (steps.some((step) => step === '' || step === '.' || step === '..' || step.includes('\0')))
      throw new Error(`a repository has a file at ${JSON.stringify(path)}`);
    const target = join(directory, ...steps);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
  }
}
