import { expect, test } from 'vitest';
import type { LoadedFolder, PublishedStatus } from '../../gitops/index.ts';
import { NO_OBSERVATIONS } from '../../gitops/index.ts';
import { seedFromStatus } from './seed-from-status.ts';

const HOME = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'home', resourceVersion: '4' } };
const JOB = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'once' };

test('a Job that the status branch says is done and gone is so in the world of a plan', () => {
  const status: PublishedStatus = {
    commit: { id: 'c', tree: 't', parents: [], authorName: '', authorEmail: '', committedAtMs: 0, message: '' },
    cluster: { name: 'box', uid: 'u' },
    observedAt: '2026-01-01T00:00:00Z',
    sourceCommit: 'c',
    branch: 'main',
    paths: ['.'],
    applications: [
      {
        name: 'shop',
        path: '.',
        phase: 'Healthy',
        appliedCommit: 'c',
        attemptedCommit: 'c',
        finishedJobs: [{ object: 'Job/shop/once', outcome: 'Complete', reason: '', message: '' }],
      },
    ],
    settings: {},
    observed: NO_OBSERVATIONS,
    objects: [HOME],
  };
  const place = { path: 'job.yaml', line: 1 };
  const declared = (name: string) => ({
    key: `/batch/jobs/shop/${name}`,
    id: { ...JOB, name },
    decode: () => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'shop' } }),
    digest: `digest of ${name}`,
    origin: place,
    locate: () => place,
  });
  const application = { name: 'shop', path: '.' };
  const loaded = {
    objects: [declared('once'), declared('never')],
    problems: [],
    omittedProblems: 0,
    files: 1,
    passedOver: 0,
  };
  const deployed = new Map<string, LoadedFolder>([['shop', { application, identity: 'i', loaded }]]);
  const entries = seedFromStatus({ status, deployed, nowMs: 0 });
  expect(
    entries.filter(({ key }) => key.startsWith('gitops/inventory/')).map(({ key, value }) => [key, value]),
  ).toEqual([
    [
      'gitops/inventory/shop:/batch/jobs/shop/once',
      {
        ...JOB,
        digest: 'digest of once',
        uid: '',
        finished: { outcome: 'Complete', reason: '', message: '', namespaceUid: 'home' },
      },
    ],
  ]);
});
