import { spawnSync } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createBareRepositoryFromFolder, openSource, type SourceDriver } from '../../src/source/index.ts';
import { openGitDirectory } from '../../src/source/local/git-directory.ts';
import { ObjectWriter } from '../../src/source/local/object-writer.ts';
import { run } from './git-servers.ts';
import { AUTHOR, clock, commit, publishRequest, random, readAll, reasonOf } from './source-contract.ts';

/** Repositories on this machine as git makes and changes them: repacking, damage, formats, watching. */
const NO_GIT = spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed';
const DRIVERS = ['isomorphic', 'system'] as const;

describe.skipIf(NO_GIT !== undefined)(
  `a repository in place${NO_GIT === undefined ? '' : ` (skipped: ${NO_GIT})`}`,
  () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function setUp(initArgs: readonly string[] = []) {
      const folder = await mkdtemp(join(tmpdir(), 'berth-local-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      const repository = join(folder, 'app.git');
      await run('git', ['init', '-q', '--bare', '-b', 'main', ...initArgs, repository]);
      const git = async (...args: readonly string[]) => {
        const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
        return (await run('git', ['-C', repository, ...identity, ...args])).stdout.trim();
      };
      const open = async (driver: SourceDriver, at = repository) => {
        const source = await openSource({
          repository: at,
          branch: 'main',
          workDirectory: join(folder, 'work'),
          clock,
          random,
          driver,
        });
        cleanups.push(() => source.close());
        return source;
      };
      return { folder, repository, git, open };
    }

    it('has nothing made in what stands where it was just before', async () => {
      const { repository } = await setUp();
      const writer = new ObjectWriter({ directory: await openGitDirectory(repository), clock, random });
      await rename(repository, `${repository}.moved`);
      await mkdir(repository);
      const written = writer.writeAll([{ type: 'blob', bytes: Buffer.from('text') }]);
      await expect(written).rejects.toEqual(reasonOf('RepositoryMissing'));
      expect(await readdir(repository)).toEqual([]);
    });

    it.each(DRIVERS)('is read without a failure while it is repacked (%s)', async (driver) => {
      const { repository, git, open } = await setUp();
      const files = Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`d${i % 6}/f${i}.yaml`, `n: ${i}\n`.repeat(20)]),
      );
      await commit(repository, files);
      const source = await open(driver);
      let isRepacking = true;
      const repacking = (async () => {
        for (let i = 0; i < 12; i++) {
          await commit(repository, { 'd0/f0.yaml': `round ${i}\n` });
          await git('gc', '-q', '--prune=now');
        }
        isRepacking = false;
      })();
      let reads = 0;
      while (isRepacking) {
        const { tree } = await source.resolve();
        expect(Object.keys(await readAll(source, tree))).toHaveLength(60);
        reads++;
      }
      await repacking;
      expect(reads).toBeGreaterThan(3);
      expect(await git('fsck', '--full', '--strict')).toBe('');
    });

    it.each(DRIVERS)('reports damaged and missing objects by id, and reads the others (%s)', async (driver) => {
      const { repository, git, open } = await setUp();
      const { tree } = await commit(repository, { bad: 'x'.repeat(500), empty: 'y', good: 'z', gone: 'w' });
      const source = await open(driver);
      const [bad, empty, gone, good] = await source.readTree(tree);
      const pathOf = (id = '') => join(repository, 'objects', id.slice(0, 2), id.slice(2));
      const bytes = await readFile(pathOf(bad?.id));
      await chmod(pathOf(bad?.id), 0o644);
      await writeFile(pathOf(bad?.id), bytes.fill(0xff, 8));
      await chmod(pathOf(empty?.id), 0o644);
      await writeFile(pathOf(empty?.id), '');
      await rm(pathOf(gone?.id));
      // `git cat-file` says of a loose object that it cannot inflate that it is missing.
      const damaged = driver === 'system' ? 'ObjectMissing' : 'ObjectCorrupt';
      const results = await Promise.allSettled(
        [bad, good, empty, gone, good].map((entry) => source.readBlob(entry?.id ?? '', 1000)),
      );
      expect(
        results.map((result) =>
          result.status === 'fulfilled' ? Buffer.from(result.value).toString() : result.reason.reason,
        ),
      ).toEqual([damaged, 'z', damaged, 'ObjectMissing', 'z']);
      expect(await git('rev-parse', 'main')).toBe((await source.resolve()).id);
    });

    it('refuses a damaged pack index instead of believing it', async () => {
      const { repository, git, open } = await setUp();
      await commit(repository, { a: '1' });
      await git('gc', '-q');
      const packs = join(repository, 'objects/pack');
      const index = (await readdir(packs)).find((name) => name.endsWith('.idx')) ?? '';
      await chmod(join(packs, index), 0o644);
      await writeFile(join(packs, index), (await readFile(join(packs, index))).fill(7, 20));
      await expect((await open('isomorphic')).resolve()).rejects.toEqual(
        reasonOf('ObjectCorrupt', /pack index .* is damaged/),
      );
      await expect((await open('system')).resolve()).rejects.toMatchObject({ name: 'SourceError' });
    });

    it.each(DRIVERS)('finds tags, packed refs and ids in packs; reads a submodule as one (%s)', async (driver) => {
      const { repository, git, open } = await setUp();
      const first = await commit(repository, { a: '1' });
      await git('tag', '-a', 'v1', '-m', 'one', 'main');
      await git('tag', 'light', 'main');
      await git('pack-refs', '--all');
      await git('gc', '-q');
      const source = await open(driver);
      for (const revision of ['v1', 'light', 'refs/tags/v1', 'main', first.id.slice(0, 8)]) {
        expect((await source.resolveRevision(revision)).id, revision).toBe(first.id);
      }
      const tree = (
        await run('sh', ['-c', `printf '160000 commit ${first.id}\\tlib\\n' | git -C ${repository} mktree`])
      ).stdout.trim();
      expect(await source.readTree(tree)).toEqual([
        { name: 'lib', type: 'submodule', id: first.id, executable: false },
      ]);
    });

    it('reads a working tree with a .git folder, a linked working tree and a shallow clone', async () => {
      const { folder, repository, git, open } = await setUp();
      await commit(repository, { a: '1' });
      const { id } = await commit(repository, { a: '2' });
      const [clone, linked, shallow] = [join(folder, 'clone'), join(folder, 'linked'), join(folder, 'shallow')];
      await run('git', ['clone', '-q', repository, clone]);
      await git('worktree', 'add', '-q', '--detach', linked, 'main');
      await run('git', ['clone', '-q', '--depth=1', `file://${repository}`, shallow]);
      for (const path of [clone, join(clone, '.git'), linked, shallow]) {
        const source = await open('isomorphic', path);
        expect((await source.resolve()).id, path).toBe(id);
        expect(await source.publish(publishRequest({ [path.replaceAll('/', '-')]: '1' }))).toBeDefined();
      }
      expect(await git('fsck', '--full', '--strict')).toBe('');
    });

    it('leaves to system git what only that can read', async () => {
      const { folder, repository, open } = await setUp(['--object-format=sha256']);
      const work = join(folder, 'work-tree');
      await run('git', ['init', '-q', '--object-format=sha256', '-b', 'main', work]);
      await writeFile(join(work, 'a'), '1');
      await run('sh', [
        '-c',
        `cd ${work} && git add a && git -c user.name=a -c user.email=a@b commit -qm m && git push -q ${repository} main`,
      ]);
      const source = await open('auto');
      const { id, tree } = await source.resolve();
      expect(id).toHaveLength(64);
      expect(await readAll(source, tree)).toEqual({ a: '1' });
      expect((await source.publish(publishRequest({ a: '1' })))?.id).toHaveLength(64);
      expect((await run('git', ['-C', repository, 'fsck', '--strict'])).stdout).toBe('');
      await expect((await open('isomorphic')).resolve()).rejects.toEqual(
        reasonOf('RepositoryInvalid', /only system git reads that/),
      );
    });

    it('says what to do about a format that it cannot watch', async () => {
      const { repository, open } = await setUp();
      await appendFile(join(repository, 'config'), '[extensions]\n\trefStorage = reftable\n');
      await expect((await open('auto')).resolve()).rejects.toEqual(
        reasonOf('RepositoryInvalid', /git refs migrate --ref-format=files/),
      );
      await writeFile(join(repository, 'config'), '[core]\n\trepositoryformatversion = 7\n');
      await expect((await open('auto')).resolve()).rejects.toEqual(
        reasonOf('RepositoryInvalid', /repository format 7/),
      );
    });

    it('sees each push within milliseconds, with slashes in the branch, packed refs and the repository moved away and back', async () => {
      const { folder, repository, git } = await setUp();
      const branch = 'team/web/main';
      const source = await openSource({
        repository,
        branch,
        workDirectory: join(folder, 'work'),
        clock,
        random,
        intervalMs: 600_000,
      });
      cleanups.push(() => source.close());
      let calls = 0;
      await source.watch(() => calls++);
      const heard = async (change: () => Promise<unknown>) => {
        calls = 0;
        await change();
        await expect.poll(() => calls, { interval: 1, timeout: 2_000 }).toBeGreaterThan(0);
        // Let the watches settle where a folder was replaced, so that the next change is heard because of itself.
        await new Promise((resolve) => setTimeout(resolve, 60));
      };
      for (let i = 0; i < 20; i++) {
        await heard(() => commit(repository, { a: String(i) }, { branch }));
        if (i % 5 === 4) await heard(() => git('pack-refs', '--all', '--prune'));
      }
      await heard(() => rename(repository, join(folder, 'away.git')));
      await heard(() => rename(join(folder, 'away.git'), repository));
      await heard(() => rm(repository, { recursive: true }));
      await heard(() => run('git', ['init', '-q', '--bare', repository]));
      await heard(() => commit(repository, { a: 'again' }, { branch }));
      expect((await source.resolve()).message).toBe('change\n');
    });

    it('makes a repository out of a folder that git accepts', async () => {
      const { folder, open } = await setUp();
      const files = join(folder, 'files');
      await run('sh', [
        '-c',
        `mkdir -p ${files}/apps/.hidden && cd ${files} && echo a > apps/a.yaml && echo b > apps/.hidden/b && ln -s a.yaml apps/link && printf x > run && chmod 755 run`,
      ]);
      const repository = join(folder, 'made.git');
      const world = { clock, random };
      const { id } = await createBareRepositoryFromFolder({
        folder: files,
        repository,
        branch: 'main',
        message: 'Start',
        author: AUTHOR,
        ...world,
      });
      const { stdout } = await run('git', [
        '-C',
        repository,
        'ls-tree',
        '-r',
        '--format=%(objectmode) %(path)',
        'HEAD',
      ]);
      expect(stdout.trim().split('\n')).toEqual([
        '100644 apps/.hidden/b',
        '100644 apps/a.yaml',
        '120000 apps/link',
        '100755 run',
      ]);
      expect((await run('git', ['-C', repository, 'fsck', '--strict'])).stdout).toBe('');
      expect((await (await open('isomorphic', repository)).resolve()).id).toBe(id);
      await run('git', ['clone', '-q', repository, join(folder, 'cloned')]);
      const again = { folder: files, repository, branch: 'main', message: 'Start', author: AUTHOR, ...world };
      await expect(createBareRepositoryFromFolder(again)).rejects.toEqual(
        reasonOf('RepositoryInvalid', /is not empty/),
      );
    });
  },
);
