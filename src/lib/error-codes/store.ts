import type { ErrorCodeEntry } from './error-code-entry.ts';

/** The store on the disk. */
export const STORE_CODES = {
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
  StoreExists: {
    class: 'terminal',
    summary: 'The target directory already holds a store.',
    help: 'choose an empty directory; `berth store restore --replace` moves a store that is there aside',
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
