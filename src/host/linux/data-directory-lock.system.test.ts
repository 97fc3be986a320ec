import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BerthError } from '../../lib/errors.ts';
import { acquireDataDirectoryLock } from './data-directory-lock.ts';

describe('the lock of the data directory', () => {
  let folder = '';
  let holder: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'berth-lock-'));
  });

  afterEach(async () => {
    holder?.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  test('makes the directory for its owner only, and notes the pid', async () => {
    const directory = path.join(folder, 'a', 'data');
    const lock = acquireDataDirectoryLock(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(directory, 'berth.lock'))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(directory, 'berth.lock'), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
  });

  test('keeps a second holder out, also in the same process, until it is released', () => {
    const directory = path.join(folder, 'data');
    const lock = acquireDataDirectoryLock(directory);
    expect(codeOf(() => acquireDataDirectoryLock(directory))).toBe('StoreLocked');
    lock.release();
    lock.release();
    acquireDataDirectoryLock(directory).release();
  });

  test('dies with a process that is killed, even when a child of that process lives on', async () => {
    const directory = path.join(folder, 'data');
    const { pid, childPid } = await startHolder(directory);
    try {
      expect(() => acquireDataDirectoryLock(directory)).toThrow(`process ${pid} uses this data directory`);
      holder?.kill('SIGKILL');
      if (holder !== undefined) await once(holder, 'exit');
      acquireDataDirectoryLock(directory).release();
    } finally {
      process.kill(childPid, 'SIGKILL');
    }
  });

  test('takes an existing directory only when it is empty or Berth made it', async () => {
    const foreign = path.join(folder, 'home');
    await mkdir(foreign, { mode: 0o755 });
    await writeFile(path.join(foreign, 'letter.txt'), 'Dear …');
    expect(() => acquireDataDirectoryLock(foreign)).toThrow('it holds other files (letter.txt)');
    expect((await stat(foreign)).mode & 0o777).toBe(0o755);

    const empty = path.join(folder, 'empty');
    await mkdir(empty, { mode: 0o755 });
    acquireDataDirectoryLock(empty).release();
    await writeFile(path.join(empty, 'cluster-uid'), '1');
    await chmod(empty, 0o750);
    acquireDataDirectoryLock(empty).release();
    expect((await stat(empty)).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['a'.repeat(300), 'cannot be looked at'],
    ['file', 'it is a file'],
    ['file/data', 'is a file'],
    ['file/a/data', 'is a file'],
    ['nowhere', 'no folder can be made in'],
    // Node's own `recursive` never comes back from it.
    ['/proc/berth', 'no folder can be made in /proc'],
    ['/proc/berth/data', 'no folder can be made in /proc'],
  ])('%s cannot be one, and says why', async (name, why) => {
    await writeFile(path.join(folder, 'file'), '');
    await symlink(path.join(folder, 'x', 'y'), path.join(folder, 'nowhere'));
    const open = () => acquireDataDirectoryLock(path.resolve(folder, name));
    expect(codeOf(open)).toBe('ConfigInvalid');
    expect(open).toThrow(why);
  });

  async function startHolder(directory: string): Promise<{ pid: number; childPid: number }> {
    const source = `
      import { spawn } from 'node:child_process';
      import { acquireDataDirectoryLock } from './data-directory-lock.ts';
      acquireDataDirectoryLock(process.argv[2]);
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      process.stdout.write(String(child.pid));
      setInterval(() => {}, 1_000);
    `;
    const outfile = path.join(folder, 'holder.mjs');
    const stdin = { contents: source, resolveDir: import.meta.dirname, loader: 'ts' as const };
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
    holder = spawn(process.execPath, [outfile, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = holder.stdout === null ? [''] : await once(holder.stdout, 'data');
    return { pid: holder.pid ?? 0, childPid: Number(String(output)) };
  }
});

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'no error';
  } catch (error) {
    return error instanceof BerthError ? error.code : String(error);
  }
}
