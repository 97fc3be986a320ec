import { describe, expect, it } from 'vitest';
import type { Job, Pod } from '../../objects/types.ts';
import { compute, indexed, jobOf, type PodSketch, podOf } from '../testing/jobs.ts';
import { ago } from '../testing/objects.ts';
import { countPods } from './compute-job.ts';
import { IndexSet } from './index-set.ts';

/** Cases of Kubernetes' own tables, named above each, with values of our own. */
describe('computeJob of Indexed Jobs, as Kubernetes has it in its tables', () => {
  // indexed_job_utils_test (TestCalculateSucceededIndexes); elastic: completions and parallelism changed together.
  it.each<
    [
      what: string,
      completions: number,
      before: string,
      ended: readonly (readonly [number, PodSketch['phase']])[],
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

  const by = (action: 'Ignore' | 'Count' | 'FailJob', values: number[]) => ({
    action,
    onExitCodes: { operator: 'In' as const, values },
  });
  // job_controller_test (TestControllerSyncJob, TestSyncJobWithJobBackoffLimitPerIndex,
  // TestSyncJobWithJobSuccessPolicy), the Indexed Jobs. A pod is its index, its phase and, in brackets, the failures of
  // its index before it; `-` stands for no index.
  const indexedPods = (text: string): Pod[] =>
    (text === '' ? [] : text.split(' ')).map((word, at) => {
      const [, index, letter = 'r', failures] = /^(-|\d+)([prsfd])(?:\((\d+)\))?$/.exec(word) ?? [];
      const phases = { p: 'Pending', r: 'Running', s: 'Succeeded', f: 'Failed', d: 'Running' } as const;
      return podOf({
        name: `p${at}`,
        phase: phases[letter as keyof typeof phases],
        endedAgo: 3600,
        ...(index === '-' ? {} : { index: Number(index) }),
        ...(failures === undefined ? {} : { failures: Number(failures) }),
        ...(letter === 'd' ? { deleted: true } : {}),
      });
    });
  const perIndex = (over: object = {}) => indexed({ parallelism: 2, completions: 2, backoffLimitPerIndex: 1, ...over });
  const share = { successPolicy: { rules: [{ succeededIndexes: '0,1', succeededCount: 1 }] } };
  const announced = (type: string, reason: string) => ({
    startTime: ago(60),
    conditions: [{ type, status: 'True', reason, message: 'said before' }],
  });
  it.each<[what: string, spec: object, status: Job['status'], pods: string, expected: string]>([
    ['starts the first', { parallelism: 2, completions: 5 }, undefined, '', 'create 0,1'],
    [
      'replaces a pod that stops once it has failed, where the policy says so',
      { parallelism: 2, completions: 5, podReplacementPolicy: 'Failed' },
      undefined,
      '0d',
      'create 1; terminating 1',
    ],
    [
      'and else at once',
      { parallelism: 2, completions: 5, podReplacementPolicy: 'TerminatingOrFailed', backoffLimitPerIndex: 3 },
      undefined,
      '0d',
      'create 1; terminating 1; failedIndexes ',
    ],
    [
      'counts no pod that stops and has no index',
      { parallelism: 2, completions: 5 },
      undefined,
      '-d',
      'create 0,1; terminating 1',
    ],
    [
      'waits for it, where the policy says so',
      { parallelism: 2, completions: 5, podReplacementPolicy: 'Failed' },
      undefined,
      '-d',
      'create 0; terminating 1',
    ],
    ['replaces what has failed', { parallelism: 3, completions: 4 }, undefined, '0f 1p 2f', 'create 0,2; failed 2'],
    [
      'completes, whatever failed before',
      { completions: 3, parallelism: 2 },
      undefined,
      '0s 1f 1s 2s',
      'succeeded 3 of 0-2; failed 1; SuccessCriteriaMet Complete:CompletionsReached',
    ],
    [
      'fails with what still runs',
      { completions: 3, parallelism: 2, backoffLimit: 0 },
      undefined,
      '0s 1f 2r',
      'succeeded 1 of 0; failed 2; FailureTarget:BackoffLimitExceeded',
    ],
    [
      'counts an index that succeeded twice once',
      { completions: 3, parallelism: 2 },
      undefined,
      '0s 1s 1s',
      'create 2; succeeded 2 of 0,1',
    ],
    [
      'fills the gaps',
      { completions: 20, parallelism: 8 },
      undefined,
      '0r 2s 3p 4s 5s 7s 8s 9s',
      'create 1,6,10,11,12,13; succeeded 6 of 2,4,5,7-9',
    ],
    [
      'stops pods without an index and counts none of them',
      { completions: 5, parallelism: 2 },
      undefined,
      '-r -s -f -p 0s 1r 2r',
      'stop 2; succeeded 1 of 0',
    ],
    [
      'stops the younger of two with one index before it starts others',
      { completions: 5, parallelism: 5 },
      undefined,
      '-r 0s 1r 2r 2p',
      'stop 2; succeeded 1 of 0',
    ],
    [
      'stops what lies out of range and counts none of it',
      { completions: 5, parallelism: 2 },
      undefined,
      '0s 5r 6s 7p 8f',
      'stop 2; succeeded 1 of 0',
    ],
    [
      'forgets indexes out of range',
      { completions: 2, parallelism: 2 },
      { startTime: ago(60), succeeded: 1, completedIndexes: '3' },
      '0r 1s',
      'succeeded 1 of 1',
    ],
    [
      'adds to what has ended before',
      { completions: 7, parallelism: 0 },
      { startTime: ago(60), succeeded: 5, failed: 2, completedIndexes: '0-2,4,6,7' },
      '1s 3s 2f 5f',
      'succeeded 6 of 0-4,6; failed 4',
    ],
    [
      'completes after a failure within its limit',
      perIndex(),
      undefined,
      '0f(0) 0s(1) 1s(0)',
      'succeeded 2 of 0,1; failed 1; failedIndexes ; SuccessCriteriaMet Complete:CompletionsReached',
    ],
    ['does not count what is held for its successor', perIndex(), undefined, '0f(0)', 'create 0,1; failedIndexes '],
    ['counts it once that is there', perIndex(), undefined, '0f(0) 0p(1)', 'create 1; failed 1; failedIndexes '],
    ['goes on without an index that failed', perIndex(), undefined, '0f(1)', 'create 1; failed 1; failedIndexes 0'],
    [
      'or that its policy has failed',
      perIndex({
        podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }] },
      }),
      undefined,
      '0f(0)',
      'create 1; failed 1; failedIndexes 0',
    ],
    [
      'counts nothing that its policy ignores',
      perIndex({ podFailurePolicy: { rules: [by('Ignore', [1])] } }),
      undefined,
      '0f(0)',
      'create 0,1; failedIndexes ',
    ],
    [
      'fails as a whole by its policy',
      perIndex({ podFailurePolicy: { rules: [by('FailJob', [1])] } }),
      undefined,
      '0f(0)',
      'failed 1; failedIndexes ; FailureTarget Failed:PodFailurePolicy',
    ],
    [
      'fails by the limit of the Job first',
      perIndex({ backoffLimit: 1 }),
      undefined,
      '0f(0) 1f(0)',
      'failed 2; failedIndexes ; FailureTarget Failed:BackoffLimitExceeded',
    ],
    [
      'fails once all indexes have ended and one has failed',
      perIndex(),
      undefined,
      '0f(1) 1s(0)',
      'succeeded 1 of 1; failed 1; failedIndexes 0; FailureTarget Failed:FailedIndexes',
    ],
    [
      'fails by too many failed indexes',
      perIndex({ parallelism: 4, completions: 4, maxFailedIndexes: 1 }),
      undefined,
      '0f(1) 1s(0) 2f(1) 3r(0)',
      'succeeded 1 of 1; failed 3; failedIndexes 0,2; FailureTarget:MaxFailedIndexesExceeded',
    ],
    [
      'succeeds by its policy although an index has failed',
      { completions: 3, parallelism: 3, ...share },
      undefined,
      '0f 0r 1s 2r',
      'succeeded 1 of 1; failed 1; SuccessCriteriaMet:SuccessPolicy',
    ],
    [
      'fails by its failure policy although it has succeeded by the other',
      { completions: 2, parallelism: 2, ...share, podFailurePolicy: { rules: [by('FailJob', [1])] } },
      undefined,
      '0f 0r 1s',
      'succeeded 1 of 1; failed 2; FailureTarget:PodFailurePolicy',
    ],
    [
      'succeeds by it where no rule of the other matches',
      { completions: 2, parallelism: 2, ...share, podFailurePolicy: { rules: [by('FailJob', [9])] } },
      undefined,
      '0f 0r 1s',
      'succeeded 1 of 1; failed 1; SuccessCriteriaMet:SuccessPolicy',
    ],
    [
      'fails by its failed indexes although it has succeeded by its policy',
      perIndex(share),
      undefined,
      '0f(1) 1s',
      'succeeded 1 of 1; failed 1; failedIndexes 0; FailureTarget Failed:FailedIndexes',
    ],
    [
      'and by its limit',
      { completions: 2, parallelism: 2, backoffLimit: 1, ...share },
      undefined,
      '0f 0f 1s',
      'succeeded 1 of 1; failed 2; FailureTarget Failed:BackoffLimitExceeded',
    ],
    [
      'never fails by an index once it has succeeded by its policy',
      perIndex(share),
      { ...announced('SuccessCriteriaMet', 'SuccessPolicy'), succeeded: 1, completedIndexes: '1' },
      '0f(1) 1s',
      'succeeded 1 of 1; failed 1; failedIndexes 0; SuccessCriteriaMet Complete:SuccessPolicy',
    ],
    [
      'holds no failure for its successor once it has succeeded by its policy',
      perIndex({ completions: 3, backoffLimitPerIndex: 3, ...share }),
      announced('SuccessCriteriaMet', 'SuccessPolicy'),
      '0f 1r 1s 2r',
      'succeeded 1 of 1; failed 1; failedIndexes ; SuccessCriteriaMet:SuccessPolicy',
    ],
    [
      'never fails once it has succeeded by its policy',
      { completions: 2, parallelism: 2, backoffLimit: 0, ...share },
      { ...announced('SuccessCriteriaMet', 'SuccessPolicy'), succeeded: 1, completedIndexes: '1' },
      '0f',
      'succeeded 1 of 1; failed 1; SuccessCriteriaMet Complete:SuccessPolicy',
    ],
    [
      'nor succeeds once it has failed',
      { completions: 2, parallelism: 2, ...share },
      { ...announced('FailureTarget', 'PodFailurePolicy'), failed: 1 },
      '1s',
      'succeeded 1 of 1; failed 1; FailureTarget Failed:PodFailurePolicy',
    ],
  ])('an Indexed Job %s', (_what, spec, status, pods, expected) => {
    const owned = indexedPods(pods);
    const { actions, status: after } = compute(jobOf(indexed(spec), status), owned);
    const created = actions.flatMap((action) => (action.type === 'createPod' ? [action.part?.index] : []));
    const stopped = actions.filter(({ type }) => type === 'stopPod').length;
    const { terminating = 0 } = countPods(after, owned);
    const conditions = after.conditions ?? [];
    const lines = [
      created.length > 0 && `create ${created}`,
      stopped > 0 && `stop ${stopped}`,
      after.succeeded !== undefined && `succeeded ${after.succeeded} of ${after.completedIndexes}`,
      after.failed !== undefined && `failed ${after.failed}`,
      terminating > 0 && `terminating ${terminating}`,
      after.failedIndexes !== undefined && `failedIndexes ${after.failedIndexes}`,
      conditions.length > 0 && `${conditions.map(({ type }) => type).join(' ')}:${conditions.at(-1)?.reason}`,
    ];
    expect(lines.filter((line) => line !== false).join('; ')).toBe(expected);
  });

  // TestGetPodCreationInfoForIndependentIndexes.
  it.each<[what: string, failures: readonly number[], endedAgo: readonly number[], created: number[], waitS?: number]>([
    ['all are created that may be', [], [], [0, 1, 2]],
    ['one waits', [0], [0], [1, 2], 10],
    ['one of two has waited enough', [0, 0], [0, 10], [1, 2], 10],
    ['the shortest is waited for', [1, 0, 2], [0, 0, 0], [], 10],
    ['from when it ended', [1, 0, 2], [1, 1, 1], [], 9],
  ])('of indexes with back-offs of their own: %s', (_what, failures, endedAgo, created, waitS) => {
    const job = jobOf(indexed({ parallelism: 3, backoffLimitPerIndex: 5 }));
    const pods = failures.map((count, index) =>
      podOf({ name: `p${index}`, phase: 'Failed', index, failures: count, endedAgo: endedAgo[index] ?? 0 }),
    );
    const { actions, requeueAfterMs } = compute(job, pods);
    expect(actions.flatMap((action) => (action.type === 'createPod' ? [action.part?.index] : []))).toEqual(created);
    expect(requeueAfterMs).toBe(waitS === undefined ? undefined : waitS * 1000);
  });
});
