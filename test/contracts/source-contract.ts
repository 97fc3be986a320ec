import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { linuxClock as clock } from '../../src/host/linux/linux-clock.ts';
import { SeededRandom } from '../../src/lib/random.ts';
import {
  type CommitInfo,
  commitFiles,
  createBareRepository,
  type OpenSourceOptions,
  openSource,
  type PublishRequest,
  type Source,
  type SourceErrorReason,
} from '../../src/source/index.ts';

export { clock };
export const AUTHOR = { name: 'Ada', email: 'ada@example.org' };
export const random = new SeededRandom(1);

/** Serves bare repositories that lie in one folder under an address, until it is closed. */
export interface RepositoryServer {
  /** What a source is opened with for the repository `name` in the folder. */
  address(name: string): Pick<OpenSourceOptions, 'repository' | 'credentials' | 'driver'>;
  close(): Promise<void>;
}

export interface SourceCase {
  readonly name: string;
  readonly serve: (folder: string) => Promise<RepositoryServer>;
  /** How often what repeats is repeated; less where each connection takes long. */
  readonly rounds?: number;
  /** Why the case cannot run here; `undefined` when it can. */
  readonly skip?: string | undefined;
}

/** Commits files as somebody else would, straight into the bare repository. */
export function commit(
  repository: string,
  files: Readonly<Record<string, string | null>>,
  options: { readonly branch?: string; readonly message?: string } = {},
): Promise<CommitInfo> {
  const contents = Object.entries(files).map(
    ([path, text]) => [path, text === null ? null : { bytes: Buffer.from(text) }] as const,
  );
  const { branch = 'main', message = 'change' } = options;
  return commitFiles({ repository, branch, files: new Map(contents), message, author: AUTHOR, clock, random });
}

export function publishRequest(
  files: Readonly<Record<string, string>>,
  changes: Partial<PublishRequest> = {},
): PublishRequest {
  return {
    branch: 'berth-status',
    folder: 'box',
    files: new Map(Object.entries(files)),
    message: 'Status [skip ci]',
    author: { name: 'Berth', email: 'berth@box' },
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    guard: () => undefined,
    maxHistory: 100,
    ...changes,
  };
}

/** All files of a commit as `path: text`. */
export async function readAll(source: Source, tree: string, prefix = ''): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await source.readTree(tree)) {
    const path = prefix + entry.name;
    if (entry.type === 'tree') Object.assign(files, await readAll(source, entry.id, `${path}/`));
    else files[path] = Buffer.from(await source.readBlob(entry.id, 1_000_000)).toString('utf8');
  }
  return files;
}

export function reasonOf(reason: SourceErrorReason, message: RegExp = /./) {
  return expect.objectContaining({ name: 'SourceError', reason, message: expect.stringMatching(message) });
}

async function countCommits(source: Source, tip: CommitInfo | undefined): Promise<number> {
  let count = 0;
  for (let at = tip; at !== undefined; count++) {
    const parent: string | undefined = at.parents[0];
    at = parent === undefined ? undefined : await source.resolveRevision(parent).catch(() => undefined);
  }
  return count;
}

