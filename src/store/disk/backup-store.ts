import type { Disk } from '../../host/disk.ts';
import { BerthError } from '../../lib/errors.ts';
import type { StoreContent } from '../memory/mvcc-store.ts';
import type { Revision } from '../store.ts';
import { toStoreError } from './damage-error.ts';
import { loadStore } from './load-store.ts';
import { createSegment } from './log-writer.ts';
import { loadStoreReadOnly } from './read-only-store.ts';
import { writeSnapshot } from './snapshot.ts';
import { selectStoreFiles } from './store-files.ts';

/**
 * Revisions left out after a restore. What was written after the backup is gone, but somebody may have seen its
 * revisions; they must not come to mean something else.
 */
const SKIPPED_REVISIONS = 1_000_000;

export interface BackupReport {
  readonly revision: Revision;
  readonly objects: number;
  readonly sizeBytes: number;
}

/**
 * Copies the store in `from` into the empty directory `to`; works beside a running Berth, too. Rejects with
 * `StoreCorrupt`, `StoreVersion`, `DiskFailed`, with `StoreExists` when `to` holds a store, and with `ConfigInvalid`
 * when `from` holds none.
 */
export async function backupStore({ from, to }: { readonly from: Disk; readonly to: Disk }): Promise<BackupReport> {
  try {
    const loaded = await loadStoreReadOnly({ disk: from });
    requireStore(loaded.files, 'back up');
    return await writeBackup(to, loaded.content);
  } catch (error) {
    throw toStoreError(error, 'back up');
  }
}

/**
 * Writes a state as a store of its own: a snapshot and an empty log. Rejects with `StoreExists` when the directory
 * holds a store.
 */
export async function writeBackup(to: Disk, content: StoreContent): Promise<BackupReport> {
  if ((await storeFileNames(to)).length > 0) {
    throw new BerthError('StoreExists', {
      object: 'store',
      verb: 'write',
      detail: 'the target directory holds a store already',
    });
  }
  const sizeBytes = await writeSnapshot(to, content);
  const segment = await createSegment(to, content.revision + 1);
  await segment.appender.close();
  return { revision: content.revision, objects: content.entries.length, sizeBytes };
}

export interface RestoreOptions {
  /** What `backupStore` or `DiskStore.backup` wrote. */
  readonly from: Disk;
  /** The store's directory; nobody may have it open, so hold the lock of the data directory. */
  readonly to: Disk;
  /**
   * Moves a store that is there aside: its files stay beside the new ones as `replaced-<n>-…`. Without it that is
   * `StoreExists`.
   */
  readonly replace?: boolean;
}

/**
 * Puts a backup in place. The restored store's revision is far beyond that of the backup and of the store it replaces,
 * so that no revision that was ever seen comes back with another meaning. Rejects as `backupStore` does.
 */
export async function restoreStore({ from, to, replace = false }: RestoreOptions): Promise<BackupReport> {
  try {
    const { content, files } = await loadStore({ disk: from, verifyAll: true });
    requireStore(files, 'restore');
    const oldNames = await storeFileNames(to);
    let seenRevision = content.revision;
    if (oldNames.length > 0 && replace) {
      seenRevision = Math.max(seenRevision, await readableRevision(to));
      await moveAside(to, oldNames);
    }
    return await writeBackup(to, { revision: seenRevision + SKIPPED_REVISIONS, entries: content.entries });
  } catch (error) {
    throw toStoreError(error, 'restore');
  }
}

function requireStore(files: readonly unknown[], verb: string): void {
  if (files.length > 0) return;
  const help = 'name the directory that holds the log-*.wal and snapshot-*.snap files';
  throw new BerthError('ConfigInvalid', { object: 'store', verb, detail: 'the source directory holds no store', help });
}

async function storeFileNames(disk: Disk): Promise<string[]> {
  const { segments, snapshots } = selectStoreFiles(await disk.list());
  return [...snapshots, ...segments].map((file) => file.name);
}

/** The newest revision of a store that may be damaged, as far as its file names and its readable part tell. */
async function readableRevision(disk: Disk): Promise<Revision> {
  const { segments, snapshots } = selectStoreFiles(await disk.list());
  const named = Math.max(0, ...[...segments, ...snapshots].map((file) => file.revision));
  try {
    return Math.max(named, (await loadStore({ disk })).content.revision);
  } catch {
    return named;
  }
}

async function moveAside(disk: Disk, names: readonly string[]): Promise<void> {
  const present = await disk.list();
  let number = 1;
  while (present.some((name) => name.startsWith(`replaced-${number}-`))) number++;
  for (const name of names) await disk.rename(name, `replaced-${number}-${name}`);
  await disk.syncDirectory();
}
