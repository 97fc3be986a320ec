import type { Revision } from '../store.ts';
import type { RawChange } from './changes-codec.ts';
import { DamageError } from './damage-error.ts';
import { FRAME_KINDS, type Frame, readFrame, wasSynced } from './frame.ts';
import { FILE_HEADER_BYTES, readFileHeader, type StoreFile } from './store-files.ts';
import type { StoreFormat } from './store-formats.ts';

export interface SegmentOptions {
  readonly file: StoreFile;
  readonly bytes: Buffer;
  /** Only the last segment may end in a torn tail: the one before was on disk before it was begun. */
  readonly isLast: boolean;
  readonly formats: ReadonlyMap<number, StoreFormat>;
  /** Called for each transaction, in revision order. */
  readonly onTransaction: (revision: Revision, changes: readonly RawChange[], offset: number) => void;
}

export interface SegmentReading {
  readonly version: number;
  readonly transactions: number;
  /** Of the last transaction; that before the segment when it has none. */
  readonly lastRevision: Revision;
  readonly validBytes: number;
  /** Whether the end of the valid part is vouched for by a seal. */
  readonly isSealed: boolean;
  /** What was cut off behind them: the rest of a batch that nobody was told is durable. */
  readonly tornBytes: number;
  /** Zeros at the very end: space that was reserved for more, and never used. */
  readonly reservedBytes: number;
}

/** Reads one segment of the log. Throws `DamageError`, or `StoreVersion` for a file that a newer Berth wrote. */
export function readSegment(options: SegmentOptions): SegmentReading {
  const { file, bytes, isLast } = options;
  const version = readFileHeader(file, bytes);
  let lastRevision = file.revision - 1;
  let offset = FILE_HEADER_BYTES;
  let isSealed = false;
  const usedBytes = isLast ? lengthWithoutZeros(bytes) : bytes.length;
  while (offset < usedBytes) {
    const frame = readFrame(bytes, offset);
    if (typeof frame === 'string') {
      if (!isLast || wasSynced(bytes, offset, lastRevision)) throw new DamageError(file.name, offset, frame);
      break;
    }
    lastRevision = readLogFrame(options, version, frame, offset, lastRevision);
    offset = frame.end;
    isSealed = frame.kind === FRAME_KINDS.seal;
  }
  const transactions = lastRevision - file.revision + 1;
  // The last record may itself end in zeros.
  const reservedBytes = bytes.length - Math.max(usedBytes, offset);
  const tornBytes = bytes.length - offset - reservedBytes;
  return { version, transactions, lastRevision, isSealed, validBytes: offset, tornBytes, reservedBytes };
}

function lengthWithoutZeros(bytes: Buffer): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

/** Returns the revision after the frame. */
function readLogFrame(
  { file, formats, onTransaction }: SegmentOptions,
  version: number,
  frame: Frame,
  offset: number,
  lastRevision: Revision,
): Revision {
  const expected = frame.kind === FRAME_KINDS.seal ? lastRevision : lastRevision + 1;
  if (frame.revision !== expected) {
    throw new DamageError(file.name, offset, `revision ${frame.revision} stands where ${expected} belongs`);
  }
  if (frame.kind === FRAME_KINDS.seal) return lastRevision;
  if (frame.kind !== FRAME_KINDS.transaction) {
    throw new DamageError(file.name, offset, `a record of kind ${frame.kind} has no place in the log`);
  }
  onTransaction(frame.revision, decodeFrame({ file, formats, version, frame, offset }), offset);
  return frame.revision;
}

export interface FrameToDecode {
  readonly file: StoreFile;
  readonly formats: ReadonlyMap<number, StoreFormat>;
  readonly version: number;
  readonly frame: Frame;
  readonly offset: number;
}

/** The changes in a frame. Throws `DamageError` when there are none that can be read. */
export function decodeFrame({ file, formats, version, frame, offset }: FrameToDecode): readonly RawChange[] {
  const format = formats.get(version);
  if (format === undefined) throw new DamageError(file.name, 8, `there is no format version ${version}`);
  try {
    return format.decodeChanges(frame.payload);
  } catch (error) {
    if (error instanceof RangeError) throw new DamageError(file.name, offset, error.message);
    throw error;
  }
}
