/** What the table says of a code. `class`: whether trying again can help, or somebody has to act. */
export interface ErrorCodeEntry {
  readonly class: 'retryable' | 'terminal';
  /** What the code means, as a sentence; `docs/errors.md` carries the same codes. */
  readonly summary: string;
  /** The usual next step, as a clause without a full stop. */
  readonly help: string;
}

/**
 * The closed table of error codes. A code is never reused for another meaning. Keep each section sorted by name; a test holds this
 * table and `docs/errors.md` to each other in both directions.
 */
export const ERROR_CODES = {
  // Limits and configuration
  ConfigInvalid: {
    class: 'terminal',
    summary: 'The configuration or an option has a wrong value.',
    help: 'correct the named option',
  },
  LimitExceeded: { class: 'terminal', summary: 'An input is over one of the limits.', help: 'make the input smaller' },

  // Store
  DiskFailed: {
    class: 'terminal',
    summary: 'A write or sync of the store failed; nothing unpersisted was shown to anybody.',
    help: 'free space or repair the disk, then start Berth again',
  },
  StoreCorrupt: {
    class: 'terminal',
    summary: 'The store is damaged somewhere other than at the torn end of its log.',
    help: 'restore a backup with `berth store restore`',
  },
  StoreLocked: {
    class: 'terminal',
    summary: 'Another process uses this data directory.',
    help: 'stop the other Berth or choose another --data-dir',
  },
  StoreVersion: {
    class: 'terminal',
    summary: 'The store was written by a newer Berth.',
    help: 'run that version, or restore an older backup',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
