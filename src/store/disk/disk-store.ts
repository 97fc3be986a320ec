import type { Disk } from '../../host/disk.ts';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import type { HistoryLimits } from '../memory/history.ts';
import { MvccStore, type StoreContent } from '../memory/mvcc-store.ts';
import type { IndexDefinition, Store } from '../store.ts';
import { type BackupReport, writeBackup } from './backup-store.ts';
import type { Stringify } from './changes-codec.ts';
import { Compactor } from './compactor.ts';
import { toStoreError } from './damage-error.ts';
import { type LoadedStore, loadStore } from './load-store.ts';
import { createSegment, LogWriter, type OpenSegment } from './log-writer.ts';
import { writeSnapshot } from './snapshot.ts';
import { FORMAT_VERSION } from './store-files.ts';
import type { StoreFormat } from './store-formats.ts';

export interface DiskStoreLimits extends HistoryLimits {
  readonly segmentBytes: number;
  readonly logBytes: number;
}

export interface DiskStoreOptions {
  /** A directory that no other process writes: see `acquireDataDirectoryLock`. */
  readonly disk: Disk;
  readonly clock: Clock;
  readonly indexes: readonly IndexDefinition[];
  /** How values are written into the log. Default: `JSON.stringify`. */
  readonly stringify?: Stringify;
  /** Default: those of `LIMITS`. */
  readonly limits?: Partial<DiskStoreLimits>;
  readonly logger?: Logger;
  /** Other readers than the built-in ones of older format versions. */
  readonly formats?: ReadonlyMap<number, StoreFormat>;
}

/** A store that outlives the process. */
export interface DiskStore extends Store {
  /** Writes a consistent copy of the newest state into an empty directory, while everything goes on. */
  backup(to: Disk): Promise<BackupReport>;
}

/**
 * Opens the store in a directory, or begins a new one. What a crash left behind is put in order: a torn tail is cut,
 * temporary and superseded files are removed, files of an older format are migrated. Rejects with `StoreCorrupt` (file
 * and offset), `StoreVersion` or `DiskFailed`.
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<DiskStore> {
  const { disk, clock, indexes, stringify = JSON.stringify, formats, logger = silentLogger } = options;
  const limits: DiskStoreLimits = {
    historyEvents: LIMITS.storeHistoryEvents,
    historyBytes: LIMITS.storeHistoryBytes,
    segmentBytes: LIMITS.storeSegmentBytes,
    logBytes: LIMITS.storeLogBytes,
    ...options.limits,
  };
  try {
    const loaded = await loadStore({ disk, formats });
    const segment = await prepareLog(disk, loaded, logger);
    const compactor = new Compactor({ disk, logger, logBytes: limits.logBytes, files: loaded.files });
    await compactor.removeSuperseded();
    return new LoggedStore({ disk, clock, indexes, stringify, limits, content: loaded.content, segment, compactor });
  } catch (error) {
    throw toStoreError(error, 'open');
  }
}

/** Leaves a segment of today's format open, everything before its end on disk. */
async function prepareLog(disk: Disk, { content, files }: LoadedStore, logger: Logger): Promise<OpenSegment> {
  for (const name of await disk.list()) if (name.endsWith('.tmp')) await disk.remove(name);
  const last = files.findLast((file) => file.kind === 'segment');
  if (last === undefined) return createSegment(disk, 1);
  if (last.tornBytes > 0) {
    logger.warn('the torn end of the log was cut: nobody was told that it was stored', {
      file: last.name,
      offset: last.sizeBytes - last.tornBytes,
      tornBytes: last.tornBytes,
    });
  }
  const appender = await disk.openAppender(last.name, last.sizeBytes - last.tornBytes);
  // A killed process may have written what it did not sync.
  await appender.sync();
  await disk.syncDirectory();
  if (files.every((file) => file.formatVersion === FORMAT_VERSION)) {
    return {
      name: last.name,
      firstRevision: last.firstRevision,
      appender,
      isSealed: last.isSealed && last.tornBytes === 0,
    };
  }
  await appender.close();
  logger.info('the store is migrated to the format of this version', { formatVersion: FORMAT_VERSION });
  await writeSnapshot(disk, content);
  return createSegment(disk, content.revision + 1);
}

interface LoggedStoreOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly indexes: readonly IndexDefinition[];
  readonly stringify: Stringify;
  readonly limits: DiskStoreLimits;
  readonly content: StoreContent;
  readonly segment: OpenSegment;
  readonly compactor: Compactor;
}

class LoggedStore extends MvccStore implements DiskStore {
  constructor({ disk, clock, indexes, stringify, limits, content, segment, compactor }: LoggedStoreOptions) {
    super({
      indexes,
      limits,
      content,
      connectLog: (listener) =>
        new LogWriter({
          disk,
          clock,
          stringify,
          listener,
          segment,
          segmentBytes: limits.segmentBytes,
          revision: content.revision,
          onSegmentClosed: (closedBytes) => compactor.onSegmentClosed(closedBytes, () => this.#durableContent()),
          beforeClose: (segmentBytes, rotate) =>
            compactor.compactBeforeClose(segmentBytes, rotate, () => this.#durableContent()),
        }),
    });
  }

  async backup(to: Disk): Promise<BackupReport> {
    return writeBackup(to, await this.#durableContent());
  }

  /** The newest state, once it is on disk: a snapshot must never be ahead of the log. */
  async #durableContent(): Promise<StoreContent> {
    const content = { revision: this.revision, entries: this.list('') };
    await this.durable(content.revision);
    return content;
  }
}
