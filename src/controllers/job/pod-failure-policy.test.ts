import { describe, expect, it } from 'vitest';
import type { Job, Pod } from '../../objects/types.ts';
import { podOf } from '../testing/jobs.ts';
import { judgePodFailure } from './pod-failure-policy.ts';

type Rule = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>['rules'][number];

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

  // pod_failure_policy_test (TestMatchPodFailurePolicy): a store may know more than this Berth.
  const ended = (...codes: readonly number[]): Pod => ({
    ...failed,
    status: {
      phase: 'Failed',
      containerStatuses: codes.map((exitCode, index) => ({
        ...{ name: `c${index}`, image: '', imageID: '', ready: false, restartCount: 0 },
        state: { terminated: { exitCode } },
      })),
    },
  });
  const conditioned = (status: string): Pod => ({
    ...failed,
    status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: status as 'True' }] },
  });
  const onCodes = (action: string, operator: string, ...values: readonly number[]): Rule =>
    ({ action, onExitCodes: { operator, values } }) as Rule;
  const onCondition = (action: string, status: string, type = 'DisruptionTarget'): Rule =>
    ({ action, onPodConditions: [{ type, status }] }) as Rule;
  const why = 'Container c0 for pod default/a failed with exit code';
  it.each<[rule: string, rules: readonly Rule[], pod: Pod, action: string, isCounted: boolean, message?: string]>([
    [
      'an unknown action by exit codes',
      [onCodes('Unknown', 'In', 1, 2), onCodes('FailJob', 'In', 2, 3)],
      ended(2),
      'FailJob',
      true,
      `${why} 2 matching FailJob rule at index 1`,
    ],
    [
      'an unknown action by conditions',
      [onCondition('Unknown', 'True'), onCondition('Ignore', 'True')],
      conditioned('True'),
      'Ignore',
      false,
    ],
    [
      'an unknown operator',
      [onCodes('Ignore', 'Unknown', 1), onCodes('FailJob', 'In', 2, 3)],
      ended(2),
      'FailJob',
      true,
      `${why} 2 matching FailJob rule at index 1`,
    ],
    ['a code below zero', [onCodes('Ignore', 'In', -1073741676, -1073741510)], ended(-1073741510), 'Ignore', false],
    ['others that succeeded', [onCodes('FailJob', 'NotIn', 111)], ended(0, 111, 0), 'Count', true],
    ['an index', [onCodes('FailIndex', 'In', 1, 2, 3)], ended(2), 'FailIndex', true],
    [
      'none of success',
      [onCodes('FailJob', 'NotIn', 0)],
      ended(1, 0),
      'FailJob',
      true,
      `${why} 1 matching FailJob rule at index 0`,
    ],
    [
      'the second rule',
      [onCodes('Count', 'In', 1, 2, 3), onCodes('FailJob', 'In', 4, 5, 6)],
      ended(6),
      'FailJob',
      true,
      `${why} 6 matching FailJob rule at index 1`,
    ],
    ['an index by condition', [onCondition('FailIndex', 'True')], conditioned('True'), 'FailIndex', true],
    ['a condition that is False', [onCondition('Ignore', 'False')], conditioned('False'), 'Ignore', false],
    ['a condition that is Unknown', [onCondition('Ignore', 'Unknown')], conditioned('Unknown'), 'Ignore', false],
    ['False, and it is True', [onCondition('Ignore', 'False')], conditioned('True'), 'Count', true],
    ['True, and it is False', [onCondition('Ignore', 'True')], conditioned('False'), 'Count', true],
    [
      'a condition that ends the Job',
      [onCondition('FailJob', 'True')],
      conditioned('True'),
      'FailJob',
      true,
      'Pod default/a has condition DisruptionTarget matching FailJob rule at index 0',
    ],
    ['a condition that counts', [onCondition('Count', 'True')], conditioned('True'), 'Count', true],
    [
      'the first of three, all of which would match',
      [onCodes('Count', 'NotIn', 8), onCodes('Ignore', 'In', 32), onCodes('FailJob', 'NotIn', 5, 6, 7)],
      ended(32),
      'Count',
      true,
    ],
    [
      'the one with the condition',
      [onCondition('FailJob', 'True', 'MaxFailedIndexesExceeded'), onCondition('Ignore', 'True')],
      conditioned('True'),
      'Ignore',
      false,
    ],
  ])('of its table: %s', (_rule, rules, pod, action, isCounted, message) => {
    const verdict = judgePodFailure({ rules: [...rules] }, pod);
    expect(verdict).toMatchObject({ action, isCounted, ...(message === undefined ? {} : { message }) });
  });
});
