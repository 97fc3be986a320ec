import { spawn, spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSource, type Source } from '../../src/source/index.ts';
import { LockNote } from '../../src/source/local/lock-note.ts';
import { clock, commit, publishRequest, random, readAll, reasonOf } from './source-contract.ts';

/** Berth as root in a repository that belongs to somebody else. */
const SKIP =
  (spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed') ??
  (process.getuid?.() === 0 ? undefined : 'it needs root');
const OWNER = { uid: 23_456, gid: 23_457 };
const PUSHES = 300;

describe.skipIf(SKIP !== undefined)(
  `a repository of another user${SKIP === undefined ? '' : ` (skipped: ${SKIP})`}`,
  () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function setUp(initArgs: readonly string[] = []) {
      const folder = await mkdtemp(join(tmpdir(), 'berth-owner-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      await chown(folder, OWNER.uid, OWNER.gid);
      await chmod(folder, 0o755);
      const repository = join(folder, 'app.git');
      await asOwner(folder, 'git', 'init', '-q', '--bare', '-b', 'main', ...initArgs, repository);
      const workDirectory = await mkdtemp(join(tmpdir(), 'berth-work-'));
      const open = async (driver: 'isomorphic' | 'system' | 'auto' = 'auto'): Promise<Source> => {
        const source = await openSource({ repository, branch: 'main', workDirectory, clock, random, driver });
        cleanups.push(() => source.close().then(() => rm(workDirectory, { recursive: true, force: true })));
        return source;
      };
      return { folder, repository, open, workDirectory };
    }

    it(`takes ${PUSHES} pushes of its owner while status commits and git gc happen`, async () => {
      const { folder, repository, open } = await setUp();
      const work = join(folder, 'work');
      await asOwner(folder, 'git', 'init', '-q', '-b', 'main', work);
      await asOwner(
        folder,
        'sh',
        '-c',
        `cd ${work} && i=0; while [ $i -lt ${PUSHES} ]; do
      echo "commit refs/heads/main\\ncommitter A <a@b> $((1700000000 + i)) +0000\\ndata 2\\nm\\nM 100644 inline f$((i % 7))\\ndata 4"; printf '%03d\\n\\n' $i; i=$((i + 1)); done | git fast-import --quiet`,
      );
      const source = await open();
      const progress = { isPushing: true, published: 0, collected: 0, gcFailures: '' };
      // Without Berth, too, git loses one push in some hundreds to a `git gc` that removes the folder it is about to
      // write to ("unable to migrate objects to permanent storage"); only that one failure is tried again.
      const push = `git push -q ${repository} $id:refs/heads/main`;
      const pushing = asOwner(
        folder,
        'sh',
        '-c',
        `cd ${work} && for id in $(git rev-list --reverse main); do
        ${push} 2>err || { grep -q 'unable to migrate objects' err && ${push}; } || { cat err >&2; exit 1; }
      done`,
      ).finally(() => {
        progress.isPushing = false;
      });
      const publishing = (async () => {
        while (progress.isPushing) {
          await source.publish(
            publishRequest(
              { 'README.md': `${progress.published}\n`, 'live.json': 'x\n'.repeat(1000) },
              { maxHistory: 20 },
            ),
          );
          progress.published++;
          await source.resolve().then(
            ({ tree }) => readAll(source, tree),
            (error) => expect(error).toEqual(reasonOf('BranchMissing')),
          );
        }
      })();
      const collecting = (async () => {
        while (progress.isPushing) {
          await asOwner(folder, 'git', '-C', repository, 'gc', '-q').catch((error: Error) => {
            progress.gcFailures += error.message;
          });
          progress.collected++;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      })();
      await Promise.all([pushing, publishing, collecting]);

      expect(progress.gcFailures).toBe('');
      expect(progress.published).toBeGreaterThan(20);
      expect(progress.collected).toBeGreaterThan(2);
      const pushed = (await asOwner(folder, 'git', '-C', work, 'rev-parse', 'main')).trim();
      expect((await source.resolve()).id).toBe(pushed);
      expect(await asOwner(folder, 'git', '-C', repository, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
      expect(await filesNotOf(repository, OWNER.uid, OWNER.gid)).toEqual([]);
      expect(
        Number(await asOwner(folder, 'git', '-C', repository, 'rev-list', '--count', 'berth-status')),
      ).toBeLessThanOrEqual(20);
    }, 120_000);

    it.each([
      { args: [], objectMode: 0o444, folderMode: 0o755, refMode: 0o644 },
      { args: ['--shared=group'], objectMode: 0o444, folderMode: 0o2775, refMode: 0o664 },
      { args: ['--shared=all'], objectMode: 0o444, folderMode: 0o2775, refMode: 0o664 },
      { args: ['--shared=0660'], objectMode: 0o440, folderMode: 0o2770, refMode: 0o660 },
      { args: ['--shared=0600'], objectMode: 0o400, folderMode: 0o700, refMode: 0o600 },
    ])('gives files the rights that git gives them with $args', async ({ args, objectMode, folderMode, refMode }) => {
      const { folder, repository, open } = await setUp(args);
      const source = await open('isomorphic');
      const published = await source.publish(publishRequest({ a: '1' }, { branch: 'status/box' }));
      const id = published?.id ?? '';
      const rights = async (path: string) => {
        const { mode, uid, gid } = await stat(join(repository, path));
        return { mode: (mode & 0o7777).toString(8), uid, gid };
      };
      const expected = (mode: number) => ({ mode: mode.toString(8), ...OWNER });
      expect(await rights(`objects/${id.slice(0, 2)}/${id.slice(2)}`)).toEqual(expected(objectMode));
      expect(await rights(`objects/${id.slice(0, 2)}`)).toEqual(expected(folderMode));
      expect(await rights('refs/heads/status')).toEqual(expected(folderMode));
      expect(await rights('refs/heads/status/box')).toEqual(expected(refMode));
      // Git itself, run by the owner, makes the same of a branch beside it.
      await asOwner(folder, 'git', '-C', repository, 'update-ref', 'refs/heads/of-git/box', id);
      expect(await rights('refs/heads/of-git')).toEqual(expected(folderMode));
      expect(await rights('refs/heads/of-git/box')).toEqual(expected(refMode));
    });

    it('writes nothing through a symbolic link that the owner puts in its way', async () => {
      const { folder, repository, open } = await setUp();
      const target = join(folder, 'target');
      await mkdir(target);
      await rm(join(repository, 'refs/heads'), { recursive: true });
      await symlink(target, join(repository, 'refs/heads'));
      const source = await open('isomorphic');
      await expect(source.publish(publishRequest({ a: '1' }))).rejects.toEqual(
        reasonOf('ReadOnly', /symbolic links are not followed/),
      );
      expect(await readdir(target)).toEqual([]);
    });

    it('waits for a lock that another git holds, and never breaks one', async () => {
      const { repository, open } = await setUp();
      const source = await open();
      await source.publish(publishRequest({ a: '1' }));
      const lock = join(repository, 'refs/heads/berth-status.lock');
      await writeFile(lock, '');
      await expect(source.publish(publishRequest({ a: '2' }))).rejects.toEqual(
        reasonOf('RefLocked', /berth-status\.lock has been held/),
      );
      expect((await lstat(lock)).size).toBe(0);
      const waiting = source.publish(publishRequest({ a: '3' }));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await rm(lock);
      expect(await waiting).toMatchObject({ message: 'Status [skip ci]\n' });
    });

    it('takes up after itself where it was killed with a lock in its hand', async () => {
      const { repository, open, workDirectory } = await setUp();
      const source = await open();
      await source.publish(publishRequest({ a: '1' }));
      const lock = join(await realpath(repository), 'refs/heads/berth-status.lock');
      const id = '1234567890123456789012345678901234567890';
      const note = new LockNote(join(workDirectory, 'held-lock'));
      await note.write(lock, `${id}\n`);
      await writeFile(lock, `${id}\n`);
      expect(await source.publish(publishRequest({ a: '2' }))).toBeDefined();
      // The same lock is somebody else's when it comes again.
      await writeFile(lock, `${id}\n`);
      await expect(source.publish(publishRequest({ a: '3' }))).rejects.toEqual(reasonOf('RefLocked'));
    });

    it('keeps a reflog only where git would', async () => {
      const { folder, repository, open } = await setUp();
      const source = await open();
      await source.publish(publishRequest({ a: '1' }));
      await expect(stat(join(repository, 'logs'))).rejects.toMatchObject({ code: 'ENOENT' });
      await asOwner(folder, 'git', '-C', repository, 'config', 'core.logAllRefUpdates', 'true');
      await source.publish(publishRequest({ a: '2' }));
      await source.publish(publishRequest({ a: '3' }));
      const log = await asOwner(folder, 'git', '-C', repository, 'reflog', 'show', '--format=%gs', 'berth-status');
      expect(log.trim().split('\n')).toEqual(['berth: Status [skip ci]', 'berth: Status [skip ci]']);
      expect(await filesNotOf(repository, OWNER.uid, OWNER.gid)).toEqual([]);
    });

    it('refuses a branch that cannot be made beside another', async () => {
      const { folder, repository, open } = await setUp();
      const source = await open();
      const published = await source.publish(publishRequest({ a: '1' }, { branch: 'status' }));
      for (const [branch, other] of [
        ['status/box', 'status'],
        ['a', 'a/b'],
      ] as const) {
        await asOwner(folder, 'git', '-C', repository, 'update-ref', 'refs/heads/a/b', published?.id ?? '');
        for (const packed of [false, true]) {
          if (packed) await asOwner(folder, 'git', '-C', repository, 'pack-refs', '--all');
          await expect(source.publish(publishRequest({ a: '1' }, { branch }))).rejects.toEqual(
            reasonOf('BranchInvalid', new RegExp(`beside branch ${other}`)),
          );
        }
      }
    });

    it('is read by Berth whatever git thinks of its owner', async () => {
      const { repository, open } = await setUp();
      const { id } = await commit(repository, { a: '1' });
      expect((await (await open('system')).resolve()).id).toBe(id);
      expect(await filesNotOf(repository, OWNER.uid, OWNER.gid)).toEqual([]);
    });
  },
);

/** Runs a program as the repository's owner, with nothing of root's configuration, and returns what it printed. */
function asOwner(home: string, command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
    const child = spawn(command, args, {
      uid: OWNER.uid,
      gid: OWNER.gid,
      env,
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${command} ${args[0]} ended with ${code}: ${stderr}`)),
    );
  });
}

async function filesNotOf(folder: string, uid: number, gid: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const stats = await lstat(join(folder, name)).catch(() => undefined);
    if (stats !== undefined && (stats.uid !== uid || stats.gid !== gid)) wrong.push(name);
  }
  return wrong;
}
