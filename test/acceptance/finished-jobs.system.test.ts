import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../src/objects/types.ts';
import type { PlanReport } from '../../src/report/index.ts';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { configMap } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});
afterEach(() => box?.remove());
afterAll(() => program?.remove());

/** Nothing is to be completed, so it is complete at once, without a pod. */
function job(ttl: number, version = '1'): string {
  return `apiVersion: batch/v1
kind: Job
metadata: {name: once, labels: {version: "${version}"}}
spec:
  completions: 0
  ttlSecondsAfterFinished: ${ttl}
  template: {spec: {restartPolicy: Never, containers: [{name: main, image: "busybox:1.36", command: ["true"]}]}}
`;
}

const uidOf = async (): Promise<string | undefined> => {
  const { status, body } = await box.berth.call('GET', '/apis/batch/v1/namespaces/default/jobs/once');
  return status === 200 ? (JSON.parse(body) as Job).metadata.uid : undefined;
};

/** How often the event of a completion was written: a Job that ran again has another one. */
async function completions(): Promise<number> {
  const events = await box.berth.events();
  return events.filter(({ reason }) => reason === 'Completed').reduce((sum, { count = 1 }) => sum + count, 0);
}

async function plan(...args: readonly string[]): Promise<PlanReport> {
  const { output } = await box.run('plan', '-o', 'json', '--repo', box.repository.path, '--runtime', 'sim', ...args);
  return JSON.parse(output.slice(output.indexOf('{')));
}

test('a Job of Git that its time to live has deleted stays done over other commits, a kill and in plans', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const first = await box.repository.push({ 'job.yaml': job(0), 'page.yaml': configMap('page', { a: '1' }) });
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  const finishedJobs = [{ object: 'Job/default/once', outcome: 'Complete' }];
  await waitUntil('the Job has gone', async () => (await uidOf()) === undefined);
  expect((await box.berth.status()).applications).toMatchObject([{ phase: 'Healthy', finishedJobs }]);

  const second = await box.repository.push({ 'job.yaml': job(0), 'page.yaml': configMap('page', { a: '2' }) });
  await box.berth.reaches(second, 'Healthy');
  await box.restart('SIGKILL');
  await box.berth.reaches(second, 'Healthy');
  expect(await uidOf()).toBeUndefined();
  expect(await completions()).toBe(1);
  // The verdict that is reached at once may be the one of the life before.
  const said = 'Job/default/once: Complete, deleted by its time to live, not run again';
  await waitUntil('the status tells of the Job', async () => (await box.run('status')).output.includes(said));
  expect(await uidOf()).toBeUndefined();
  expect(await completions()).toBe(1);

  await waitUntil('the status branch is of the commit', async () =>
    (await box.repository.statusFile('box/status.yaml'))?.includes(`appliedCommit: ${second}`),
  );
  await box.repository.commit({ 'job.yaml': job(0), 'page.yaml': configMap('page', { a: '3' }) });
  await box.repository.pushTo('feature');
  for (const live of ['store', 'status-branch']) {
    const report = await plan('--base', 'main', '--head', 'feature', '--live', live);
    expect(report.applications[0]?.counts, live).toMatchObject({ created: 0, configured: 1, deleted: 0 });
  }

  const third = await box.repository.push({ 'job.yaml': job(600, '2'), 'page.yaml': configMap('page', { a: '2' }) });
  await box.berth.reaches(third, 'Healthy');
  expect(await uidOf()).toBeDefined();
  expect(await completions()).toBe(2);
});
