import { execFile, spawn } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const AUTHOR = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];

export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', directory, ...AUTHOR, ...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** Makes an empty bare repository. */
export async function createRepository(directory: string): Promise<void> {
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory]);
}

/**
 * Writes a commit with exactly these files on top of `parent` into a branch that nobody watches, as one pack, as a push does. Returns its id.
 */
export async function writeCommit(
  directory: string,
  files: ReadonlyMap<string, string>,
  { parent, message }: { readonly parent?: string; readonly message: string },
): Promise<string> {
  const child = spawn('git', ['-C', directory, 'fast-import', '--quiet', '--force'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const head = ['commit refs/bench/next', 'committer bench <bench@localhost> 1700000000 +0000', data(message)];
  if (parent !== undefined) head.push(`from ${parent}`);
  child.stdin.write(`${head.join('\n')}\ndeleteall\n`);
  for (const [name, text] of files) child.stdin.write(`M 100644 inline ${name}\n${data(text)}\n`);
  child.stdin.end('\n');
  if ((await ended) !== 0) throw new Error('git fast-import failed');
  return git(directory, 'rev-parse', 'refs/bench/next');
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Moves a branch at once, as the last step of a push does: a lock file renamed onto the ref. Returns when it stood (`performance.now`). */
export async function moveBranch(directory: string, commit: string, branch = 'main'): Promise<number> {
  const ref = path.join(directory, 'refs/heads', branch);
  await writeFile(`${ref}.lock`, `${commit}\n`);
  const startMs = performance.now();
  await rename(`${ref}.lock`, ref);
  return startMs;
}
