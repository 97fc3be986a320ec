import { afterEach, describe, expect, it } from 'vitest';
import { parseTime } from '../../lib/clock.ts';
import type { CronJob } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const MINUTE = 60_000;
const NIGHTLY = { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'default', name: 'tick' };

/** Every minute, unless it says otherwise; a run takes `runMs`. */
function createCronJob(
  spec: Partial<NonNullable<CronJob['spec']>> = {},
  runMs: number | 'never' = 1_000,
  code = 0,
): void {
  plane.kubelet.exitOf = () => (runMs === 'never' ? undefined : { code, afterMs: runMs });
  plane.client.create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        metadata: { labels: { kind: 'tick' } },
        spec: {
          backoffLimit: 0,
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } },
        },
      },
      ...spec,
    },
  });
}

const jobs = () => plane.client.list('Job');
const cronJob = () => plane.client.get('CronJob', NIGHTLY);
const started = () =>
  plane.client
    .list('Event')
    .filter(({ reason }) => reason === 'SuccessfulCreate')
    .filter(({ involvedObject }) => involvedObject.kind === 'CronJob')
    .reduce((sum, { count = 1 }) => sum + count, 0);
const reasons = () => plane.client.list('Event').map(({ reason }) => reason);

describe('a CronJob', () => {
  it('leaves a Job alone that has the name of a run and is not its own, and starts the next one in time', () => {
    plane = startTestControlPlane();
    createCronJob();
    const nextMs = (Math.floor(plane.clock.wallMs() / MINUTE) + 1) * MINUTE;
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } };
    const metadata = { name: `tick-${nextMs / MINUTE}`, namespace: 'default' };
    plane.client.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { suspend: true, template } });
    plane.advance(nextMs - plane.clock.wallMs() + 1_000);
    expect(jobs()).toHaveLength(1);
    expect(reasons()).toContain('FailedCreate');
    plane.advance(MINUTE);
    expect(jobs().map(({ metadata: { name } }) => name)).toContain(`tick-${nextMs / MINUTE + 1}`);
    expect(plane.manager.counters().get('cronjob-controller')?.errors).toBe(0);
  });

  it('starts nothing for times that lie before its schedule was changed', () => {
    plane = startTestControlPlane();
    createCronJob({ schedule: '0 0 1 1 *' });
    plane.advance(90 * MINUTE);
    plane.client.patch(NIGHTLY, 'merge', { spec: { schedule: '*/30 * * * *' } });
    const toNextMs = 30 * MINUTE - (plane.clock.wallMs() % (30 * MINUTE));
    plane.advance(toNextMs - 1_000);
    expect(jobs()).toEqual([]);
    plane.advance(2_000);
    expect(jobs()).toHaveLength(1);
  });

  it('starts a Job each time, names it by its time, and keeps three', () => {
    plane = startTestControlPlane();
    createCronJob();
    plane.advance(6.5 * MINUTE);
    expect(started()).toBe(6);
    expect(jobs()).toHaveLength(3);
    const last = jobs().at(-1);
    const scheduledMs = parseTime(last?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']) ?? 0;
    expect(last?.metadata.name).toBe(`tick-${scheduledMs / MINUTE}`);
    expect(last?.metadata.labels?.['kind']).toBe('tick');
    expect(parseTime(cronJob()?.status?.lastScheduleTime)).toBe(scheduledMs);
    expect(cronJob()?.status?.lastSuccessfulTime).toBeDefined();
    expect(cronJob()?.status?.active).toBeUndefined();
    expect(plane.client.list('Pod')).toHaveLength(3);
  });

  it('keeps one failed Job', () => {
    plane = startTestControlPlane();
    createCronJob({}, 1_000, 1);
    plane.advance(4.5 * MINUTE);
    expect(jobs()).toHaveLength(1);
  });

  it.each([
    ['Allow', 4, 4],
    ['Forbid', 1, 1],
    ['Replace', 4, 1],
  ] as const)('runs side by side, or not: %s', (concurrencyPolicy, starts, active) => {
    plane = startTestControlPlane();
    createCronJob({ concurrencyPolicy }, 'never');
    plane.advance(4.5 * MINUTE);
    expect(started()).toBe(starts);
    expect(cronJob()?.status?.active).toHaveLength(active);
    expect(jobs()).toHaveLength(active);
    expect(reasons().includes('JobAlreadyActive')).toBe(concurrencyPolicy === 'Forbid');
  });

  it('starts a run that was forbidden once the one before has ended', () => {
    plane = startTestControlPlane();
    createCronJob({ concurrencyPolicy: 'Forbid' }, 90_000);
    plane.advance(3 * MINUTE + 30_000);
    expect(started()).toBe(2);
  });

  it('no longer counts a Job that was set aside by hand, and starts what that forbade', () => {
    plane = startTestControlPlane();
    createCronJob({ concurrencyPolicy: 'Forbid' }, 'never');
    plane.advance(150_000);
    expect(started()).toBe(1);
    const name = jobs()[0]?.metadata.name ?? '';
    const metadata = { ownerReferences: null };
    plane.client.patch({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name }, 'merge', { metadata });
    plane.settle();
    expect(started()).toBe(2);
    expect(cronJob()?.status?.active?.map((job) => job.name)).toEqual([jobs()[1]?.metadata.name]);
  });

  it('starts one of many missed runs, the newest', () => {
    plane = startTestControlPlane();
    createCronJob();
    plane.settle();
    plane.manager.stop();
    plane.advance(3 * 24 * 60 * MINUTE + 20_000);
    plane.restartManager();
    plane.settle();
    expect(started()).toBe(1);
    expect(plane.clock.wallMs() - (parseTime(cronJob()?.status?.lastScheduleTime) ?? 0)).toBeLessThan(MINUTE);
    expect(reasons()).toContain('TooManyMissedTimes');
  });

  it('starts nothing that is later than startingDeadlineSeconds', () => {
    plane = startTestControlPlane();
    createCronJob({ schedule: '0 * * * *', startingDeadlineSeconds: 60 });
    plane.settle();
    plane.manager.stop();
    plane.advance(3 * 60 * MINUTE - (plane.clock.wallMs() % (60 * MINUTE)) + 5 * MINUTE);
    plane.restartManager();
    plane.settle();
    expect(started()).toBe(0);
    plane.advance(60 * MINUTE);
    expect(started()).toBe(1);
  });

  it('starts nothing while it is suspended, and one run after', () => {
    plane = startTestControlPlane();
    createCronJob({ suspend: true });
    plane.advance(10 * MINUTE);
    expect(jobs()).toEqual([]);
    plane.client.patch(NIGHTLY, 'merge', { spec: { suspend: false } });
    plane.settle();
    expect(started()).toBe(1);
  });

  it('takes its Jobs with it', () => {
    plane = startTestControlPlane();
    createCronJob();
    plane.advance(3 * MINUTE);
    plane.client.delete(NIGHTLY);
    plane.settle();
    expect([...jobs(), ...plane.client.list('Pod')]).toEqual([]);
  });
});
