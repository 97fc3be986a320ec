import type { Disk } from '../../host/disk.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { StoreContent } from '../memory/mvcc-store.ts';
import type { StoreFileReport } from './load-store.ts';
import { writeSnapshot } from './snapshot.ts';
import { selectStoreFiles } from './store-files.ts';

/** A snapshot is written at closing time when the log is longer than this and than a quarter of the last snapshot … */
const MIN_LOG_BYTES_AT_CLOSE = 1024 * 1024;
/** … and no more than about this has to be written. */
const MAX_BYTES_AT_CLOSE = 64 * 1024 * 1024;

export interface CompactorOptions {
  readonly disk: Disk;
  readonly logger: Logger;
  /** Closed segments may grow to this, or to the size of the last snapshot where that is larger. */
  readonly logBytes: number;
  /** What was loaded at the start. */
  readonly files: readonly StoreFileReport[];
}

type TakeContent = () => Promise<StoreContent>;

/**
 * Keeps the log short: writes a snapshot now and then and removes what it makes superfluous. A failure costs nothing
 * but space, so it is logged and tried again with the next segment.
 */
export class Compactor {
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #logBytes: number;
  #closedBytes = 0;
  #snapshotBytes = 0;
  #running: Promise<void> | undefined;

  constructor({ disk, logger, logBytes, files }: CompactorOptions) {
    this.#disk = disk;
    this.#logger = logger;
    this.#logBytes = logBytes;
    const segments = files.filter((file) => file.kind === 'segment');
    for (const segment of segments.slice(0, -1)) this.#closedBytes += segment.sizeBytes;
    const snapshot = files.find((file) => file.kind === 'snapshot');
    this.#snapshotBytes = snapshot?.sizeBytes ?? 0;
  }

  onSegmentClosed(closedBytes: number, takeContent: TakeContent): void {
    this.#closedBytes += closedBytes;
    if (this.#running !== undefined || this.#closedBytes < Math.max(this.#logBytes, this.#snapshotBytes)) return;
    this.#running = this.#compact(takeContent).finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * Waits for a snapshot under way; then writes one where that makes the next start cheaper than it costs now. `rotate`
   * begins a new segment, so that the one with `activeBytes` can go, too.
   */
  async compactBeforeClose(activeBytes: number, rotate: () => Promise<void>, takeContent: TakeContent): Promise<void> {
    await this.#running;
    const logBytes = this.#closedBytes + activeBytes;
    if (logBytes < Math.max(MIN_LOG_BYTES_AT_CLOSE, this.#snapshotBytes / 4)) return;
    if (logBytes + this.#snapshotBytes > MAX_BYTES_AT_CLOSE) return;
    // Counts as running, so that the closed segment does not set off another one.
    this.#running = this.#compact(async () => {
      await rotate();
      return takeContent();
    });
    await this.#running;
  }

  /**
   * Removes what the newest snapshot covers: older snapshots, and segments whose successor begins no later than it
   * ends.
   */
  async removeSuperseded(): Promise<void> {
    const { segments, snapshots } = selectStoreFiles(await this.#disk.list());
    const newest = snapshots.at(-1);
    if (newest === undefined) return;
    const covered = segments.filter((_, index) => {
      const next = segments[index + 1];
      return next !== undefined && next.revision <= newest.revision + 1;
    });
    // From the oldest on, so that a crash in between leaves no gap.
    for (const { name } of [...snapshots.slice(0, -1), ...covered]) await this.#disk.remove(name);
    await this.#disk.syncDirectory();
  }

  async #compact(takeContent: TakeContent): Promise<void> {
    try {
      const content = await takeContent();
      const compactedBytes = this.#closedBytes;
      this.#snapshotBytes = await writeSnapshot(this.#disk, content);
      this.#closedBytes -= compactedBytes;
      await this.removeSuperseded();
    } catch (error) {
      this.#logger.warn('the log of the store was not compacted, which is tried again later', {
        error: messageOf(error),
      });
    }
  }
}
