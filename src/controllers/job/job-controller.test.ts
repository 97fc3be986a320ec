import { afterEach, describe, expect, it } from 'vitest';
import type { Admission } from '../../api/context.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';
import { INDEX_ANNOTATION, TRACKING_FINALIZER } from './job-pods.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

type JobSpec = NonNullable<Job['spec']>;

function createJob(spec: Partial<JobSpec> = {}, restartPolicy = 'Never'): void {
  plane.client.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: { ...spec, template: { spec: { restartPolicy, containers: [{ name: 'app', image: 'app:1' }] } } },
  });
}

const WORK = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'work' };

function job(): Job {
  const found = plane.client.get('Job', WORK);
  if (found === undefined) throw new Error('the Job is gone');
  return found;
}

const pods = (): readonly Pod[] => plane.client.list('Pod');
const conditions = () =>
  (job().status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const indexOf = (pod: Pod) => pod.metadata.annotations?.[INDEX_ANNOTATION];

/** Every pod ends with the code that `codeOf` gives, one second after its start. */
function ends(codeOf: (pod: Pod, count: number) => number): void {
  let count = 0;
  plane.kubelet.exitOf = (pod) => ({ code: codeOf(pod, ++count), afterMs: 1_000 });
}

describe('a Job', () => {
  it('runs one pod to its end, and counts it', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    createJob();
    plane.settle();
    expect(job().status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(job().status?.completionTime).toBeDefined();
    expect(conditions()).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
    expect(pods().map(({ metadata }) => metadata.finalizers ?? [])).toEqual([[]]);
    const uid = job().metadata.uid;
    expect(job().spec?.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': uid } });
    expect(pods()[0]?.metadata.labels).toMatchObject({ 'job-name': 'work', 'controller-uid': uid });
  });

  it('keeps to its parallelism until all completions are there', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    let most = 0;
    plane.client.watch('Pod', () => {
      most = Math.max(most, pods().filter(({ status }) => status?.phase !== 'Succeeded').length);
    });
    createJob({ completions: 7, parallelism: 3 });
    plane.settle();
    expect(job().status).toMatchObject({ succeeded: 7 });
    expect(pods()).toHaveLength(7);
    expect(most).toBe(3);
  });

  it('ends a work queue when one pod has succeeded and the others have ended', () => {
    plane = startTestControlPlane();
    plane.kubelet.exitOf = () => ({ code: 0, afterMs: pods().length * 1_000 });
    createJob({ parallelism: 3 });
    plane.advance(1_500);
    expect(conditions()).toEqual([]);
    plane.settle();
    expect(pods()).toHaveLength(3);
    expect(job().status).toMatchObject({ succeeded: 3 });
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });

  it('tries again after 10 s, 20 s, … and gives up after backoffLimit', () => {
    plane = startTestControlPlane();
    ends(() => 1);
    createJob({ backoffLimit: 2 });
    plane.advance(9_000);
    expect(pods()).toHaveLength(1);
    plane.advance(4_000);
    expect(pods()).toHaveLength(2);
    plane.advance(15_000);
    expect(pods()).toHaveLength(2);
    plane.advance(600_000);
    expect(pods()).toHaveLength(3);
    expect(job().status).toMatchObject({ failed: 3 });
    expect(conditions()).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(plane.client.list('Event').map(({ reason }) => reason)).toContain('BackoffLimitExceeded');
  });

  it('counts restarts of OnFailure pods, and stops what runs', () => {
    plane = startTestControlPlane();
    createJob({ backoffLimit: 2, parallelism: 2, completions: 2 }, 'OnFailure');
    plane.settle();
    const [pod] = pods();
    if (pod === undefined) throw new Error('no pod');
    const containerStatuses = [{ name: 'app', image: 'app:1', imageID: '', ready: true, restartCount: 2 }];
    plane.client.updateStatus({ ...pod, status: { ...pod.status, containerStatuses } });
    plane.settle();
    expect(conditions()).toContain('Failed=True BackoffLimitExceeded');
    expect(pods()).toEqual([]);
    expect(job().status).toMatchObject({ failed: 2, terminating: 0 });
  });

  it('gives each index its name, host name and variable, and runs it until it succeeds', () => {
    plane = startTestControlPlane();
    const seen = new Set<string>();
    ends((pod) => {
      const isFirstOfOne = indexOf(pod) === '1' && !seen.has('1');
      seen.add(indexOf(pod) ?? '');
      return isFirstOfOne ? 3 : 0;
    });
    createJob({ completionMode: 'Indexed', completions: 4, parallelism: 4 });
    plane.advance(60_000);
    expect(job().status).toMatchObject({ succeeded: 4, failed: 1, completedIndexes: '0-3' });
    expect(pods().map(indexOf).sort()).toEqual(['0', '1', '1', '2', '3']);
    const pod = pods().find((each) => indexOf(each) === '2');
    expect(pod?.metadata.name).toMatch(/^work-2-[a-z0-9]{5}$/);
    expect(pod?.spec?.hostname).toBe('work-2');
    expect(pod?.spec?.containers[0]?.env?.[0]?.name).toBe('JOB_COMPLETION_INDEX');
  });

  it('fails an index by itself, and goes on with the others', () => {
    plane = startTestControlPlane();
    ends((pod) => (indexOf(pod) === '0' ? 1 : 0));
    createJob({ completionMode: 'Indexed', completions: 3, parallelism: 1, backoffLimitPerIndex: 1 });
    plane.advance(600_000);
    expect(job().status).toMatchObject({ completedIndexes: '1,2', failedIndexes: '0', failed: 2, succeeded: 2 });
    expect(conditions()).toContain('Failed=True FailedIndexes');
    const counts = pods().map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count']);
    expect(counts.sort()).toEqual(['0', '0', '0', '1']);
  });

  // Found by the simulator: the last failed pod of an index waited for a successor that a going namespace refuses.
  it('holds no failed pod for its successor in a namespace that goes', () => {
    plane = startTestControlPlane();
    plane.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } };
    const spec = { completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 5, template };
    plane.client.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work', namespace: 'shop' }, spec });
    plane.settle();
    plane.client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    plane.settle();
    expect(pods()).toEqual([]);
    expect(plane.client.get('Namespace', { name: 'shop' })).toBeUndefined();
  });

  it.each<[action: 'FailJob' | 'Ignore' | 'Count', failed: number, outcome: string]>([
    ['FailJob', 1, 'Failed=True PodFailurePolicy'],
    ['Count', 2, 'Failed=True BackoffLimitExceeded'],
    ['Ignore', 0, 'Complete=True CompletionsReached'],
  ])('handles a failure by its policy: %s', (action, failed, outcome) => {
    plane = startTestControlPlane();
    ends((_pod, count) => (action === 'Ignore' && count > 3 ? 0 : 42));
    const rules = [{ action, onExitCodes: { operator: 'In' as const, values: [42] } }];
    createJob({ backoffLimit: 1, podFailurePolicy: { rules } });
    plane.advance(3_600_000);
    expect(job().spec?.podReplacementPolicy).toBe('Failed');
    expect(job().status?.failed ?? 0).toBe(failed);
    expect(conditions()).toContain(outcome);
  });

  it('succeeds by its policy, and removes the pods that linger', () => {
    plane = startTestControlPlane();
    plane.kubelet.exitOf = (pod) => (indexOf(pod) === '0' ? { code: 0, afterMs: 1_000 } : undefined);
    const successPolicy = { rules: [{ succeededIndexes: '0', succeededCount: 1 }] };
    createJob({ completionMode: 'Indexed', completions: 3, parallelism: 3, successPolicy });
    plane.settle();
    expect(conditions()).toEqual(['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy']);
    expect(pods().map(indexOf)).toEqual(['0']);
  });

  it('is stopped by its deadline, which overrides the back-off', () => {
    plane = startTestControlPlane();
    createJob({ activeDeadlineSeconds: 30 });
    plane.advance(29_000);
    expect(conditions()).toEqual([]);
    plane.advance(5_000);
    expect(conditions()).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    expect(pods()).toEqual([]);
  });

  it('has no pods while it is suspended, counts none of them, and starts its deadline anew', () => {
    plane = startTestControlPlane();
    createJob({ activeDeadlineSeconds: 30, completions: 2, parallelism: 2 });
    plane.advance(20_000);
    plane.client.patch(WORK, 'merge', { spec: { suspend: true } });
    plane.settle();
    expect(pods()).toEqual([]);
    expect(job().status?.failed).toBeUndefined();
    expect(conditions()).toEqual(['Suspended=True JobSuspended']);
    plane.advance(100_000);
    plane.client.patch(WORK, 'merge', { spec: { suspend: false } });
    plane.advance(20_000);
    expect(pods()).toHaveLength(2);
    expect(conditions()).toEqual(['Suspended=False JobResumed']);
    plane.advance(20_000);
    expect(conditions()).toContain('Failed=True DeadlineExceeded');
  });

  it('follows its parallelism down without counting what it stops', () => {
    plane = startTestControlPlane();
    createJob({ completions: 5, parallelism: 4 });
    plane.settle();
    plane.client.patch(WORK, 'merge', { spec: { parallelism: 1 } });
    plane.settle();
    expect(pods()).toHaveLength(1);
    expect(job().status).toMatchObject({ active: 1 });
    expect(job().status?.failed).toBeUndefined();
  });

  it.each([
    ['TerminatingOrFailed', 2],
    ['Failed', 1],
  ] as const)('replaces a pod that is being deleted: %s', (podReplacementPolicy, count) => {
    plane = startTestControlPlane();
    plane.kubelet.stopMs = 20_000;
    createJob({ podReplacementPolicy });
    plane.advance(1_000);
    const [pod] = pods();
    plane.client.bind({ namespace: 'default', name: pod?.metadata.name ?? '' }, 'box');
    plane.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: pod?.metadata.name ?? '' });
    plane.advance(15_000);
    expect(pods()).toHaveLength(count);
    expect(job().status?.terminating).toBe(1);
    plane.advance(30_000);
    expect(pods()).toHaveLength(1);
    expect(job().status).toMatchObject({ failed: 1, active: 1, terminating: 0 });
  });

  it('goes with its pods, which nothing holds then', () => {
    plane = startTestControlPlane();
    createJob({ parallelism: 3, completions: 3 });
    plane.settle();
    plane.client.delete(WORK, { propagationPolicy: 'Background' });
    plane.settle();
    expect(plane.client.get('Job', WORK)).toBeUndefined();
    expect(pods()).toEqual([]);
  });

  it('lets its pods go when they are orphaned', () => {
    plane = startTestControlPlane();
    createJob();
    plane.settle();
    plane.client.delete(WORK, { propagationPolicy: 'Orphan' });
    plane.settle();
    expect(plane.client.get('Job', WORK)).toBeUndefined();
    expect(pods().map(({ metadata }) => [metadata.finalizers ?? [], metadata.ownerReferences ?? []])).toEqual([
      [[], []],
    ]);
  });

  const LABELS = { app: 'work' };
  const TEMPLATE = {
    metadata: { labels: LABELS },
    spec: { restartPolicy: 'Never' as const, containers: [{ name: 'app', image: 'app:1' }] },
  };
  const METADATA = { name: 'work', namespace: 'default' };

  /** Its pods bear only the labels of its template, and not its name. */
  function createWithOwnSelector(): void {
    const spec = { manualSelector: true, selector: { matchLabels: LABELS }, template: TEMPLATE };
    plane.client.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: METADATA, spec });
  }

  it.each([
    ['Background', 0],
    ['Orphan', 1],
  ] as const)('lets pods go that do not bear its name: %s', (propagationPolicy, left) => {
    plane = startTestControlPlane();
    createWithOwnSelector();
    plane.settle();
    plane.client.delete(WORK, { propagationPolicy });
    plane.settle();
    expect(plane.client.get('Job', WORK)).toBeUndefined();
    expect(pods()).toHaveLength(left);
    expect(pods().flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
  });

  it('lets them go after a restart, too', () => {
    plane = startTestControlPlane();
    createWithOwnSelector();
    plane.settle();
    plane.manager.stop();
    plane.client.delete(WORK, { propagationPolicy: 'Background' });
    plane.restartManager();
    plane.settle();
    expect(pods()).toEqual([]);
  });

  it('adopts nothing once it has ended, and its status stays', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    createWithOwnSelector();
    plane.settle();
    const { status } = job();
    expect(conditions()).toContain('Complete=True CompletionsReached');
    plane.kubelet.exitOf = () => undefined;
    plane.client.create({ apiVersion: 'v1', kind: 'Pod', ...TEMPLATE, metadata: { ...METADATA, labels: LABELS } });
    plane.settle();
    expect(plane.client.get('Pod', METADATA)?.metadata).not.toHaveProperty('ownerReferences');
    expect(job().status).toEqual(status);
  });

  // job_controller_test (TestSyncOrphanPod, TestWatchOrphanPods).
  const owner = (apiVersion: string, kind: string, over: object = {}) => [
    { apiVersion, kind, name: 'gone', uid: 'other', controller: true, ...over },
  ];
  it.each<[what: string, metadata: object, isHeld: boolean]>([
    ['that another kind of controller has', { ownerReferences: owner('example.org/v1', 'Gang') }, true],
    ['of a Job in another group', { ownerReferences: owner('example.org/v1', 'Job') }, true],
    ['of a CronJob', { ownerReferences: owner('batch/v1', 'CronJob') }, true],
    ['of a Job that is not there', { ownerReferences: owner('batch/v1', 'Job') }, false],
    [
      'that is owned and not controlled',
      { ownerReferences: owner('example.org/v1', 'Job', { controller: false }) },
      false,
    ],
    ['that nothing has', {}, false],
    ['that nothing has and that bears no name of a Job', { labels: LABELS }, false],
    ['of that kind without any label', { labels: undefined }, false],
  ])('takes the finalizer off a pod, or leaves it: one %s', (_what, over, isHeld) => {
    plane = startTestControlPlane();
    const labels = { 'batch.kubernetes.io/job-name': 'gone' };
    const metadata = { ...METADATA, labels, finalizers: [TRACKING_FINALIZER], ...over };
    plane.client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: TEMPLATE.spec });
    plane.settle();
    if (pods().length > 0)
      plane.client.delete(
        { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'work' },
        { gracePeriodSeconds: 0 },
      );
    plane.settle();
    expect(pods().map((pod) => pod.metadata.finalizers)).toEqual(isHeld ? [[TRACKING_FINALIZER]] : []);
  });

  it('is deleted after ttlSecondsAfterFinished, with its pods', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    createJob({ ttlSecondsAfterFinished: 60 });
    plane.advance(55_000);
    expect(conditions()).toContain('Complete=True CompletionsReached');
    plane.advance(10_000);
    expect(plane.client.get('Job', WORK)).toBeUndefined();
    expect(pods()).toEqual([]);
  });

  it('stays for as much longer as the clock was put back after it ended', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    createJob({ ttlSecondsAfterFinished: 60 });
    plane.advance(30_000);
    expect(conditions()).toContain('Complete=True CompletionsReached');
    plane.clock.jumpWall(-15 * 60_000);
    plane.advance(15 * 60_000);
    expect(plane.client.get('Job', WORK)).toBeDefined();
    plane.advance(60_000);
    expect(plane.client.get('Job', WORK)).toBeUndefined();
    expect(pods()).toEqual([]);
  });

  it('is counted exactly across restarts of its controller', () => {
    plane = startTestControlPlane();
    ends((_pod, count) => (count % 3 === 0 ? 1 : 0));
    createJob({ completions: 20, parallelism: 5, backoffLimit: 50 });
    for (let i = 0; i < 60; i++) {
      plane.advance(700);
      plane.restartManager();
    }
    plane.advance(3_600_000);
    const ended = (phase: string) => pods().filter(({ status }) => status?.phase === phase).length;
    expect(job().status).toMatchObject({ succeeded: 20, failed: ended('Failed') });
    expect(ended('Succeeded')).toBe(20);
    expect(pods().some(({ metadata }) => metadata.finalizers?.includes(TRACKING_FINALIZER))).toBe(false);
  });

  it('says in its status why its pods cannot be made, until they can', () => {
    let isRefused = true;
    const admit: Admission = ({ kind, verb }) => {
      if (kind.kind !== 'Pod' || verb !== 'create' || !isRefused) return undefined;
      const path = ['spec'];
      return {
        problems: [{ code: 'FieldValueForbidden', severity: 'error', path, at: 'value', message: 'exceeded quota' }],
      };
    };
    plane = startTestControlPlane({ admission: [admit] });
    ends(() => 0);
    createJob();
    plane.advance(1_000);
    expect(conditions()).toEqual(['ReplicaFailure=True FailedCreate']);
    expect(job().status?.conditions?.[0]?.message).toContain('exceeded quota');
    isRefused = false;
    plane.advance(20_000);
    expect(conditions()).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
  });

  it('comes to rest', () => {
    plane = startTestControlPlane();
    ends(() => 0);
    createJob({ completions: 3 });
    plane.advance(60_000);
    const { revision } = plane.client;
    plane.restartManager();
    plane.advance(600_000);
    expect(plane.client.revision).toBe(revision);
  });
});
