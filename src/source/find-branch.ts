import { type CommitInfo, type Source, SourceError } from './source.ts';

/** The tip of a branch as a clone has it: that of the remote is the newer one. `undefined` when there is neither. */
export async function findBranch(
  source: Pick<Source, 'resolveRevision'>,
  branch: string,
): Promise<CommitInfo | undefined> {
  for (const name of [`origin/${branch}`, branch]) {
    try {
      return await source.resolveRevision(name);
    } catch (error) {
      if (!(error instanceof SourceError && error.reason === 'RevisionMissing')) throw error;
    }
  }
  return undefined;
}
