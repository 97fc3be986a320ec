import { expect, test } from 'vitest';
import { BoundedProblems } from './bounded-problems.ts';

type Severity = 'error' | 'warning';

function listOf(...all: readonly (readonly [Severity, string])[]) {
  const list = new BoundedProblems<{ readonly severity: Severity; readonly path: string }>(2);
  for (const [severity, path] of all) list.add(severity, path, () => ({ severity, path }));
  return { kept: list.items.map(({ severity, path }) => `${severity[0]}${path}`).join(' '), omitted: list.omitted };
}

test.each<[string, readonly (readonly [Severity, string])[], string, Record<string, number>]>([
  [
    'none is left out that has room',
    [
      ['error', 'a'],
      ['warning', 'a'],
      ['error', 'a'],
    ],
    'ea wa ea',
    {},
  ],
  [
    'one too many is counted',
    [
      ['error', 'a'],
      ['error', 'a'],
      ['error', 'a'],
      ['error', 'a'],
    ],
    'ea ea',
    { a: 2 },
  ],
  [
    'warnings leave room for errors',
    [
      ['warning', 'a'],
      ['warning', 'a'],
      ['warning', 'a'],
      ['error', 'a'],
    ],
    'wa wa ea',
    { a: 1 },
  ],
  [
    'each file keeps its first, and the first file gives way for it',
    [
      ['error', 'a'],
      ['error', 'a'],
      ['error', 'b'],
      ['error', 'b'],
    ],
    'ea eb',
    { a: 1, b: 1 },
  ],
  [
    'of more files than there is room for the first ones are told of',
    [
      ['error', 'a'],
      ['error', 'b'],
      ['error', 'c'],
      ['error', 'a'],
    ],
    'ea eb',
    { c: 1, a: 1 },
  ],
  [
    'a file with warnings keeps its first error',
    [
      ['error', 'a'],
      ['error', 'a'],
      ['warning', 'b'],
      ['error', 'b'],
    ],
    'ea wb eb',
    { a: 1 },
  ],
])('%s', (_what, all, kept, omitted) => {
  expect(listOf(...all)).toEqual({ kept, omitted: new Map(Object.entries(omitted)) });
});

test('what is left out is not made, and what comes to nothing takes no room', () => {
  const list = new BoundedProblems<{ readonly severity: Severity }>(1);
  list.add('error', 'a', () => undefined);
  list.add('error', 'a', () => ({ severity: 'error' }));
  list.add('error', 'a', () => {
    throw new Error('it is over the limit');
  });
  list.omit('b', 3);
  list.omit('b', 0);
  expect([list.items.length, list.omittedCount]).toEqual([1, 4]);
});
