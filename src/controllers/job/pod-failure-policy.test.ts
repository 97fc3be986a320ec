import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { podOf } from '../testing/jobs.ts';
import { judgePodFailure } from './pod-failure-policy.ts';

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
