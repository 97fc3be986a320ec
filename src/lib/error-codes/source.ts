import type { ErrorCodeEntry } from './error-code-entry.ts';

/** The Git repository. */
export const SOURCE_CODES = {
  BranchMissing: {
    class: 'retryable',
    summary: 'The repository has no branch of this name.',
    help: 'push the branch, or correct --branch; Berth goes on by itself',
  },
  HostKeyUnknown: {
    class: 'retryable',
    summary: 'The ssh host shows a key that is not trusted.',
    help: 'compare the key with what the host publishes and add it to the known_hosts file',
  },
  RepositoryDamaged: {
    class: 'retryable',
    summary: 'An object of the repository is missing or not what its id says.',
    help: 'run `git fsck` in it and push again what is missing',
  },
  RepositoryInvalid: {
    class: 'retryable',
    summary: 'What is there is no Git repository, or one that Berth cannot read.',
    help: 'correct --repo, or the repository',
  },
  RepositoryLocked: {
    class: 'retryable',
    summary: 'Another git process held or moved the branch for too long.',
    help: 'nothing, unless a lock file was left behind',
  },
  RepositoryMissing: {
    class: 'retryable',
    summary: 'There is no repository at this place.',
    help: 'create it, or correct --repo; Berth goes on by itself',
  },
  RepositoryReadOnly: {
    class: 'retryable',
    summary: 'The status branch cannot be written; deploying goes on.',
    help: 'give Berth write access, or live without the status branch',
  },
  RepositoryUnauthorized: {
    class: 'retryable',
    summary: 'The repository refuses the credentials, or has none to check.',
    help: 'correct the credential file; it is read again at the next attempt',
  },
  RepositoryUnreachable: {
    class: 'retryable',
    summary: 'The repository cannot be reached at the moment.',
    help: 'check the network; Berth tries again by itself',
  },
  RevisionMissing: {
    class: 'terminal',
    summary: 'The repository has no branch, tag or commit of this name.',
    help: 'correct the revision',
  },
  StatusFolderTaken: {
    class: 'terminal',
    summary: 'The folder of the status branch belongs to something else.',
    help: 'choose another --cluster name, or remove the folder from the branch',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
