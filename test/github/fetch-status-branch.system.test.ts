import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchStatusBranch } from '../../src/action/fetch-status-branch.ts';
import { type HttpGitServer, serveHttp } from '../contracts/git-servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-status-fetch-'));
const checkout = join(folder, 'checkout');
let server: HttpGitServer;
let url: string;

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();
}

beforeAll(async () => {
  const work = join(folder, 'work');
  git(folder, 'init', '-q', '-b', 'main', work);
  git(work, 'commit', '-q', '--allow-empty', '-m', 'main');
  git(work, 'checkout', '-q', '--orphan', 'berth-status');
  git(work, 'commit', '-q', '--allow-empty', '-m', 'status');
  mkdirSync(join(folder, 'team'));
  git(folder, 'clone', '-q', '--bare', work, 'team/site.git');
  server = await serveHttp(folder, { user: 'x-access-token' });
  url = `${server.url}/team/site.git`;
});

/** As `actions/checkout` leaves one branch: the remote is known, its other branches are not here. */
beforeEach(() => {
  rmSync(checkout, { recursive: true, force: true });
  git(folder, 'clone', '-q', '--single-branch', '-b', 'main', 'team/site.git', 'checkout');
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('a status branch that the checkout lacks is fetched once, and the token stays nowhere', async () => {
  const options = { checkout, url, branch: 'berth-status', token: 's3cret' };
  expect(await fetchStatusBranch(options)).toBe(true);
  expect(git(checkout, 'log', '-1', '--format=%s', 'origin/berth-status')).toBe('status');
  const requests = server.requests.length;
  expect(requests).toBeGreaterThan(0);
  expect(await fetchStatusBranch(options)).toBe(true);
  expect(server.requests).toHaveLength(requests);
  expect(readFileSync(join(checkout, '.git/config'), 'utf8')).not.toMatch(/s3cret|extraheader/i);
});

test.each`
  name                           | change
  ${'no such branch'}            | ${{ branch: 'other' }}
  ${'a token that may not read'} | ${{ token: 'wrong' }}
  ${'no token'}                  | ${{ token: '' }}
  ${'no such server'}            | ${{ url: 'http://127.0.0.1:9/team/site.git' }}
  ${'another transport'}         | ${{ url: 'ext::touch /tmp/x' }}
`('$name is no reason to fail', async ({ change }) => {
  expect(await fetchStatusBranch({ checkout, url, branch: 'berth-status', token: 's3cret', ...change })).toBe(false);
});

test('hooks of the checkout do not run', async () => {
  const hook = join(checkout, '.git/hooks/reference-transaction');
  writeFileSync(hook, `#!/bin/sh\ntouch ${join(folder, 'ran')}\n`, { mode: 0o755 });
  expect(await fetchStatusBranch({ checkout, url, branch: 'berth-status', token: 's3cret' })).toBe(true);
  expect(() => readFileSync(join(folder, 'ran'))).toThrow(/ENOENT/);
});
