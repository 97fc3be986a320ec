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
  [{ succeededIndexes: 'invalid-form' }, '0', false],
  [{ succeededIndexes: '3' }, '0-2', false],
  [{ succeededIndexes: '3-6', succeededCount: 2 }, '0-2,4-7', true],
  [{ succeededIndexes: '3-6', succeededCount: 2 }, '0-2,6,7', false],
  [{ succeededIndexes: '0-4,6-9', succeededCount: 5 }, '1-3,7,8', true],
])('success policy %j over %s is %s', (rule, succeeded, isMet) => {
  expect(matchSuccessPolicy({ rules: [rule] }, 10, IndexSet.parse(succeeded)) !== undefined).toBe(isMet);
});

it.each([
  [[], undefined],
  [['9', '4,6'], 'Matched rules at index 1'],
  [['0,1', '5'], 'Matched rules at index 0'],
])('the first of the rules %j that is met is named: %s', (indexes, message) => {
  const rules = indexes.map((succeededIndexes) => ({ succeededIndexes }));
  expect(matchSuccessPolicy({ rules }, 10, IndexSet.parse('0-2,4-7'))).toBe(message);
});
