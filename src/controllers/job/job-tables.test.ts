import { describe, expect, it } from 'vitest';
import type { Job, Pod } from '../../objects/types.ts';
import { actionsOf, compute, jobOf, type PodSketch, plain, podOf } from '../testing/jobs.ts';
import { ago } from '../testing/objects.ts';

/**
 * Cases of Kubernetes' own tables, named above each, with values of our own; those of Indexed Jobs are in
 * indexed-job-tables.test.ts.
 */
describe('computeJob, as Kubernetes has it in its tables', () => {
  // job_controller_test (TestControllerSyncJob, TestSyncPastDeadlineJobFinished,
  // TestSyncJobWithJobBackoffLimitPerIndex, TestSyncJobWithJobSuccessPolicy) and pod_failure_policy_test, with values
  // of our own.
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
      'fails at its limit before its deadline',
      jobOf(plain({ backoffLimit: 0, activeDeadlineSeconds: 1 })),
      'f',
      'FailureTarget Failed:BackoffLimitExceeded',
    ],
    [
      'fails although somebody has denied it',
      jobOf(plain({ backoffLimit: 0 }), { startTime: ago(60), conditions: [is('Failed', 'False')] }),
      'f',
      'Failed FailureTarget:BackoffLimitExceeded',
    ],
    [
      'waits for a pod that stops, where its policy says so',
      jobOf({ parallelism: 1, backoffLimit: 0, podFailurePolicy: { rules: [by('Count', [1])] } }),
      'd',
      '',
    ],
    [
      'stops what is too many, whatever stops already',
      jobOf(plain({ parallelism: 1, completions: 1, podReplacementPolicy: 'Failed' })),
      'r r d d d d',
      'stop',
    ],
    ['stops all that are too many at once', jobOf(plain({ completions: 5 })), 'r r r r r', 'stop stop stop'],
    ['keeps no more than is left to do', jobOf(plain({ parallelism: 3, completions: 4 })), 'r r r s s', 'stop'],
    [
      'is complete only once nothing stops any more',
      jobOf(plain({ completions: 1 }), {
        startTime: ago(60),
        conditions: [is('SuccessCriteriaMet', 'True')],
        uncountedTerminatedPods: { succeeded: ['gone'], failed: ['p0'] },
      }),
      'd',
      'SuccessCriteriaMet:ByHand',
    ],
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
    const phases = { p: 'Pending', r: 'Running', s: 'Succeeded', f: 'Failed', d: 'Running' } as const;
    const sketches = pods === '' ? [] : pods.split(' ');
    const result = compute(
      job,
      sketches.map((letter, at) =>
        podOf({
          name: `p${at}`,
          phase: phases[letter as keyof typeof phases],
          ...(letter === 'd' ? { deleted: true, endedAgo: 3600 } : {}),
        }),
      ),
    );
    const done = actionsOf(result).map((action) => (action.startsWith('stop') ? 'stop' : action));
    const conditions = result.status.conditions ?? [];
    const end =
      conditions.length === 0 ? [] : [`${conditions.map(({ type }) => type).join(' ')}:${conditions.at(-1)?.reason}`];
    expect([...done.filter((action) => !/^(release|delete)/.test(action)), ...end].join(' ')).toBe(expected);
  });

  // TestJobBackoffForOnFailure.
  it.each<[restarts: readonly number[], backoffLimit: number, phase: PodSketch['phase'], failed: number | undefined]>([
    [[0], 0, 'Running', undefined],
    [[1], 0, 'Running', 1],
    [[0], 1, 'Running', undefined],
    [[1], 1, 'Pending', 1],
    [[1, 1], 2, 'Running', 2],
    [[1, 1], 3, 'Running', undefined],
    [[1, 1, 2], 1, 'Succeeded', undefined],
  ])('counts restarts %j towards a limit of %i: %s', (restarts, backoffLimit, phase, failed) => {
    const job = jobOf(plain({ backoffLimit, parallelism: restarts.length }));
    const template = { spec: { ...job.spec?.template.spec, restartPolicy: 'OnFailure' as const, containers: [] } };
    const pods = restarts.map((restartCount, at): Pod => {
      const pod = podOf({ name: `p${at}`, phase });
      const containerStatuses = pod.status?.containerStatuses?.map((status) => ({ ...status, restartCount }));
      return { ...pod, status: { ...pod.status, containerStatuses: containerStatuses ?? [] } };
    });
    const { status } = compute({ ...job, spec: { ...job.spec, template } }, pods);
    expect([status.failed, status.conditions?.[0]?.reason]).toEqual(
      failed === undefined
        ? [undefined, phase === 'Succeeded' ? 'CompletionsReached' : undefined]
        : [failed, 'BackoffLimitExceeded'],
    );
  });

  // TestTrackJobStatusAndRemoveFinalizers, the pods of which an earlier status says how they ended.
  it('counts a pod as its status once had it, whatever has become of it', () => {
    const uncountedTerminatedPods = { failed: ['p0', 'p1'] };
    const job = jobOf(plain({ completions: 2 }), { startTime: ago(60), uncountedTerminatedPods });
    const result = compute(job, [podOf({ name: 'p0', phase: 'Failed' }), podOf({ name: 'p1', phase: 'Succeeded' })]);
    expect([result.status.failed, result.status.succeeded]).toEqual([2, undefined]);
    expect(actionsOf(result)).toEqual(expect.arrayContaining(['releasePod p0', 'releasePod p1']));
  });
});
