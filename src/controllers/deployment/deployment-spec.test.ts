import { describe, expect, it } from 'vitest';
import { deploymentOf } from '../testing/objects.ts';
import { resolveFenceposts, resolveRolloutSpec } from './deployment-spec.ts';

describe('resolveFenceposts rounds surge up and unavailable down', () => {
  it.each`
    replicas | maxSurge  | maxUnavailable | surge | unavailable
    ${10}    | ${'25%'}  | ${'25%'}       | ${3}  | ${2}
    ${1}     | ${'25%'}  | ${'25%'}       | ${1}  | ${0}
    ${4}     | ${'25%'}  | ${'25%'}       | ${1}  | ${1}
    ${10}    | ${0}      | ${0}           | ${0}  | ${1}
    ${3}     | ${'0%'}   | ${'10%'}       | ${0}  | ${1}
    ${10}    | ${0}      | ${'100%'}      | ${0}  | ${10}
    ${3}     | ${1}      | ${50}          | ${1}  | ${3}
    ${0}     | ${'25%'}  | ${'25%'}       | ${0}  | ${0}
    ${7}     | ${'100%'} | ${0}           | ${7}  | ${0}
  `('$replicas with $maxSurge and $maxUnavailable', ({ replicas, maxSurge, maxUnavailable, surge, unavailable }) => {
    expect(resolveFenceposts(replicas, { maxSurge, maxUnavailable })).toEqual({
      maxSurge: surge,
      maxUnavailable: unavailable,
    });
  });
});

describe('resolveRolloutSpec', () => {
  it('fills in what Kubernetes fills in', () => {
    expect(resolveRolloutSpec(deploymentOf({ replicas: 4 }))).toEqual({
      replicas: 4,
      strategy: 'RollingUpdate',
      maxSurge: 1,
      maxUnavailable: 1,
      minAvailable: 3,
      minReadySeconds: 0,
      paused: false,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });

  it('takes the largest 32-bit integer for no limit', () => {
    const spec = { progressDeadlineSeconds: 2147483647, revisionHistoryLimit: 2147483647 };
    const resolved = resolveRolloutSpec(deploymentOf({ spec }));
    expect([resolved.progressDeadlineSeconds, resolved.revisionHistoryLimit]).toEqual([undefined, undefined]);
  });
});
