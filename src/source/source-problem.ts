import type { ErrorCode } from '../lib/error-codes.ts';
import { BerthError } from '../lib/errors.ts';
import type { SourceError, SourceErrorReason } from './source.ts';

/** Under which code of the closed table a person sees each reason. */
const CODES: Readonly<Record<SourceErrorReason, ErrorCode>> = {
  RepositoryMissing: 'RepositoryMissing',
  RepositoryInvalid: 'RepositoryInvalid',
  BranchMissing: 'BranchMissing',
  BranchInvalid: 'ConfigInvalid',
  RevisionMissing: 'RevisionMissing',
  Unreachable: 'RepositoryUnreachable',
  Unauthorized: 'RepositoryUnauthorized',
  HostKeyUnknown: 'HostKeyUnknown',
  ObjectMissing: 'RepositoryDamaged',
  ObjectCorrupt: 'RepositoryDamaged',
  BlobTooLarge: 'LimitExceeded',
  TooLarge: 'LimitExceeded',
  ReadOnly: 'RepositoryReadOnly',
  FolderTaken: 'StatusFolderTaken',
  RefLocked: 'RepositoryLocked',
  Closed: 'RepositoryUnreachable',
  Unknown: 'RepositoryUnreachable',
};

/**
 * The one form of errors for what a source rejected with. `object` is what it was about, such as `main of
 * /srv/app.git`.
 */
export function sourceProblem(error: SourceError, verb: string, object: string): BerthError {
  return new BerthError(CODES[error.reason], { object, verb, detail: error.message, cause: error });
}
