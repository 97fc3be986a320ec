import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createBareRepository, type OpenSourceOptions, openSource } from '../../src/source/index.ts';
import { type HttpServerOptions, run, serveHttp } from './git-servers.ts';
import { clock, commit, publishRequest, random, readAll, reasonOf } from './source-contract.ts';

/**
 * What only a remote over http has: credentials, redirects, refusals, the cost of a poll, and a clone that may break.
 */
const NO_GIT = spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed';

/** Makes the server's certificate. */
const NO_OPENSSL = spawnSync('openssl', ['version']).status !== 0;

describe.skipIf(NO_GIT !== undefined)(
  `a remote over http${NO_GIT === undefined ? '' : ` (skipped: ${NO_GIT})`}`,
  () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function setUp(options: HttpServerOptions = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'berth-http-'));
      cleanups.push(() => rm(folder, { recursive: true, force: true }));
      const repository = join(folder, 'app.git');
      await createBareRepository(repository, 'main');
      const first = await commit(repository, { 'a.yaml': '1' });
      const server = await serveHttp(folder, options);
      cleanups.push(() => server.close());
      const workDirectory = join(folder, 'work');
      const open = async (changes: Partial<OpenSourceOptions> = {}) => {
        const source = await openSource({
          branch: 'main',
          workDirectory,
          clock,
          random,
          ...server.address('app.git'),
          ...changes,
        });
        cleanups.push(() => source.close());
        return source;
      };
      return { folder, repository, server, open, first, workDirectory };
    }

    const DRIVERS = ['isomorphic', 'system'] as const;

    it.each(DRIVERS)('takes a rotated token at once and never shows one (%s)', async (driver) => {
      const { server, open, first } = await setUp();
      await writeFile(server.tokenFile, 'wrong-hunter2');
      const source = await open({ driver });
      const failure = await source.resolve().catch((error: unknown) => error);
      expect(failure).toEqual(reasonOf('Unauthorized'));
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/hunter2|d3JvbmctaHVudGVyMg/);
      await writeFile(server.tokenFile, 's3cret');
      expect((await source.resolve()).id).toBe(first.id);
      await rm(server.tokenFile);
      await expect(source.resolve()).rejects.toEqual(reasonOf('Unauthorized', /token cannot be read/));
      expect(await readdir(join(server.tokenFile, '..'))).not.toContain('token');
    });

    it.each(DRIVERS)('tells a credential that may only read apart (%s)', async (driver) => {
      const { open, first } = await setUp({ isReadOnly: true });
      const source = await open({ driver });
      expect((await source.resolve()).id).toBe(first.id);
      await expect(source.publish(publishRequest({ a: '1' }))).rejects.toEqual(reasonOf('ReadOnly'));
      expect((await source.resolve()).id).toBe(first.id);
    });

    it.skipIf(NO_OPENSSL).each(DRIVERS)(
      'speaks TLS to whom the configured certificates vouch for, and to nobody else (%s)',
      async (driver) => {
        const { server, open, first } = await setUp({ isTls: true });
        const stranger = await open({ driver });
        await expect(stranger.resolve()).rejects.toEqual(reasonOf('Unreachable', /certificate/i));
        expect(server.requests).toEqual([]);
        const credentials = { tokenFile: server.tokenFile, caFile: server.caFile };
        const source = await open({ driver, credentials, workDirectory: `${server.caFile}.work` });
        expect((await source.resolve()).id).toBe(first.id);
        expect(await source.publish(publishRequest({ a: '1' }))).toBeDefined();
      },
    );

    it.each(DRIVERS)('follows a repository that was renamed (%s)', async (driver) => {
      const { server, open, first } = await setUp();
      const source = await open({ driver, repository: `${server.url}/moved/app.git` });
      expect((await source.resolve()).id).toBe(first.id);
      expect(await source.publish(publishRequest({ a: '1' }))).toBeDefined();
    });

    it.each(DRIVERS)('reports a server that is down, and goes on when it is back (%s)', async (driver) => {
      const { folder, server, open, first } = await setUp();
      await server.close();
      const source = await open({ driver });
      await expect(source.resolve()).rejects.toEqual(reasonOf('Unreachable', /127\.0\.0\.1/));
      const back = await serveHttp(folder);
      cleanups.push(() => back.close());
      const again = await open({ driver, ...back.address('app.git') });
      expect((await again.resolve()).id).toBe(first.id);
    });

    it('says so when something else than Git answers', async () => {
      const { open } = await setUp();
      const server = createServer((_request, response) => response.end('<html>Sign in</html>'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      cleanups.push(async () => server.close());
      const source = await open({ repository: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x` });
      await expect(source.resolve()).rejects.toEqual(
        reasonOf('RepositoryInvalid', /does not answer like a Git server/),
      );
    });

    it('pays one ref read for a poll without news', async () => {
      const { server, open, first } = await setUp();
      const source = await open();
      await source.resolve();
      server.requests.length = 0;
      expect((await source.resolve()).id).toBe(first.id);
      // Protocol version 2 asks for the capabilities first and then for the refs that start with the branch's name.
      expect(server.requests).toEqual([
        'GET /app.git/info/refs?service=git-upload-pack',
        'POST /app.git/git-upload-pack',
      ]);
    });

    it.each(DRIVERS)('fetches the newest commit only, and continues with the clone it has (%s)', async (driver) => {
      const { repository, server, open, workDirectory } = await setUp();
      for (let i = 0; i < 5; i++) await commit(repository, { 'b.yaml': String(i) });
      const source = await open({ driver });
      const commitInfo = await source.resolve();
      expect(commitInfo.parents).toHaveLength(1);
      await expect(source.resolveRevision(commitInfo.parents[0] ?? '')).rejects.toEqual(reasonOf('RevisionMissing'));
      await source.close();
      const requests = server.requests.length;
      const second = await open({ driver });
      expect(await readAll(second, (await second.resolve()).tree)).toEqual({ 'a.yaml': '1', 'b.yaml': '4' });
      expect(server.requests.length - requests).toBe(2);
      expect(await readdir(join(workDirectory, 'clones'))).toEqual(['clone-000001']);
    });

    it('begins a new clone when the present one is broken or of another repository', async () => {
      const { repository, folder, open, first, workDirectory } = await setUp();
      const source = await open();
      await source.resolve();
      const packs = join(workDirectory, 'clones/clone-000001/objects/pack');
      for (const name of await readdir(packs)) {
        const bytes = await readFile(join(packs, name));
        await writeFile(join(packs, name), bytes.fill(7, 20));
      }
      await source.close();
      const second = await open();
      expect(await readAll(second, (await second.resolve()).tree)).toEqual({ 'a.yaml': '1' });
      expect(await readdir(join(workDirectory, 'clones'))).toEqual(['clone-000002']);
      await second.close();
      await run('cp', ['-r', repository, join(folder, 'other.git')]);
      const { repository: address } = { repository: (await open()).description.replace('app.git', 'other.git') };
      const third = await open({ repository: address });
      expect((await third.resolve()).id).toBe(first.id);
    });

    it('publishes without shortening history where the server forbids that', async () => {
      const { repository, open } = await setUp();
      await run('git', ['-C', repository, 'config', 'receive.denyNonFastForwards', 'true']);
      for (const driver of DRIVERS) {
        const source = await open({ driver });
        for (let i = 1; i <= 5; i++) {
          const published = await source.publish(
            publishRequest({ [driver]: String(i) }, { branch: driver, maxHistory: 3 }),
          );
          expect(published?.parents).toHaveLength(i === 1 ? 0 : 1);
        }
        const { stdout } = await run('git', ['-C', repository, 'rev-list', '--count', driver]);
        expect(stdout.trim()).toBe('5');
        await source.close();
      }
    });

    it('reports a branch that a hook of the server protects', async () => {
      const { repository, open } = await setUp();
      await writeFile(join(repository, 'hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      for (const driver of DRIVERS) {
        const source = await open({ driver });
        await expect(source.publish(publishRequest({ a: '1' }))).rejects.toEqual(
          reasonOf('ReadOnly', /pre-receive hook declined/),
        );
        await source.close();
      }
    });
  },
);
