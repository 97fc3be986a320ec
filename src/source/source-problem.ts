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
 * The code of what a source rejected with; `undefined` for other errors. It goes by the name, since importing the class
 * would load the drivers.
 */
export function sourceErrorCode(error: Error): ErrorCode | undefined {
  if (error.name !== 'SourceError') return undefined;
  const reason = 'reason' in error ? String(error.reason) : '';
  return Object.entries(CODES).find(([known]) => known === reason)?.[1] ?? 'RepositoryUnreachable';
}

/**
 * The one form of errors for what a source rejected with. `object` is what it was about, such as `main of
 * /srv/app.git`.
 */
export function sourceProblem(error: SourceError, verb: string, object: string): BerthError {
  return new BerthError(CODES[error.reason], { object, verb, detail: error.message, cause: error });
}
