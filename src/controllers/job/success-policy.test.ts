import { expect, it } from 'vitest';
import { IndexSet } from './index-set.ts';
import { matchSuccessPolicy } from './success-policy.ts';

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
