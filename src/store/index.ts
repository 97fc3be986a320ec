/**
 * The store: every object of the cluster, in memory, with its recent history, over a write-ahead log.
 *
 * Flow: a transaction writes into the maps of `memory/` and becomes one commit with the next revision; watches inside
 * the process hear of it in the same tick; the log makes it durable (`disk/`: group commit through the `Disk` port);
 * then `durable` and the watches of whatever leaves the process hear of it. Opening a directory loads the newest
 * snapshot and the log after it.
 *
 * It must not know Kubernetes: keys are strings, values are JSON.
 */
export { type BackupReport, backupStore, type RestoreOptions, restoreStore } from './disk/backup-store.ts';
export { checkStore, type StoreCheck } from './disk/check-store.ts';
export { type DiskStore, type DiskStoreLimits, type DiskStoreOptions, openDiskStore } from './disk/disk-store.ts';
export type { StoreFileReport } from './disk/load-store.ts';
export { openStoreReadOnly } from './disk/read-only-store.ts';
export { createMemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export type { StoreContent } from './memory/mvcc-store.ts';
export * from './store.ts';
