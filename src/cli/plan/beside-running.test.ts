import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { UpOptions } from '../configuration/read-configuration.ts';
import { besideRunning, type Running } from './beside-running.ts';

const RUNNING: Running = {
  cluster: { name: 'box1', uid: 'u' },
  source: { repository: '/srv/site', branch: 'live', paths: ['apps/*'] },
};
const ITS_OWN = { repo: '/srv/site', branch: 'live', path: ['apps/*'], cluster: 'box1' };

test.each<[string, UpOptions, UpOptions]>([
  ['nothing', {}, ITS_OWN],
  ['its own repository', { repo: '/srv/site' }, ITS_OWN],
  ['its own repository in other words', { repo: '/srv/x/../site' }, { ...ITS_OWN, repo: '/srv/x/../site' }],
  ['another path', { path: ['.'] }, { ...ITS_OWN, path: ['.'] }],
  ['another branch of its repository', { repo: '/srv/site', branch: 'next' }, { ...ITS_OWN, branch: 'next' }],
  ['another repository', { repo: '/srv/other' }, { repo: '/srv/other', cluster: 'box1' }],
  ['a configuration', { config: '/etc/x.yaml' }, { config: '/etc/x.yaml', cluster: 'box1' }],
  ['another box', { cluster: 'box2' }, { ...ITS_OWN, cluster: 'box2' }],
])('beside a Berth that runs, %s is taken and the rest is as that one has it', (_what, options, expected) => {
  expect(besideRunning(options, RUNNING, ({ repo = '' }) => resolve(repo))).toEqual(expected);
});
