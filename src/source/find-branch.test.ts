import { expect, it } from 'vitest';
import { findBranch } from './find-branch.ts';
import { type CommitInfo, SourceError } from './source.ts';

function repository(...names: readonly string[]) {
  return {
    resolveRevision: async (name: string): Promise<CommitInfo> => {
      if (!names.includes(name)) throw new SourceError('RevisionMissing', `there is no ${name}`);
      return { id: name, tree: 't', parents: [], authorName: 'A', authorEmail: 'a@b', committedAtMs: 0, message: '' };
    },
  };
}

it.each([
  [['main', 'origin/main'], 'origin/main'],
  [['main'], 'main'],
  [['other'], undefined],
])('of %j it takes %s', async (names, expected) => {
  expect((await findBranch(repository(...names), 'main'))?.id).toBe(expected);
});

it('passes on what else goes wrong', async () => {
  const failing = {
    resolveRevision: async () => {
      throw new SourceError('ObjectCorrupt', 'damaged');
    },
  };
  await expect(findBranch(failing, 'main')).rejects.toThrow('damaged');
});
