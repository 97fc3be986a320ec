import { BerthError } from '../../lib/errors.ts';
import {
  type CommitInfo,
  findBranch,
  findMergeBase,
  resolveRevisionExpression,
  type Source,
} from '../../source/index.ts';
import type { PlanRequest } from './plan-change.ts';

/** The commits of a plan. Without a base the head is compared with what is live. */
export interface PlannedCommits {
  readonly head: CommitInfo;
  readonly headRef?: string;
  readonly base?: CommitInfo;
  readonly baseRef?: string;
  readonly how?: 'merge-base' | 'given';
}

type CommitRequest = Pick<PlanRequest, 'head' | 'base' | 'exactBase' | 'branch'>;

/**
 * Which commits to plan. On the box without refs the deployed branch is compared with what is live; elsewhere `HEAD`
 * with where it left the deployed branch.
 */
export async function chooseCommits(request: CommitRequest, source: Source, isOnBox: boolean): Promise<PlannedCommits> {
  const { head: headRef, base: baseRef, branch, exactBase } = request;
  if (isOnBox && baseRef === undefined) {
    const head = headRef === undefined ? await source.resolve() : await resolveRevisionExpression(source, headRef);
    return { head, ...(headRef === undefined ? { headRef: branch } : { headRef }) };
  }
  const head = await resolveRevisionExpression(source, headRef ?? 'HEAD');
  const tip =
    baseRef === undefined ? await findBranch(source, branch) : await resolveRevisionExpression(source, baseRef);
  const named = { head, headRef: headRef ?? 'HEAD' };
  if (tip === undefined) return named;
  if (exactBase === true) return { ...named, base: tip, baseRef: baseRef ?? branch, how: 'given' };
  const base = await findMergeBase(source, tip, head);
  if (base === undefined) {
    throw new BerthError('RevisionMissing', {
      object: `${baseRef ?? branch}...${headRef ?? 'HEAD'}`,
      verb: 'plan',
      detail: 'the two have no common ancestor in the history that is here',
      help: 'fetch the whole history (`fetch-depth: 0` in a checkout step), or name another --base',
    });
  }
  return { ...named, base, baseRef: baseRef ?? branch, how: base.id === tip.id ? 'given' : 'merge-base' };
}
