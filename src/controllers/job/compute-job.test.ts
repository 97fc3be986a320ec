import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { computeJob, countPods, type JobResult } from './compute-job.ts';
import { IndexSet } from './index-set.ts';
import { advanceBackoff, NO_FAILURES, remainingBackoffMs } from './job-backoff.ts';
import { FAILURES_ANNOTATION, finishedMs, INDEX_ANNOTATION, isTracked, TRACKING_FINALIZER } from './job-pods.ts';
import { judgePodFailure } from './pod-failure-policy.ts';
import { matchSuccessPolicy } from './success-policy.ts';

type JobSpec = NonNullable<Job['spec']>;

function jobOf(spec: Partial<JobSpec>, status: Job['status'] = { startTime: ago(60) }): Job {
  const template = { spec: { restartPolicy: 'Never' as const, containers: [{ name: 'app', image: 'app:1' }] } };
  const metadata = { name: 'work', namespace: 'default', uid: 'job', resourceVersion: '1', creationTimestamp: ago(60) };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template, ...spec }, status: status ?? {} };
}

interface Sketch {
  readonly name: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly index?: number;
  readonly failures?: number;
  readonly counted?: boolean;
  readonly deleted?: boolean;
  readonly exitCode?: number;
  readonly endedAgo?: number;
}

function podOf({ name, phase, index, failures, exitCode = 1, endedAgo = 1, ...sketch }: Sketch): Pod {
  const terminated = { exitCode, finishedAt: ago(endedAgo) };
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: ago(30) },
      ...(sketch.counted === true ? {} : { finalizers: [TRACKING_FINALIZER] }),
      annotations: {
        ...(index === undefined ? {} : { [INDEX_ANNOTATION]: `${index}` }),
        ...(failures === undefined ? {} : { [FAILURES_ANNOTATION]: `${failures}` }),
      },
      ...(sketch.deleted === true ? { deletionTimestamp: ago(1) } : {}),
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
    status: {
      phase,
      containerStatuses: [
        { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, state: hasEnded ? { terminated } : {} },
      ],
    },
  };
}

function compute(job: Job, pods: readonly Pod[]): JobResult {
  return computeJob(deepFreeze({ job, pods, backoff: NO_FAILURES, nowMs: NOW_MS }));
}

function actionsOf({ actions }: JobResult): readonly string[] {
  return actions.map((action) =>
    action.type === 'createPod'
      ? `create ${action.part?.index ?? ''}`.trim()
      : `${action.type} ${action.pod.metadata.name}`,
  );
}

const plain = (over: Partial<JobSpec> = {}) => ({ parallelism: 2, completions: 3, ...over });
const indexed = (over: Partial<JobSpec> = {}) => plain({ completionMode: 'Indexed', ...over });