/** What every driver must do, whatever carries the objects. */
export function describeSource({ name, serve, skip, rounds = 4 }: SourceCase): void {
  describe.skipIf(skip !== undefined)(`a source: ${name}${skip === undefined ? '' : ` (skipped: ${skip})`}`, () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function setUp(options: { readonly empty?: boolean } = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'berth-source-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      const repository = join(folder, 'app.git');
      if (options.empty !== true) await createBareRepository(repository, 'main');
      const server = await serve(folder);
      cleanups.push(() => server.close());
      let sources = 0;
      const open = async (changes: Partial<OpenSourceOptions> = {}) => {
        const workDirectory = join(folder, `work-${++sources}`);
        const source = await openSource({
          branch: 'main',
          workDirectory,
          clock,
          random,
          intervalMs: 50,
          ...server.address('app.git'),
          ...changes,
        });
        cleanups.push(() => source.close());
        return source;
      };
      return { folder, repository, open };
    }

    it('follows a branch from commit to commit', async () => {
      const { repository, open } = await setUp();
      const first = await commit(
        repository,
        { 'a.yaml': 'a: 1\n', 'apps/web/b.yaml': 'b: 1\n' },
        { message: 'first\n\nbody' },
      );
      const source = await open();
      expect(await source.resolve()).toMatchObject({
        id: first.id,
        tree: first.tree,
        parents: [],
        authorName: 'Ada',
        authorEmail: 'ada@example.org',
        message: 'first\n\nbody\n',
      });
      const second = await commit(repository, { 'a.yaml': 'a: 2\n' });
      expect((await source.resolve()).id).toBe(second.id);
      expect(await readAll(source, second.tree)).toEqual({ 'a.yaml': 'a: 2\n', 'apps/web/b.yaml': 'b: 1\n' });
      expect(await readAll(source, second.id)).toEqual(await readAll(source, second.tree));
    });

    it('tells files, folders, links and executables apart, sorted by name', async () => {
      const { repository, open } = await setUp();
      await commitFiles({
        repository,
        branch: 'main',
        files: new Map([
          ['run', { bytes: Buffer.from('#!/bin/sh\n'), mode: '100755' }],
          ['link', { bytes: Buffer.from('../etc/passwd'), mode: '120000' }],
          ['a/b', { bytes: Buffer.from('b') }],
          ['a.yaml', { bytes: Buffer.from([0, 255, 1]) }],
        ]),
        message: 'm',
        author: AUTHOR,
        clock,
        random,
      });
      const source = await open();
      const entries = await source.readTree((await source.resolve()).tree);
      expect(entries.map((entry) => [entry.name, entry.type, entry.executable])).toEqual([
        ['a', 'tree', false],
        ['a.yaml', 'blob', false],
        ['link', 'symlink', false],
        ['run', 'blob', true],
      ]);
      expect(await source.readBlob(entries[1]?.id ?? '', 3)).toEqual(Buffer.from([0, 255, 1]));
      expect(Buffer.from(await source.readBlob(entries[2]?.id ?? '', 100)).toString()).toBe('../etc/passwd');
    });

    it('refuses a blob over the limit and an id that is not there', async () => {
      const { repository, open } = await setUp();
      const { tree } = await commit(repository, { big: 'x'.repeat(100_000) });
      const source = await open();
      await source.resolve();
      const [big] = await source.readTree(tree);
      await expect(source.readBlob(big?.id ?? '', 99_999)).rejects.toEqual(reasonOf('BlobTooLarge', /99999 bytes/));
      expect(await source.readBlob(big?.id ?? '', 100_000)).toHaveLength(100_000);
      await expect(source.readBlob('1'.repeat(40), 10)).rejects.toEqual(reasonOf('ObjectMissing', /1111/));
      await expect(source.readBlob(tree, 1000)).rejects.toEqual(reasonOf('ObjectMissing', /is a tree/));
    });

    it('reports a repository that is not there, and goes on when it is', async () => {
      const { repository, open } = await setUp({ empty: true });
      const source = await open();
      await expect(source.resolve()).rejects.toEqual(reasonOf('RepositoryMissing', /app\.git/));
      await createBareRepository(repository, 'main');
      await expect(source.resolve()).rejects.toEqual(reasonOf('BranchMissing', /no branches yet; push main/));
      const { id } = await commit(repository, { a: '1' });
      expect((await source.resolve()).id).toBe(id);
    });

    it('says which branches there are and which was meant', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' }, { branch: 'master' });
      await commit(repository, { a: '1' }, { branch: 'feature/x' });
      const source = await open({ branch: 'mastr' });
      await expect(source.resolve()).rejects.toEqual(
        reasonOf('BranchMissing', /no branch mastr, only feature\/x, master; did you mean master\?/),
      );
      expect(await source.readBranch('nothing')).toBeUndefined();
      expect((await source.readBranch('feature/x'))?.message).toBe('change\n');
    });

    it('survives a force push, a deleted branch and another repository in the same place', async () => {
      const { folder, repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const source = await open();
      const before = await source.resolve();
      await rm(join(repository, 'refs/heads/main'));
      await expect(source.resolve()).rejects.toEqual(reasonOf('BranchMissing'));
      const unrelated = await commit(repository, { b: '1' }, { message: 'unrelated' });
      expect(await source.resolve()).toMatchObject({ id: unrelated.id, parents: [] });
      expect(unrelated.id).not.toBe(before.id);
      await rename(repository, join(folder, 'old.git'));
      await expect(source.resolve()).rejects.toEqual(reasonOf('RepositoryMissing'));
      await createBareRepository(repository, 'main');
      const other = await commit(repository, { c: '1' });
      expect((await source.resolve()).id).toBe(other.id);
      expect(await readAll(source, other.tree)).toEqual({ c: '1' });
    });

    it('finds revisions by branch, id and the start of an id', async () => {
      const { repository, open } = await setUp();
      const { id } = await commit(repository, { a: '1' });
      const source = await open();
      await source.resolve();
      for (const revision of ['main', 'refs/heads/main', id, id.slice(0, 7), id.slice(0, 12).toUpperCase()]) {
        expect((await source.resolveRevision(revision)).id, revision).toBe(id);
      }
      for (const revision of ['v1', '../../HEAD', 'ffffffff', '', 'main~1']) {
        await expect(source.resolveRevision(revision), revision).rejects.toEqual(reasonOf('RevisionMissing'));
      }
    });

    it('calls back after a push', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const source = await open();
      let calls = 0;
      const stop = await source.watch(() => calls++);
      await commit(repository, { a: '2' });
      await expect.poll(() => calls, { timeout: 3_000, interval: 2 }).toBeGreaterThan(0);
      await stop();
      const after = calls;
      await commit(repository, { a: '3' });
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(calls).toBe(after);
    });

    it('publishes a folder on a branch of its own and writes nothing when nothing changed', async () => {
      const { repository, open } = await setUp();
      const { id } = await commit(repository, { a: '1' });
      const source = await open();
      const request = publishRequest({ 'README.md': '# box\n', 'live/pods.json': '{}\n' });
      const first = await source.publish(request);
      expect(first).toMatchObject({
        parents: [],
        authorName: 'Berth',
        committedAtMs: request.nowMs,
        message: 'Status [skip ci]\n',
      });
      expect(await source.publish(request)).toBeUndefined();
      expect(await source.publish(publishRequest({ other: 'x' }, { folder: 'rack' }))).toMatchObject({
        parents: [first?.id],
      });
      await source.publish(publishRequest({ 'README.md': '# new\n' }));
      const tip = await source.readBranch('berth-status');
      expect(await readAll(source, tip?.tree ?? '')).toEqual({ 'box/README.md': '# new\n', 'rack/other': 'x' });
      expect((await source.resolve()).id).toBe(id);
    });

    it('asks the guard with what is in the folder', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const source = await open();
      await source.publish(publishRequest({ 'status.yaml': 'uid: one\n' }));
      const seen: string[] = [];
      const guard = (present: ReadonlyMap<string, Uint8Array>) => {
        seen.push(Buffer.from(present.get('status.yaml') ?? []).toString());
        return 'it belongs to cluster one';
      };
      await expect(source.publish(publishRequest({ 'status.yaml': 'uid: two\n' }, { guard }))).rejects.toEqual(
        reasonOf('FolderTaken', /box\/.*belongs to cluster one/),
      );
      expect(seen).toEqual(['uid: one\n']);
      for (const folder of ['', '..', 'a/b', '.git']) {
        await expect(source.publish(publishRequest({ a: '1' }, { folder }))).rejects.toEqual(reasonOf('FolderTaken'));
      }
    });

    it('keeps the history of the branch within its bound, and its newest part', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const source = await open();
      for (let i = 1; i <= 9; i++) {
        const message = `Status ${i}`;
        await source.publish(publishRequest({ n: String(i) }, { maxHistory: 6, message }));
        const tip = await source.readBranch('berth-status');
        expect(tip?.message).toBe(`${message}\n`);
        expect(await countCommits(source, tip)).toBe(i <= 6 ? i : i - 3);
      }
      const tip = await source.readBranch('berth-status');
      const parent = await source.resolveRevision(tip?.parents[0] ?? '');
      expect(parent.message).toBe('Status 8\n');
      expect(await readAll(source, parent.tree)).toEqual({ 'box/n': '8' });
    });

    it('loses nothing when several publish at the same time', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const sources = await Promise.all([open(), open(), open()]);
      await Promise.all(
        sources.map(async (source, index) => {
          for (let i = 0; i < rounds; i++)
            await source.publish(publishRequest({ n: String(i) }, { folder: `box-${index}`, maxHistory: 5 }));
        }),
      );
      const tip = await sources[0]?.readBranch('berth-status');
      const last = String(rounds - 1);
      expect(await readAll(sources[0] as Source, tip?.tree ?? '')).toEqual({
        'box-0/n': last,
        'box-1/n': last,
        'box-2/n': last,
      });
    });

    it('leaves no temporary file and no lock', async () => {
      const { repository, open } = await setUp();
      await commit(repository, { a: '1' });
      const source = await open();
      for (let i = 0; i < rounds; i++) await source.publish(publishRequest({ n: String(i) }));
      const files = await readdir(repository, { recursive: true });
      expect(files.filter((file) => /\.lock$|tmp_obj|\.berth$/.test(file))).toEqual([]);
    });

    it('reports a folder that is no repository', async () => {
      const { repository, open } = await setUp({ empty: true });
      await mkdir(repository);
      await writeFile(join(repository, 'HEAD'), 'ref: refs/heads/main\n');
      const source = await open();
      const failure = await source.resolve().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        name: 'SourceError',
        reason: expect.stringMatching(/^Repository(?:Invalid|Missing)$/),
      });
    });
  });
}
