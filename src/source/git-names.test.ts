import { describe, expect, it } from 'vitest';
import { parseGitBoolean, parseGitConfig } from './git-config.ts';
import { parseSharing } from './local/git-directory.ts';
import { shareMode } from './local/owned-directory.ts';
import { isBranchName, nearestBranch } from './ref-name.ts';
import { classifyRefusal } from './remote-transport.ts';
import { sshCommand } from './system-git/system-transport.ts';

describe('isBranchName', () => {
  it.each(['main', 'feature/x', 'v1.2', 'ümlaut', 'a@b'])('allows %s', (name) => expect(isBranchName(name)).toBe(true));
  it.each([
    '',
    '@',
    '-x',
    'a..b',
    '.a',
    'a/.b',
    'a/',
    '/a',
    'a//b',
    'a.lock',
    'a.lock/b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{1}',
    'a.',
    'a\u0007',
  ])('refuses %j', (name) => expect(isBranchName(name)).toBe(false));
});

it.each([
  ['mian', ['main', 'dev'], 'main'],
  ['main', ['master'], 'master'],
  ['main', ['dev', 'prod'], undefined],
  ['Main', ['main', 'dev'], 'main'],
])('takes %s of %j for %s', (wanted, branches, expected) => {
  expect(nearestBranch(wanted, branches)).toBe(expected);
});

it("reads git's configuration", () => {
  const config = parseGitConfig(
    '# c\n[core]\n\tbare = true ; c\n\tSharedRepository = "0660"\n[remote "A b"]\n url = x\\\ny\n\tflag\n' +
      '[extensions] objectFormat = sha256\n',
  );
  expect([...config]).toEqual([
    ['core.bare', 'true'],
    ['core.sharedrepository', '0660'],
    ['remote.A b.url', 'xy'],
    ['remote.A b.flag', 'true'],
    ['extensions.objectformat', 'sha256'],
  ]);
  expect(['yes', 'off', '2', '0', 'x', undefined].map(parseGitBoolean)).toEqual([
    true,
    false,
    true,
    false,
    undefined,
    undefined,
  ]);
});

it.each([
  [undefined, 0o644, false, 0o644],
  ['umask', 0o644, false, 0o644],
  ['group', 0o644, false, 0o664],
  ['true', 0o444, false, 0o444],
  ['all', 0o600, false, 0o664],
  ['0640', 0o666, false, 0o640],
  ['group', 0o755, true, 0o2775],
  ['0600', 0o755, true, 0o700],
  ['0660', 0o444, false, 0o440],
  ['0477', 0o644, false, 0o644],
])('makes of core.sharedRepository=%s and mode %o (folder: %s) %o', (value, mode, isFolder, expected) => {
  expect(shareMode(mode, parseSharing(value), isFolder).toString(8)).toBe(expected.toString(8));
});

it.each([
  ['stale info', false, 'moved'],
  ['fetch first', false, 'moved'],
  ['non-fast-forward', false, 'moved'],
  ['non-fast-forward', true, 'rewriteRefused'],
  ["cannot lock ref 'refs/heads/x': is at a but expected b", true, 'moved'],
  ['protected branch hook declined', true, 'rewriteRefused'],
  ['pre-receive hook declined', false, 'refused'],
])('takes "%s" (rewrite: %s) for %s', (text, isRewrite, expected) => {
  expect(classifyRefusal(text, isRewrite)).toBe(expected);
});

it('starts ssh without questions, with the named files only, quoted', () => {
  const command = sshCommand({ privateKeyFile: "/etc/my keys/it's", knownHostsFile: '/etc/my keys/hosts' });
  expect(command).toContain("-i '/etc/my keys/it'\\''s'");
  expect(command).toContain('\'UserKnownHostsFile="/etc/my keys/hosts"\'');
  expect(command).toMatch(/^ssh -F none .*BatchMode=yes.*StrictHostKeyChecking=yes.*IdentitiesOnly=yes/);
});
