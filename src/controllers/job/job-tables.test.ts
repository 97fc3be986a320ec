import { describe, expect, it } from 'vitest';
import type { Job } from '../../objects/types.ts';
import { actionsOf, compute, indexed, jobOf, type PodSketch, plain, podOf } from '../testing/jobs.ts';
import { ago } from '../testing/objects.ts';
import { IndexSet } from './index-set.ts';

/** Cases of Kubernetes' own tables, named above each, with values of our own. */
describe('computeJob, as Kubernetes has it in its tables', () => {
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
});
