import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Applying and pruning. */
export const GITOPS_CODES = {
  EmptyApplication: {
    class: 'terminal',
    summary: 'A commit declares nothing where it declared something before; what runs is kept.',
    help: 'restore the manifests, or remove the path from the configuration',
  },
  FieldConflict: {
    class: 'terminal',
    summary: 'Two applications set the same field to different values.',
    help: 'remove it from one of them',
  },
  PathMissing: {
    class: 'terminal',
    summary: 'The commit has no folder at a path that is configured.',
    help: 'restore the folder, or correct --path',
  },
  PruneFailed: {
    class: 'terminal',
    summary: 'An object that is no longer declared could not be deleted.',
    help: 'read the message; the next pass tries again',
  },
  SuccessorUnloaded: {
    class: 'terminal',
    summary: 'An application goes by another name now, and nothing is declared by that name yet; what runs is kept.',
    help: 'mend the application that the message names; what it does not declare then is deleted',
  },
  SuccessorUnproven: {
    class: 'retryable',
    summary:
      'An application goes by another name now, and is not healthy by that name yet; what it does not declare any more is kept.',
    help: 'nothing, if it becomes healthy; otherwise mend the application that the message names',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
