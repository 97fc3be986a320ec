import { describe, expect, it, test } from 'vitest';
import { readInputs } from './inputs.ts';
import { readTarget } from './target.ts';

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const zero = '0'.repeat(40);
const repository = { default_branch: 'main' };
const pull = (head: object) => ({
  pull_request: { number: 7, head, base: { sha: b, ref: 'release', repo: { full_name: 'team/site' } } },
});
const own = { full_name: 'team/site' };

test.each`
  name                               | event                  | payload                                                      | ref                     | target
  ${'a pull request'}                | ${'pull_request'}      | ${pull({ sha: a, repo: own })}                               | ${''}                   | ${{ head: a, base: b, exactBase: false, branch: 'release', pullRequest: { number: 7, isFork: false } }}
  ${'a fork'}                        | ${'pull_request'}      | ${pull({ sha: a, repo: { full_name: 'mallory/site' } })}     | ${''}                   | ${{ pullRequest: { isFork: true } }}
  ${'a fork that was deleted'}       | ${'pull_request'}      | ${pull({ sha: a, repo: null })}                              | ${''}                   | ${{ pullRequest: { isFork: true } }}
  ${'a push to the deployed branch'} | ${'push'}              | ${{ before: b, after: a, repository }}                       | ${'refs/heads/main'}    | ${{ head: a, base: b, exactBase: true, branch: 'main' }}
  ${'a push to another branch'}      | ${'push'}              | ${{ before: b, after: a, repository }}                       | ${'refs/heads/feature'} | ${{ head: a, exactBase: false, branch: 'main' }}
  ${'the first push to a branch'}    | ${'push'}              | ${{ before: zero, after: a, repository }}                    | ${'refs/heads/main'}    | ${{ head: a, exactBase: false }}
  ${'a merge queue'}                 | ${'merge_group'}       | ${{ merge_group: { head_sha: a, base_sha: b }, repository }} | ${''}                   | ${{ head: a, base: b, exactBase: false }}
  ${'a start by hand'}               | ${'workflow_dispatch'} | ${{ repository }}                                            | ${'refs/heads/main'}    | ${{ head: a, exactBase: false, branch: 'main' }}
`('$name', ({ event, payload, ref, target }) => {
  expect(readTarget(event, payload, { sha: a, ref, branch: '' })).toMatchObject(target);
});

test('a deleted branch has nothing to plan', () => {
  const payload = { before: a, after: zero, repository };
  expect(readTarget('push', payload, { sha: a, ref: 'refs/heads/main', branch: '' })).toBeUndefined();
});

test.each`
  name                          | event                    | payload
  ${'pull_request_target'}      | ${'pull_request_target'} | ${pull({ sha: a, repo: own })}
  ${'a head that is no commit'} | ${'pull_request'}        | ${pull({ sha: '--upload-pack=x', repo: own })}
  ${'a number that is none'}    | ${'pull_request'}        | ${{ pull_request: { number: '7/../8' } }}
  ${'no event at all'}          | ${'pull_request'}        | ${undefined}
`('$name is refused', ({ event, payload }) => {
  expect(() => readTarget(event, payload, { sha: a, ref: '', branch: '' })).toThrow(/ConfigInvalid/);
});

describe('inputs', () => {
  it('are as by default when nothing is given', () => {
    expect(readInputs({})).toEqual({
      paths: [],
      cluster: '',
      live: 'auto',
      statusBranch: 'berth-status',
      branch: '',
      failOn: 'error',
      images: true,
      comment: true,
      status: true,
      workingDirectory: '.',
      token: '',
    });
  });

  it('take paths one a line or with commas', () => {
    expect(readInputs({ INPUT_PATH: 'apps/*\n shop, blog' }).paths).toEqual(['apps/*', 'shop', 'blog']);
  });

  it.each(['-x', 'a b', 'a..b', 'a:b'])('refuse %j as a branch', (name) => {
    expect(() => readInputs({ INPUT_BRANCH: name })).toThrow(/is no name of a branch/);
  });
});
