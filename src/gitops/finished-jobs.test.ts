import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planCommit } from './plan-commit.ts';
import { configMap, drive, NAMESPACE, TestLoop, type TestLoopOptions } from './testing.ts';

const KEY = '/batch/jobs/shop/once';
const NAME = { namespace: 'shop', name: 'once' };

let loop: TestLoop;
let code: number;
/** Uids of the Jobs that there were. */
let runs: Set<string>;

beforeEach(() => {
  code = 0;
  runs = new Set();
});

afterEach(async () => {
  await loop.stop();
});

function job({ ttl = 0, note = '', suspend = false, command = 'migrate', annotations = '' } = {}): string {
  return `apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop, labels: {note: "${note}"}, annotations: {${annotations}}}
spec:
  ttlSecondsAfterFinished: ${ttl}
  backoffLimit: 0
  suspend: ${suspend}
  template: {spec: {restartPolicy: Never, containers: [{name: main, image: "task:1", command: [${command}]}]}}
`;
}

function open(options: TestLoopOptions): void {
  loop = new TestLoop(options);
  loop.kubelet.exitOf = () => ({ code, afterMs: 100 });
  loop.test.client.watch('Job', ({ object }) => runs.add(object.metadata.uid));
}

async function begin(files: Readonly<Record<string, string>>, paths: readonly string[] = ['.']): Promise<void> {
  open({ paths });
  loop.push(files);
  await loop.start();
  await loop.run(20_000);
}

async function push(files: Readonly<Record<string, string>>): Promise<void> {
  loop.push(files);
  await loop.run(20_000);
}

async function restart(paths: readonly string[] = ['.']): Promise<void> {
  await loop.stop();
  open({ paths, repository: loop.repository, registry: loop.test });
  await loop.start();
  await loop.run(20_000);
}

function getJob() {
  return loop.test.client.get('Job', NAME);
}

function deleteAsPerson(kind: 'Job' | 'Namespace', name: string): void {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'v1';
  const reference = { apiVersion, kind, name, ...(kind === 'Job' ? { namespace: 'shop' } : {}) };
  loop.test.client.as({ user: 'ann', fieldManager: 'kubectl' }).delete(reference, { propagationPolicy: 'Background' });
}

async function plan(
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['.'],
): Promise<readonly string[]> {
  const { client, clock } = loop.test;
  loop.push(files, 'other');
  const commit = loop.repository.tip('other');
  if (commit === undefined) throw new Error('nothing was pushed');
  const options = { client: client.as({ user: 'x', fieldManager: 'x' }), source: loop.source, loader: loop.loader };
  const plans = await drive(
    clock,
    planCommit({ ...options, state: loop.state, clock, paths, rootName: 'root', commit }),
  );
  return plans.flatMap(({ changes }) =>
    changes
      .filter(({ id }) => id.kind === 'Job')
      .map(({ action, reason }) => `${action} ${reason?.split(':')[0] ?? ''}`),
  );
}

const base = { 'a.yaml': NAMESPACE };
const SKIPPED = 'skipped finished, not run again';

