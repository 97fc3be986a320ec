import { nearestBranch } from './ref-name.ts';
import { SourceError } from './source.ts';

/** Says which branches there are, and which was probably meant. */
export function branchMissing(branch: string, description: string, branches: readonly string[]): SourceError {
  if (branches.length === 0) {
    return new SourceError('BranchMissing', `${description} has no branches yet; push ${branch} to it`);
  }
  const nearest = nearestBranch(branch, branches);
  const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  const shown = branches.slice(0, 10).join(', ') + (branches.length > 10 ? ` and ${branches.length - 10} more` : '');
  return new SourceError('BranchMissing', `${description} has no branch ${branch}, only ${shown}${meant}`);
}
