import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Job, Pod } from '../../objects/types.ts';
import { actionsOf, compute, indexed, jobOf, type PodSketch, plain, podOf } from '../testing/jobs.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { computeJob, countPods, type JobResult } from './compute-job.ts';
import { NO_FAILURES } from './job-backoff.ts';
import { isTracked } from './job-pods.ts';

describe('computeJob', () => {
  it.each<[rule: string, job: Job, pods: readonly PodSketch[], actions: readonly string[]]>([
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