describe('a Job of Git that its time to live has deleted', () => {
  it('runs once, is healthy as it ended, and is no drift', async () => {
    await begin({ ...base, 'job.yaml': job() });
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([1, undefined, 'Healthy']);
    expect(loop.events.filter(({ type }) => type === 'drift')).toEqual([]);
    expect(loop.reconciler.applications[0]?.health).toMatchObject({ total: 2, current: 2 });
    expect(loop.reconciler.applications[0]?.finishedJobs).toMatchObject([
      { id: NAME, finished: { outcome: 'Complete' } },
    ]);
  });

  it('that failed stays so until its manifest is another', async () => {
    code = 1;
    await begin({ ...base, 'job.yaml': job({ ttl: 2 }) });
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([1, undefined, 'Degraded']);
    expect(loop.messageOf('root')).toBe('Job/shop/once: Job has reached the specified backoff limit');
    await push({ ...base, 'job.yaml': job({ ttl: 2 }), 'b.yaml': configMap('page', 'x') });
    expect([runs.size, loop.phaseOf('root')]).toEqual([1, 'Failed']);
    code = 0;
    await push({ ...base, 'job.yaml': job({ ttl: 2, command: 'better' }) });
    expect([runs.size, loop.phaseOf('root')]).toEqual([2, 'Healthy']);
  });

  it('stays done over restarts and other commits, and a plan says so', async () => {
    await begin({ ...base, 'job.yaml': job() });
    const files = { ...base, 'job.yaml': job(), 'b.yaml': configMap('page', 'x') };
    expect(await plan(files)).toEqual([SKIPPED]);
    await push(files);
    await restart();
    expect([runs.size, loop.phaseOf('root'), loop.reconciler.applications[0]?.health.current]).toEqual([
      1,
      'Healthy',
      3,
    ]);
    expect(await plan({ ...base, 'job.yaml': job({ note: 'other' }) })).toEqual(['created ']);
    await push({ ...base, 'job.yaml': job({ note: 'other' }) });
    expect(runs.size).toBe(2);
  });

  it('is done, too, when it went while Berth was down', async () => {
    await begin({ ...base, 'job.yaml': job({ ttl: 60 }) });
    expect(getJob()).toBeDefined();
    await loop.stop();
    loop.test.clock.moveTo(loop.test.clock.monotonicMs() + 120_000);
    await restart();
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([1, undefined, 'Healthy']);
  });

  it('is done under another name of its application, too', async () => {
    const files = { 'apps/shop/a.yaml': NAMESPACE, 'apps/shop/job.yaml': job() };
    await begin(files, ['apps/shop']);
    // A second folder of that name: both are called by their paths from now on.
    await loop.stop();
    loop.push({ ...files, 'other/shop/a.yaml': configMap('page', 'x') });
    await restart(['apps/shop', 'other/shop']);
    await loop.run(30_000);
    const names = loop.reconciler.applications.map(({ application }) => application.name);
    expect([runs.size, names]).toEqual([1, ['apps-shop', 'other-shop']]);
    expect(loop.state.getInventoryEntry('apps-shop', KEY)?.finished?.outcome).toBe('Complete');
  });

  it('passes on, done, to the application that declares it now', async () => {
    const stays = configMap('stays', 'x');
    const one = { 'apps/one/a.yaml': NAMESPACE, 'apps/one/b.yaml': stays };
    await begin({ ...one, 'apps/one/job.yaml': job() }, ['apps/*']);
    const moved = { ...one, 'apps/two/job.yaml': job() };
    expect(await plan(moved, ['apps/*'])).toEqual([SKIPPED]);
    await push(moved);
    expect([runs.size, loop.phaseOf('one'), loop.phaseOf('two')]).toEqual([1, 'Healthy', 'Healthy']);
    expect(loop.state.getInventoryEntry('one', KEY)).toBeUndefined();
    expect(loop.state.getInventoryEntry('two', KEY)?.finished?.outcome).toBe('Complete');
  });

  it('is forgotten when Git has it no more, so that it runs when it comes back', async () => {
    await begin({ ...base, 'job.yaml': job() });
    await push(base);
    expect(loop.state.getInventoryEntry('root', KEY)).toBeUndefined();
    await push({ ...base, 'job.yaml': job() });
    expect(runs.size).toBe(2);
  });

  it('runs once more in a namespace that was deleted and made anew', async () => {
    await begin({ ...base, 'job.yaml': job() });
    deleteAsPerson('Namespace', 'shop');
    await loop.run(60_000);
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([2, undefined, 'Healthy']);
  });

  it('that is replaced, since its template changed, runs for each template', async () => {
    const annotations = 'kustomize.toolkit.fluxcd.io/force: enabled';
    await begin({ ...base, 'job.yaml': job({ ttl: 60, annotations }) });
    await push({ ...base, 'job.yaml': job({ ttl: 60, annotations, command: 'other' }) });
    await loop.run(120_000);
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([2, undefined, 'Healthy']);
  });

  it('and that was suspended, runs when Git lets it', async () => {
    await begin({ ...base, 'job.yaml': job({ suspend: true }) });
    expect(getJob()).toBeDefined();
    await push({ ...base, 'job.yaml': job() });
    expect([runs.size, getJob(), loop.phaseOf('root')]).toEqual([1, undefined, 'Healthy']);
  });
});

describe('a Job that a person deletes', () => {
  it.each([
    ['while it runs', -1],
    ['when it has ended and its time to live is not up', 0],
  ])('%s is made anew', async (_when, exit) => {
    open({});
    if (exit < 0) loop.kubelet.exitOf = () => undefined;
    loop.push({ ...base, 'job.yaml': job({ ttl: 600 }) });
    await loop.start();
    await loop.run(10_000);
    deleteAsPerson('Job', 'once');
    await loop.run(10_000);
    expect([runs.size, getJob() !== undefined]).toEqual([2, true]);
  });
});
