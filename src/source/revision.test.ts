import { expect, test } from 'vitest';
import { MemoryRepository } from './memory/memory-repository.ts';
import { findMergeBase } from './merge-base.ts';
import { resolveRevisionExpression } from './revision-expression.ts';
import { type CommitInfo, SourceError } from './source.ts';

/** Makes commits by name, each with the parents that its line says: `c: a b`. */
function graph(...lines: readonly string[]) {
  const repository = new MemoryRepository();
  const source = {
    resolveRevision: async (revision: string): Promise<CommitInfo> => {
      const commit = repository.tip(revision) ?? repository.getCommit(revision);
      if (commit === undefined) throw new SourceError('RevisionMissing', revision);
      return commit;
    },
  };
  const ids = new Map<string, string>();
  lines.forEach((line, index) => {
    const [name = '', ...parents] = line.split(/[: ]+/).filter((part) => part !== '');
    const known = parents.map((parent) => ids.get(parent) ?? '');
    const files = new Map([['name', name]]);
    ids.set(name, repository.commitOn(name, known, files, { message: name, atMs: index * 1000 }).id);
  });
  const nameOf = (id: string | undefined) => [...ids].find(([, other]) => other === id)?.[0];
  return { source, nameOf };
}

const HISTORY = ['a:', 'b: a', 'c: b', 'x: b', 'y: x', 'm: c y', 'd: m', 'other:'];

test.each([
  ['d', 'd'],
  ['d~1', 'm'],
  ['d~', 'm'],
  ['m^2', 'y'],
  ['m^2~2', 'b'],
  ['d~3', 'b'],
  ['m^0', 'm'],
])('%s is %s', async (expression, expected) => {
  const { source, nameOf } = graph(...HISTORY);
  expect(nameOf((await resolveRevisionExpression(source, expression)).id)).toBe(expected);
});

test.each(['a~1', 'm^3', 'nobody~1', 'd~99999'])('%s is missing', async (expression) => {
  const { source } = graph(...HISTORY);
  await expect(resolveRevisionExpression(source, expression)).rejects.toMatchObject({ reason: 'RevisionMissing' });
});

test.each([
  ['c', 'y', 'b'],
  ['m', 'y', 'y'],
  ['d', 'x', 'x'],
  ['a', 'd', 'a'],
  ['d', 'd', 'd'],
  ['d', 'other', undefined],
])('%s and %s have %s in common', async (a, b, expected) => {
  const { source, nameOf } = graph(...HISTORY);
  const [first, second] = [await source.resolveRevision(a), await source.resolveRevision(b)];
  expect(nameOf((await findMergeBase(source, first, second))?.id)).toBe(expected);
});

test('of two common ancestors the one behind the other is not taken, whatever their dates say', async () => {
  // `late` is an ancestor of `early`, though its clock was ahead.
  const { source, nameOf } = graph('late:', 'early: late', 'l: early late', 'r: early late');
  const [l, r] = [await source.resolveRevision('l'), await source.resolveRevision('r')];
  expect(nameOf((await findMergeBase(source, l, r))?.id)).toBe('early');
});
