import type { Disk, DiskAppender } from '../../host/disk.ts';
import { type Clock, type Timer, yieldTurn } from '../../lib/clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import type { Commit } from '../memory/history.ts';
import type { CommitLog, LogListener } from '../memory/mvcc-store.ts';
import type { Revision } from '../store.ts';
import { encodeChanges, type Stringify } from './changes-codec.ts';
import { FRAME_KINDS, finishFrame } from './frame.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { LogPace } from './log-pace.ts';
import { encodeFileHeader, FILE_HEADER_BYTES, segmentName } from './store-files.ts';

/** How long the log is idle before its last batch is sealed. */
const SEAL_DELAY_MS = 1_000;
/** A batch that is worth a sync of its own where the disk would idle otherwise. */
const EARLY_BATCH_BYTES = 64 * 1024;

export interface OpenSegment {
  readonly name: string;
  readonly firstRevision: Revision;
  readonly appender: DiskAppender;
  /** Whether a seal vouches for its last batch, or it has none. */
  readonly isSealed: boolean;
}

export interface LogWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly listener: LogListener;
  readonly stringify: Stringify;
  /** A segment is closed and the next one begun when it is larger than this. */
  readonly segmentBytes: number;
  readonly segment: OpenSegment;
  /** The newest revision, which is on disk. */
  readonly revision: Revision;
  /** Told when a segment is full and the next one stands: compaction may look at it now. */
  readonly onSegmentClosed: (closedBytes: number) => void;
  /**
   * Runs before the log is closed, when everything is on disk; may ask for a new segment so that this one can be
   * removed.
   */
  readonly beforeClose: (segmentBytes: number, rotate: () => Promise<void>) => Promise<void>;
}

/** Makes a segment that begins with `firstRevision`, over an empty one of the same name. */
export async function createSegment(disk: Disk, firstRevision: Revision): Promise<OpenSegment> {
  const name = segmentName(firstRevision);
  await disk.writeAtomic(name, [encodeFileHeader('segment', firstRevision)]);
  return { name, firstRevision, appender: await disk.openAppender(name, FILE_HEADER_BYTES), isSealed: true };
}

/**
 * Writes the log with group commit: whatever was committed while a sync was under way goes into the next one together;
 * there is never more than one under way.
 *
 * A sync begins a turn after it could, so that all who write in that turn, such as those who were told of the last
 * sync, share it. Where the work of a turn takes longer than the disk, it begins at once instead: the disk then works
 * while the next commits are being made.
 *
 * Invariant: bytes of the segment before `#syncedBytes` are on disk, and frames are written with that as their synced
 * offset. After a failed call nothing is written any more: what the file holds then is unknown until the next start
 * reads it.
 */
export class LogWriter implements CommitLog {
  readonly #options: LogWriterOptions;
  #segment: OpenSegment;
  #syncedBytes: number;
  #revision: Revision;
  #pending = new FrameBuffer();
  /** What the last batch was in. */
  #spare = new FrameBuffer();
  #writing: Promise<void> | undefined;
  #isTurnAwaited = false;
  readonly #pace: LogPace;
  #sealTimer: Timer | undefined;
  #isSealDue = false;
  #isSealed: boolean;
  #hasFailed = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#segment = options.segment;
    this.#syncedBytes = options.segment.appender.sizeBytes;
    this.#revision = options.revision;
    this.#isSealed = options.segment.isSealed;
    this.#pace = new LogPace(options.clock);
  }

  append({ revision, events }: Commit): boolean {
    this.#pending.add(revision, events, this.#options.stringify);
    this.#wake();
    return false;
  }

  async close(): Promise<void> {
    await this.#finishWriting();
    this.#sealTimer?.cancel();
    if (!this.#hasFailed) await this.#options.beforeClose(this.#segment.appender.sizeBytes, () => this.#rotate());
    this.#isSealDue ||= !this.#isSealed;
    await this.#finishWriting();
    if (!this.#hasFailed) await this.#segment.appender.sync();
    await this.#segment.appender.close();
  }

  async #finishWriting(): Promise<void> {
    this.#begin();
    await this.#writing;
  }

  /** Sees to it that what is due gets written: now, or when this turn is over. */
  #wake(): void {
    if (this.#writing !== undefined || this.#hasFailed) return;
    if (this.#pace.isWorkSlower && this.#pending.sizeBytes >= EARLY_BATCH_BYTES) return this.#begin();
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    const onTurn = this.#pace.startTurn();
    this.#options.clock.defer(() => {
      this.#isTurnAwaited = false;
      onTurn();
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#writing !== undefined || this.#hasFailed) return;
    if (this.#pending.isEmpty && !this.#isSealDue) return;
    this.#sealTimer?.cancel();
    this.#writing = this.#write();
  }

  /**
   * Writes until nothing is pending. Between finding that and `#writing` being reset nothing else runs, so no commit is
   * left behind.
   */
  async #write(): Promise<void> {
    try {
      while (!this.#pending.isEmpty || this.#isSealDue) {
        if (!this.#pending.isEmpty) await this.#flush(this.#takePending());
        else await this.#seal();
        if (!this.#pending.isEmpty && !this.#pace.isWorkSlower) await yieldTurn(this.#options.clock);
      }
      if (!this.#isSealed) this.#startSealTimer();
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  #startSealTimer(): void {
    this.#sealTimer = this.#options.clock.setTimer(SEAL_DELAY_MS, () => {
      this.#isSealDue = true;
      this.#begin();
    });
  }

  #takePending(): FrameBuffer {
    const batch = this.#pending;
    this.#pending = this.#spare;
    this.#spare = batch;
    return batch;
  }

  async #flush(batch: FrameBuffer): Promise<void> {
    const { appender } = this.#segment;
    const frames = batch.finish(this.#syncedBytes);
    this.#revision = batch.revision;
    this.#isSealed = false;
    const onSynced = this.#pace.startSync();
    await appender.appendSynced([frames]);
    onSynced();
    batch.clear();
    this.#syncedBytes = appender.sizeBytes;
    this.#options.listener.onDurable(this.#revision);
    if (appender.sizeBytes > this.#options.segmentBytes) await this.#rotate();
  }

  async #rotate(): Promise<void> {
    const closed = this.#segment.appender;
    // First cut to its size: only the last segment may have reserved space behind its end.
    await closed.close();
    this.#segment = await createSegment(this.#options.disk, this.#revision + 1);
    this.#syncedBytes = this.#segment.appender.sizeBytes;
    this.#isSealed = true;
    this.#options.onSegmentClosed(closed.sizeBytes);
  }

  /**
   * Notes that the last batch is on disk, so that damage to it cannot pass for a torn tail. Needs no sync: it is of use
   * once it is there.
   */
  async #seal(): Promise<void> {
    const seal = finishFrame(encodeChanges([]), FRAME_KINDS.seal, this.#revision, this.#syncedBytes);
    await this.#segment.appender.append([seal]);
    this.#isSealed = true;
    this.#isSealDue = false;
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#pending.clear();
    const detail = `${this.#segment.name}: ${messageOf(error)}`;
    this.#options.listener.onFailure(
      new BerthError('DiskFailed', { object: 'store', verb: 'write', detail, cause: error }),
    );
  }
}
