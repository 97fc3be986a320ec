import { LIMITS } from '../lib/limits.ts';
import { type CommitInfo, type Source, SourceError } from './source.ts';

type CommitLookup = Pick<Source, 'resolveRevision'>;

const OF_A = 1;
const OF_B = 2;
const STALE = 4;

interface Visit {
  readonly commit: CommitInfo;
  flags: number;
}

/**
 * The best common ancestor of two commits, as git-merge-base(1) finds it: "one common ancestor is better than another
 * common ancestor if the latter is an ancestor of the former". Commits are walked from the newest to the oldest, and
 * what is behind a common ancestor is marked as no better. `undefined` when there is none in the history that the
 * repository has; a shallow clone ends somewhere. Throws `TooLarge` beyond the limit.
 */
export async function findMergeBase(
  source: CommitLookup,
  a: CommitInfo,
  b: CommitInfo,
): Promise<CommitInfo | undefined> {
  const visits = new Map<string, Visit>();
  const queue: Visit[] = [];
  const mark = (commit: CommitInfo, flags: number) => {
    const known = visits.get(commit.id);
    if (known !== undefined && (known.flags & flags) === flags) return;
    const visit = known ?? { commit, flags: 0 };
    visit.flags |= flags;
    visits.set(commit.id, visit);
    if (!queue.includes(visit)) queue.push(visit);
  };
  mark(a, OF_A);
  mark(b, OF_B);
  const found: Visit[] = [];
  while (queue.some(({ flags }) => (flags & STALE) === 0)) {
    if (visits.size > LIMITS.mergeBaseCommits) throw tooFar();
    const visit = takeNewest(queue);
    let flags = visit.flags;
    if ((flags & (OF_A | OF_B)) === (OF_A | OF_B) && (flags & STALE) === 0) {
      found.push(visit);
      flags |= STALE;
    }
    for (const id of visit.commit.parents) {
      const parent = visits.get(id)?.commit ?? (await readParent(source, id));
      if (parent !== undefined) mark(parent, flags);
    }
  }
  const best = found.filter(({ flags }) => (flags & STALE) === 0);
  return (best[0] ?? found[0])?.commit;
}

function takeNewest(queue: Visit[]): Visit {
  let newest = 0;
  queue.forEach((visit, index) => {
    const best = queue[newest];
    if (best !== undefined && visit.commit.committedAtMs > best.commit.committedAtMs) newest = index;
  });
  const [visit] = queue.splice(newest, 1);
  if (visit === undefined) throw new RangeError('the queue is not empty');
  return visit;
}

/** `undefined` where a shallow clone ends. */
async function readParent(source: CommitLookup, id: string): Promise<CommitInfo | undefined> {
  try {
    return await source.resolveRevision(id);
  } catch (error) {
    if (error instanceof SourceError && (error.reason === 'RevisionMissing' || error.reason === 'ObjectMissing'))
      return undefined;
    throw error;
  }
}

function tooFar(): SourceError {
  return new SourceError(
    'TooLarge',
    `the two commits have no common ancestor within ${LIMITS.mergeBaseCommits} commits (limit mergeBaseCommits)`,
  );
}
