import { type CommitInfo, type Source, SourceError } from './source.ts';

type CommitLookup = Pick<Source, 'resolveRevision'>;

/** Generations that one `~` may go back. */
const MOST_GENERATIONS = 10_000;

/**
 * The commit that a person names: any branch, tag or id that `resolveRevision` knows, followed by any number of `~<n>`
 * ("the <n>th generation ancestor, following only the first parents") and `^<n>` ("the <n>th parent"; `^0` is the
 * commit itself), as gitrevisions(7) has them; `@` alone is `HEAD`. Rejects with `RevisionMissing`.
 */
export async function resolveRevisionExpression(source: CommitLookup, expression: string): Promise<CommitInfo> {
  const [, name = '', steps = ''] = /^(.*?)((?:[~^]\d*)*)$/s.exec(expression) ?? [];
  let commit = await source.resolveRevision(name === '@' ? 'HEAD' : name);
  for (const [, kind, digits = ''] of steps.matchAll(/([~^])(\d*)/g)) {
    const number = digits === '' ? 1 : Number(digits);
    commit =
      kind === '~'
        ? await goBack(source, commit, number, expression)
        : await parentOf(source, commit, number, expression);
  }
  return commit;
}

async function goBack(
  source: CommitLookup,
  from: CommitInfo,
  generations: number,
  expression: string,
): Promise<CommitInfo> {
  if (generations > MOST_GENERATIONS) throw missing(expression, `it goes back more than ${MOST_GENERATIONS} commits`);
  let commit = from;
  for (let left = generations; left > 0; left--) commit = await parentOf(source, commit, 1, expression);
  return commit;
}

async function parentOf(
  source: CommitLookup,
  commit: CommitInfo,
  number: number,
  expression: string,
): Promise<CommitInfo> {
  if (number === 0) return commit;
  const parent = commit.parents[number - 1];
  if (parent === undefined) {
    const count = commit.parents.length === 1 ? '1 parent' : `${commit.parents.length} parents`;
    throw missing(expression, `${commit.id.slice(0, 7)} has ${count}`);
  }
  return source.resolveRevision(parent);
}

function missing(expression: string, why: string): SourceError {
  return new SourceError('RevisionMissing', `there is no revision ${JSON.stringify(expression)}: ${why}`);
}
