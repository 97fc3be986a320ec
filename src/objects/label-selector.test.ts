import { describe, expect, test } from 'vitest';
import {
  formatLabelSelector,
  matcherOfSelector,
  matchesLabels,
  parseLabelSelector,
  requirementsOf,
  SelectorError,
  tryFormatLabelSelector,
} from './label-selector.ts';

const web = { app: 'web', tier: 'front', weight: '10', empty: '' };

test.each([
  ['', true],
  ['app', true],
  ['!app', false],
  ['canary', false],
  ['!canary', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web , tier = front', true],
  ['app=api', false],
  ['app!=api', true],
  ['canary!=x', true],
  ['app in (web, api)', true],
  ['app in (api)', false],
  ['app notin (api)', true],
  ['canary notin (a)', true],
  ['empty=', true],
  ['empty in (,x)', true],
  ['app=,tier', false],
  ['weight>9', true],
  ['weight<10', false],
  ['app>1', false],
  ['in in (in)', false],
  ['tier in (front),app notin (api),!canary', true],
])('%j selects: %s', (text, expected) => expect(parseLabelSelector(text)(web)).toBe(expected));

test.each([
  ['app=web,', "found '', expected: identifier after ','"],
  [',app', "found ',', expected: !, identifier, or 'end of string'"],
  ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
  ['app in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['app in ()', "for 'in', 'notin' operators, values set can't be empty"],
  ['app==web==x', "found '==', expected: ',' or 'end of string'"],
  ['!app=web', "found '=', expected: ',' or 'end of string'"],
  ['a>b', "for 'Gt', 'Lt' operators, the value must be an integer"],
  ['a b c/d=x', "unable to parse requirement: found 'b', expected: in, notin"],
  ['-a=x', 'key: Invalid value: "-a": name part must consist of'],
  ['a=-x', 'Invalid value: "-x": a valid label must be'],
])('%j is refused: %s', (text, message) => expect(() => parseLabelSelector(text)).toThrow(message));

describe('LabelSelector', () => {
  test.each([
    ['none', undefined, false],
    ['empty', {}, true],
    ['labels', { matchLabels: { app: 'web' } }, true],
    ['labels that differ', { matchLabels: { app: 'api' } }, false],
    ['In', { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }, true],
    ['NotIn without the key', { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['y'] }] }, true],
    ['Exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
    [
      'both parts',
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['x'] }] },
      false,
    ],
  ])('%s', (_, selector, expected) => expect(matcherOfSelector(selector)(web)).toBe(expected));

  test.each([
    ['an unknown operator', { key: 'app', operator: 'Is' }],
    ['a key that is none', { key: 'not a key', operator: 'Exists' }],
    ['values that do not fit its operator', { key: 'app', operator: 'In', values: [] }],
  ])('matches nothing with %s, which requirements refuse', (_, requirement) => {
    const selector = { matchExpressions: [requirement] };
    expect(matcherOfSelector(selector)(web)).toBe(false);
    expect(() => requirementsOf(selector)).toThrow(SelectorError);
    expect(tryFormatLabelSelector(selector)).toBeUndefined();
  });

  test('reads back from its text form', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 't', operator: 'NotIn', values: ['b', 'a'] },
        { key: 'c', operator: 'Exists' },
      ],
    };
    expect(formatLabelSelector(selector)).toBe('app=web,t notin (a,b),c');
    expect(parseLabelSelector(formatLabelSelector(selector))({ app: 'web', c: '' })).toBe(true);
  });
});

test('labels inherited from a prototype do not count', () => {
  expect(matchesLabels({ toString: 'x' }, {})).toBe(false);
  expect(parseLabelSelector('constructor')({})).toBe(false);
});
