import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBareRepository, openSource } from '../../src/source/index.ts';
import { run, serveSsh } from './git-servers.ts';
import { clock, commit, describeSource, publishRequest, random, reasonOf } from './source-contract.ts';

/** A real sshd on loopback. In a file of its own because each connection costs a third of a second. */
const SKIP =
  (spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed') ??
  (existsSync('/usr/sbin/sshd') ? undefined : 'openssh-server is not installed') ??
  (process.getuid?.() === 0 ? undefined : 'sshd needs root');

describeSource({ name: 'ssh with a key, fetched with system git', skip: SKIP, rounds: 2, serve: serveSsh });

describe.skipIf(SKIP !== undefined)(`ssh credentials${SKIP === undefined ? '' : ` (skipped: ${SKIP})`}`, () => {
  it('refuses a host whose key is unknown or changed, and a key that the host refuses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-ssh-'));
    const repository = join(folder, 'app.git');
    await createBareRepository(repository, 'main');
    await commit(repository, { a: '1' });
    const server = await serveSsh(folder);
    const { knownHostsFile, privateKeyFile } = server;
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'stranger')]);
    const { stdout } = await run('ssh-keygen', ['-y', '-f', join(folder, 'stranger')]);
    const changed = join(folder, 'changed');
    await writeFile(changed, `[127.0.0.1]:${new URL(server.url('x')).port} ${stdout}`);
    try {
      for (const [credentials, expected] of [
        [{ knownHostsFile: empty, privateKeyFile }, reasonOf('HostKeyUnknown', /not known; .*ssh-keyscan/)],
        [
          { knownHostsFile: changed, privateKeyFile },
          reasonOf('HostKeyUnknown', /is not the one in the known_hosts file/),
        ],
        [
          { knownHostsFile, privateKeyFile: join(folder, 'stranger') },
          reasonOf('Unauthorized', /credentials are refused/),
        ],
      ] as const) {
        const source = await openSource({
          repository: server.url('app.git'),
          branch: 'main',
          workDirectory: join(folder, 'work'),
          clock,
          random,
          credentials,
        });
        await expect(source.resolve()).rejects.toEqual(expected);
        await expect(source.publish(publishRequest({ a: '1' }))).rejects.toEqual(expected);
        await source.close();
      }
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