describe('computeJob', () => {
  it.each<[rule: string, job: Job, pods: readonly Sketch[], actions: readonly string[]]>([
    ['starts as many as may run at once', jobOf(plain()), [], ['create', 'create']],
    ['starts no more than is left to do', jobOf(plain(), { succeeded: 2 }), [], ['create']],
    [
      'counts an ended pod, lets it go and starts the next',
      jobOf(plain()),
      [
        { name: 'a', phase: 'Succeeded' },
        { name: 'b', phase: 'Running' },
      ],
      ['releasePod a', 'create'],
    ],
    [
      'does not count a pod twice',
      jobOf(plain(), { succeeded: 1 }),
      [{ name: 'a', phase: 'Succeeded', counted: true }],
      ['create', 'create'],
    ],
    [
      'waits out its back-off after a failure',
      jobOf(plain()),
      [{ name: 'a', phase: 'Failed', endedAgo: 3 }],
      ['releasePod a'],
    ],
    [
      'stops the youngest when parallelism goes down',
      jobOf(plain({ parallelism: 1 })),
      [
        { name: 'a', phase: 'Running' },
        { name: 'b', phase: 'Pending' },
      ],
      ['stopPod b'],
    ],
    [
      'starts nothing more of a work queue once one has succeeded',
      jobOf({ parallelism: 3 }),
      [
        { name: 'a', phase: 'Succeeded' },
        { name: 'b', phase: 'Running' },
      ],
      ['releasePod a'],
    ],
    ['stops all when suspended', jobOf(plain({ suspend: true })), [{ name: 'a', phase: 'Running' }], ['stopPod a']],
    [
      'starts the lowest free indexes',
      jobOf(indexed(), { completedIndexes: '0', succeeded: 1 }),
      [{ name: 'a', phase: 'Running', index: 1 }],
      ['create 2'],
    ],
    [
      'stops a second pod of an index and one without any',
      jobOf(indexed({ parallelism: 3 })),
      [
        { name: 'a', phase: 'Running', index: 1 },
        { name: 'b', phase: 'Pending', index: 1 },
        { name: 'c', phase: 'Running' },
        { name: 'd', phase: 'Running', index: 7 },
      ],
      ['stopPod d', 'stopPod c', 'stopPod b'],
    ],
    [
      'holds the last failure of an index until its back-off is over, and starts the others',
      jobOf(indexed({ backoffLimitPerIndex: 2 })),
      [{ name: 'a', phase: 'Failed', index: 0, failures: 0, endedAgo: 3 }],
      ['create 1'],
    ],
    [
      'then replaces it',
      jobOf(indexed({ backoffLimitPerIndex: 2, parallelism: 1 })),
      [{ name: 'a', phase: 'Failed', index: 0, failures: 0, endedAgo: 11 }],
      ['create 0'],
    ],
    [
      'waits for a pod that is being deleted when it replaces failed ones only',
      jobOf(plain({ podReplacementPolicy: 'Failed', parallelism: 1 })),
      [{ name: 'a', phase: 'Running', deleted: true }],
      [],
    ],
    [
      'takes a deleted pod for failed otherwise',
      jobOf(plain({ podReplacementPolicy: 'TerminatingOrFailed' })),
      [{ name: 'a', phase: 'Running', deleted: true }],
      ['releasePod a'],
    ],
    [
      'removes what runs when it has failed, and lets go of it at once',
      jobOf(plain({ backoffLimit: 0 })),
      [
        { name: 'a', phase: 'Failed' },
        { name: 'b', phase: 'Running' },
      ],
      ['releasePod a', 'releasePod b', 'deletePod b'],
    ],
    [
      'stops pods beyond completions that were lowered',
      jobOf(plain({ completions: 2 }), { succeeded: 2 }),
      [{ name: 'a', phase: 'Running' }],
      ['releasePod a', 'deletePod a'],
    ],
    [
      'does nothing when it has ended',
      jobOf(plain(), { conditions: [{ type: 'Failed', status: 'True' }] }),
      [{ name: 'a', phase: 'Running', counted: true }],
      [],
    ],
  ])('%s', (_rule, job, pods, actions) => {
    expect(actionsOf(compute(job, pods.map(podOf)))).toEqual(actions);
  });

  it('lets all pods go when it is being deleted itself', () => {
    const job = jobOf(plain());
    const going = { ...job, metadata: { ...job.metadata, deletionTimestamp: ago(1) } };
    expect(actionsOf(compute(going, [podOf({ name: 'a', phase: 'Running' })]))).toEqual(['releasePod a']);
  });

  it('announces its end, and says it is over only when nothing runs any more', () => {
    const job = jobOf(plain({ backoffLimit: 0 }));
    const first = compute(job, [podOf({ name: 'a', phase: 'Failed' }), podOf({ name: 'b', phase: 'Running' })]);
    expect(first.status.conditions?.map(({ type }) => type)).toEqual(['FailureTarget']);
    const ending = { ...job, status: first.status };
    const stopping = podOf({ name: 'b', phase: 'Running', deleted: true, counted: true });
    expect(compute(ending, [stopping]).status.conditions).toHaveLength(1);
    const last = compute(ending, [podOf({ name: 'b', phase: 'Failed', deleted: true, counted: true })]);
    expect(last.status.conditions?.map(({ type }) => type)).toEqual(['FailureTarget', 'Failed']);
    expect(last.status.failed).toBe(2);
  });

  const lingering = [
    podOf({ name: 'a', phase: 'Succeeded', index: 0 }),
    podOf({ name: 'b', phase: 'Running', index: 1 }),
  ];
  const ignoring = {
    rules: [{ action: 'Ignore' as const, onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  };
  const disrupted: Pod = {
    ...podOf({ name: 'c', phase: 'Running' }),
    status: { phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  };
  it.each<[what: string, job: Job, pods: readonly Pod[], counts: JobResult['status']]>([
    [
      'counts neither way what it stops by its success policy',
      jobOf(indexed({ successPolicy: { rules: [{ succeededCount: 1 }] } })),
      lingering,
      { succeeded: 1, completedIndexes: '0' },
    ],
    [
      'counts as failed what it stops by its deadline, whatever becomes of it',
      jobOf(indexed({ activeDeadlineSeconds: 60, podReplacementPolicy: 'Failed' })),
      lingering,
      { succeeded: 1, failed: 1 },
    ],
    [
      'but not what its failure policy ignores',
      jobOf(plain({ activeDeadlineSeconds: 60, podFailurePolicy: ignoring })),
      [disrupted, podOf({ name: 'd', phase: 'Running' })],
      { failed: 1 },
    ],
    [
      'nor a pod without an index of its own',
      jobOf(indexed({ activeDeadlineSeconds: 60 })),
      [podOf({ name: 'e', phase: 'Running' })],
      {},
    ],
  ])('%s', (_what, job, pods, { succeeded, failed, completedIndexes }) => {
    const result = compute(job, pods);
    expect(result.status).toMatchObject({ ...(completedIndexes === undefined ? {} : { completedIndexes }) });
    expect([result.status.succeeded, result.status.failed]).toEqual([succeeded, failed]);
    // Nothing that happens to those pods later is counted any more.
    const later = pods.map(
      (pod): Pod => ({
        ...pod,
        metadata: { ...pod.metadata, finalizers: [], deletionTimestamp: ago(0) },
        status: { ...pod.status, phase: 'Succeeded' },
      }),
    );
    const after = compute({ ...job, status: result.status }, later);
    expect([after.status.succeeded, after.status.failed]).toEqual([succeeded, failed]);
  });

  // indexed_job_utils_test (TestCalculateSucceededIndexes); elastic: completions and parallelism changed together.
  it.each<
    [
      what: string,
      completions: number,
      before: string,
      ended: readonly (readonly [number, Sketch['phase']])[],
      after: string,
    ]
  >([
    [
      'counts an index once',
      11,
      '',
      [
        [4, 'Succeeded'],
        [4, 'Succeeded'],
        [9, 'Failed'],
        [9, 'Succeeded'],
      ],
      '4,9',
    ],
    [
      'leaves out what lies beyond completions',
      5,
      '',
      [
        [0, 'Succeeded'],
        [4, 'Succeeded'],
        [5, 'Succeeded'],
      ],
      '0,4',
    ],
    ['forgets what lies beyond completions that were lowered', 8, '0-5,8-10', [], '0-5'],
    ['also where that ends within an interval', 10, '0-5,8-10', [], '0-5,8,9'],
    ['also where nothing is left', 2, '3', [], ''],
    [
      'puts new ones between',
      13,
      '0,4,5,10-12',
      [
        [2, 'Succeeded'],
        [7, 'Succeeded'],
        [8, 'Succeeded'],
      ],
      '0,2,4,5,7,8,10-12',
    ],
    [
      'joins what touches',
      9,
      '2,7,8',
      [
        [3, 'Succeeded'],
        [4, 'Succeeded'],
        [6, 'Succeeded'],
      ],
      '2-4,6-8',
    ],
    ['takes what it can read', 4, '0,1-foo,bar', [[3, 'Succeeded']], '0,3'],
  ])('of an elastic Job: %s', (_what, completions, before, ended, after) => {
    const count = IndexSet.parse(before).size;
    const status = { startTime: ago(60), ...(before === '' ? {} : { completedIndexes: before, succeeded: count }) };
    const job = jobOf(indexed({ completions, backoffLimit: 9 }), status);
    const pods = ended.map(([index, phase], at) => podOf({ name: `p${at}`, phase, index }));
    const result = compute(job, pods).status;
    expect([result.completedIndexes ?? '', result.succeeded ?? 0]).toEqual([after, IndexSet.parse(after).size]);
  });

  // job_controller_test (TestControllerSyncJob, TestSyncPastDeadlineJobFinished, TestSyncJobWithJobBackoffLimitPerIndex,
  // TestSyncJobWithJobSuccessPolicy) and pod_failure_policy_test, with values of our own.
  const by = (action: 'Ignore' | 'Count' | 'FailJob', values: number[]) => ({
    action,
    onExitCodes: { operator: 'In' as const, values },
  });
  const is = (type: string, status: 'True' | 'False') => ({ type, status, reason: 'ByHand' });
  const suspended = { startTime: ago(500), conditions: [is('Suspended', 'True')] };
  it.each<[what: string, job: Job, pods: string, expected: string]>([
    ['starts a work queue with all that may run', jobOf({ parallelism: 2 }), '', 'create create'],
    ['leaves pending pods time', jobOf(plain()), 'p p', ''],
    ['fills up to what is left', jobOf(plain({ parallelism: 4, completions: 5 })), 'r s s s', 'create'],
    ['runs nothing with parallelism 0', jobOf(plain({ parallelism: 0 })), 'r r', 'stop stop'],
    ['creates nothing where the last that is needed runs', jobOf(plain(), { succeeded: 2 }), 'r', ''],
    ['completes', jobOf(plain()), 's s s', 'SuccessCriteriaMet Complete:CompletionsReached'],
    [
      'completes while suspended',
      jobOf(plain({ suspend: true })),
      's s s',
      'SuccessCriteriaMet Complete:CompletionsReached',
    ],
    [
      'completes a work queue once the last has ended',
      jobOf({ parallelism: 3 }),
      's f',
      'SuccessCriteriaMet Complete:CompletionsReached',
    ],
    [
      'completes at once what wants nothing',
      jobOf(plain({ completions: 0 })),
      '',
      'SuccessCriteriaMet Complete:CompletionsReached',
    ],
    ['fails at its limit', jobOf(plain({ backoffLimit: 1 })), 'f f', 'FailureTarget Failed:BackoffLimitExceeded'],
    ['goes on below it', jobOf(plain({ backoffLimit: 2 })), 'f f', ''],
    [
      'fails before it completes',
      jobOf(plain({ backoffLimit: 0 })),
      's s s f',
      'FailureTarget Failed:BackoffLimitExceeded',
    ],
    ['fails at its deadline', jobOf(plain({ activeDeadlineSeconds: 60 })), '', 'FailureTarget Failed:DeadlineExceeded'],
    [
      'has no deadline while suspended',
      jobOf(plain({ activeDeadlineSeconds: 1, suspend: true })),
      '',
      'Suspended:JobSuspended',
    ],
    [
      'counts the deadline anew when resumed',
      jobOf(plain({ activeDeadlineSeconds: 60 }), suspended),
      '',
      'create create Suspended:JobResumed',
    ],
    ['stays suspended', jobOf(plain({ suspend: true }), suspended), 'r', 'stop Suspended:ByHand'],
    [
      'ignores an end that somebody denied',
      jobOf(plain(), { startTime: ago(60), conditions: [is('FailureTarget', 'False')] }),
      '',
      'create create FailureTarget:ByHand',
    ],
    [
      'keeps to an end that is announced',
      jobOf(plain(), { startTime: ago(60), conditions: [is('FailureTarget', 'True')] }),
      's s s',
      'FailureTarget Failed:ByHand',
    ],
    [
      'takes success that is announced',
      jobOf(plain(), { startTime: ago(60), conditions: [is('SuccessCriteriaMet', 'True')] }),
      'f',
      'SuccessCriteriaMet Complete:ByHand',
    ],
    [
      'fails by its policy below the limit',
      jobOf(plain({ podFailurePolicy: { rules: [by('FailJob', [1])] } })),
      'f',
      'FailureTarget Failed:PodFailurePolicy',
    ],
    [
      'takes the first rule that matches',
      jobOf(plain({ backoffLimit: 0, podFailurePolicy: { rules: [by('Ignore', [1]), by('FailJob', [1])] } })),
      'f',
      '',
    ],
    [
      'counts by a rule that says so',
      jobOf(plain({ backoffLimit: 0, podFailurePolicy: { rules: [by('Count', [1]), by('Ignore', [1])] } })),
      'f',
      'FailureTarget Failed:BackoffLimitExceeded',
    ],
    ['does not judge what runs', jobOf(plain({ podFailurePolicy: { rules: [by('FailJob', [1])] } })), 'r', 'create'],
  ])('%s', (_what, job, pods, expected) => {
    const phases = { p: 'Pending', r: 'Running', s: 'Succeeded', f: 'Failed' } as const;
    const sketches = pods === '' ? [] : pods.split(' ');
    const result = compute(
      job,
      sketches.map((letter, at) => podOf({ name: `p${at}`, phase: phases[letter as keyof typeof phases] })),
    );
    const done = actionsOf(result).map((action) => (action.startsWith('stop') ? 'stop' : action));
    const conditions = result.status.conditions ?? [];
    const end =
      conditions.length === 0 ? [] : [`${conditions.map(({ type }) => type).join(' ')}:${conditions.at(-1)?.reason}`];
    expect([...done.filter((action) => !/^(release|delete)/.test(action)), ...end].join(' ')).toBe(expected);
  });

  it('says when more pods have succeeded than were asked for', () => {
    const job = jobOf(plain({ completions: 2 }), { startTime: ago(60), succeeded: 2 });
    expect(compute(job, [podOf({ name: 'a', phase: 'Succeeded' })]).events.map(({ reason }) => reason)).toEqual([
      'TooManySucceededPods',
      'Completed',
    ]);
  });

  it('counts uids that an earlier status left uncounted, and their pods no more', () => {
    const uncountedTerminatedPods = { succeeded: ['a', 'gone'], failed: ['b'] };
    const job = jobOf(plain({ completions: 9 }), { succeeded: 1, uncountedTerminatedPods });
    const pods = [podOf({ name: 'a', phase: 'Succeeded' }), podOf({ name: 'b', phase: 'Failed' })];
    expect(compute(job, pods).status).toMatchObject({ succeeded: 3, failed: 1, uncountedTerminatedPods: {} });
  });

  it('never runs more than parallelism allows and counts every pod exactly once, whatever happens', () => {
    const step = fc.record({
      pick: fc.nat(9),
      end: fc.constantFrom<Pod['status']>({ phase: 'Succeeded' }, { phase: 'Failed' }),
    });
    const world = fc.record({
      parallelism: fc.integer({ min: 1, max: 4 }),
      completions: fc.integer({ min: 1, max: 8 }),
      isIndexed: fc.boolean(),
      steps: fc.array(step, { maxLength: 40 }),
    });
    fc.assert(
      fc.property(world, ({ parallelism, completions, isIndexed, steps }) => {
        let job = jobOf({
          parallelism,
          completions,
          backoffLimit: 1000,
          ...(isIndexed ? { completionMode: 'Indexed' as const } : {}),
        });
        let pods: Pod[] = [];
        let created = 0;
        let nowMs = NOW_MS;
        const ended = { Succeeded: 0, Failed: 0 };
        const sync = () => {
          nowMs += 3_600_000;
          const result = computeJob({ job, pods, backoff: NO_FAILURES, nowMs });
          for (const action of result.actions) {
            if (action.type === 'createPod') {
              const index = action.part?.index;
              pods.push(podOf({ name: `p${created++}`, phase: 'Running', ...(index === undefined ? {} : { index }) }));
            } else if (action.type === 'releasePod') {
              pods = pods.map((pod) =>
                pod === action.pod ? { ...pod, metadata: { ...pod.metadata, finalizers: [] } } : pod,
              );
            } else {
              pods = pods.filter((pod) => pod !== action.pod);
            }
          }
          job = { ...job, status: countPods(result.status, pods) };
          expect(job.status?.active ?? 0).toBeLessThanOrEqual(parallelism);
          expect(pods.filter((pod) => isTracked(pod) && pod.status?.phase !== 'Running')).toEqual([]);
        };
        sync();
        for (const { pick, end } of steps) {
          const running = pods.filter(({ status }) => status?.phase === 'Running');
          const chosen = running[pick % Math.max(1, running.length)];
          if (chosen === undefined) continue;
          ended[end?.phase === 'Succeeded' ? 'Succeeded' : 'Failed']++;
          pods = pods.map((pod) => (pod === chosen ? { ...pod, status: { ...end } } : pod));
          sync();
        }
        expect([job.status?.succeeded ?? 0, job.status?.failed ?? 0]).toEqual([ended.Succeeded, ended.Failed]);
        expect(ended.Succeeded).toBeLessThanOrEqual(completions);
        const isComplete = job.status?.conditions?.some(({ type }) => type === 'Complete') ?? false;
        expect(isComplete).toBe(ended.Succeeded === completions);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

describe('judgePodFailure', () => {
  const failed = podOf({ name: 'a', phase: 'Failed', exitCode: 42 });
  const withCondition: Pod = {
    ...failed,
    status: { ...failed.status, conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  };
  it.each([
    ['In matches', { onExitCodes: { operator: 'In' as const, values: [1, 42] } }, failed, 'FailJob'],
    ['In does not match', { onExitCodes: { operator: 'In' as const, values: [1] } }, failed, 'Count'],
    [
      'NotIn matches what is not listed',
      { onExitCodes: { operator: 'NotIn' as const, values: [1] } },
      failed,
      'FailJob',
    ],
    [
      'of another container',
      { onExitCodes: { operator: 'In' as const, values: [42], containerName: 'b' } },
      failed,
      'Count',
    ],
    ['a condition', { onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }, withCondition, 'FailJob'],
    ['no such condition', { onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }, failed, 'Count'],
    [
      'success never matches',
      { onExitCodes: { operator: 'NotIn' as const, values: [1] } },
      podOf({ name: 'a', phase: 'Failed', exitCode: 0 }),
      'Count',
    ],
  ])('%s', (_rule, requirement, pod, action) => {
    expect(judgePodFailure({ rules: [{ action: 'FailJob', ...requirement }] }, pod).action).toBe(action);
  });

  it('says why, as Kubernetes does', () => {
    const rules = [
      { action: 'Ignore' as const, onPodConditions: [{ type: 'X', status: 'True' }] },
      { action: 'FailJob' as const, onExitCodes: { operator: 'In' as const, values: [42] } },
    ];
    expect(judgePodFailure({ rules }, failed).message).toBe(
      'Container app for pod default/a failed with exit code 42 matching FailJob rule at index 1',
    );
  });
});

it.each([
  [{ succeededIndexes: '0,2-3' }, '0,2-3', true],
  [{ succeededIndexes: '0,2-3' }, '0,2', false],
  [{ succeededIndexes: '0,2-3', succeededCount: 2 }, '1,3,0', true],
  [{ succeededIndexes: '10-12' }, '', false],
  [{ succeededCount: 2 }, '1', false],
  // success_policy_test (TestMatchSuccessPolicy): no index at all, one out of reach, and overlaps at either end.
  [{ succeededIndexes: '' }, '1-3', false],
  [{ succeededIndexes: '10-12' }, '1-3', false],
  [{ succeededIndexes: '2-4,8-12' }, '2-5,7-9', true],
  [{ succeededIndexes: '0-2,4-6' }, '1-3,5-7', false],
  [{ succeededIndexes: '0-2,4-6', succeededCount: 4 }, '1-3,5-7', true],
  [{ succeededIndexes: '0-2,4-6', succeededCount: 5 }, '1-3,5-7', false],
  [{ succeededIndexes: '0-5,7-9', succeededCount: 8 }, '1-5,7-9', true],
  [{ succeededCount: 2 }, '1,4', true],
])('success policy %j over %s is %s', (rule, succeeded, isMet) => {
  expect(matchSuccessPolicy({ rules: [rule] }, 10, IndexSet.parse(succeeded)) !== undefined).toBe(isMet);
});

describe('the back-off of a Job', () => {
  // backoff_utils_test (TestGetRemainingBackoffTime), with the limit of job_controller.go.
  it('is 10 s after the first failure, doubles, and ends at 10 min', () => {
    const waits = [1, 2, 3, 6, 7, 50].map((failures) => remainingBackoffMs({ failures, lastFailureMs: 0 }, 0) / 1000);
    expect(waits).toEqual([10, 20, 40, 320, 600, 600]);
  });

  it('starts from nothing after a success', () => {
    const failed = podOf({ name: 'a', phase: 'Failed', endedAgo: 20 });
    const ended = { failed: [failed], succeeded: [podOf({ name: 'b', phase: 'Succeeded', endedAgo: 10 })] };
    expect(advanceBackoff({ failures: 4, lastFailureMs: 0 }, ended)).toEqual(NO_FAILURES);
    const once = advanceBackoff(NO_FAILURES, { failed: [failed], succeeded: [] });
    expect(once).toEqual({ failures: 1, lastFailureMs: NOW_MS - 20_000 });
  });

  it('takes a failure of the same second as a success for an earlier one', () => {
    const ended = {
      failed: [podOf({ name: 'a', phase: 'Failed', endedAgo: 10 })],
      succeeded: [podOf({ name: 'b', phase: 'Succeeded', endedAgo: 10 })],
    };
    expect(advanceBackoff(NO_FAILURES, ended)).toEqual(NO_FAILURES);
  });

  const bare = podOf({ name: 'a', phase: 'Failed' });
  const terminated = (seconds: number) => ({ terminated: { exitCode: 1, finishedAt: ago(seconds) } });
  const statusOf = (name: string, state: object) => ({
    name,
    image: '',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
  });
  const sidecar = { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' as const };
  it.each<[what: string, pod: Pod, secondsAgo: number]>([
    ['the end of its last container', bare, 1],
    [
      'the end of its sidecar, which is later',
      {
        ...bare,
        spec: { containers: [], initContainers: [sidecar] },
        status: {
          phase: 'Failed',
          containerStatuses: [statusOf('app', terminated(9))],
          initContainerStatuses: [statusOf('proxy', terminated(4))],
        },
      },
      4,
    ],
    [
      'since when it is not ready, while one container has not ended',
      {
        ...bare,
        status: {
          phase: 'Failed',
          containerStatuses: [statusOf('app', terminated(9)), statusOf('b', {})],
          conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(7) }],
        },
      },
      7,
    ],
    [
      'the moment of its deletion',
      { ...bare, metadata: { ...bare.metadata, deletionTimestamp: ago(3), deletionGracePeriodSeconds: 2 }, status: {} },
      5,
    ],
    ['when it was made, where nothing else is known', { ...bare, status: { phase: 'Failed' } }, 30],
  ])('takes for the end of a pod %s', (_what, pod, secondsAgo) => {
    expect(finishedMs(pod)).toBe(NOW_MS - secondsAgo * 1_000);
  });
});

describe('a Job past its deadline that goes', () => {
  const late = jobOf(plain({ activeDeadlineSeconds: 10 }));
  const deleted = { ...late, metadata: { ...late.metadata, deletionTimestamp: ago(1) } };
  const pods = [podOf({ name: 'a', phase: 'Running', deleted: true, counted: true })];

  it.each([
    ['itself', { job: deleted }],
    ['with its namespace', { job: late, isNamespaceGoing: true }],
  ])('%s, waits for its pods and looks no sooner (seed 2762)', (_what, parts) => {
    const result = computeJob(deepFreeze({ pods, backoff: NO_FAILURES, nowMs: NOW_MS, ...parts }));
    expect(result.requeueAfterMs).toBeUndefined();
    expect(result.actions).toEqual([]);
  });
});

describe('IndexSet', () => {
  it('reads and writes the text form, whatever the indexes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), fc.uniqueArray(fc.nat(60)), (left, right) => {
        const [a, b] = [IndexSet.of(left), IndexSet.of(right)];
        expect(IndexSet.parse(a.toString()).toString()).toBe(a.toString());
        const both = new Set([...left, ...right]);
        const union = a.union(b);
        expect(union.size).toBe(both.size);
        for (let index = 0; index <= 61; index++) expect(union.has(index)).toBe(both.has(index));
        expect(a.overlap(b)).toBe(left.filter((index) => right.includes(index)).length);
        const missing = Array.from({ length: 61 }, (_, index) => index).filter((index) => !left.includes(index));
        expect(a.firstMissing(5, 61)).toEqual(missing.slice(0, 5));
      }),
      { seed: 3 },
    );
    expect(IndexSet.of([7, 1, 3, 4, 5, 9, 10]).toString()).toBe('1,3-5,7,9,10');
    expect(IndexSet.parse('2-9,x,', 5).toString()).toBe('2-4');
  });
});
