import type { Disk } from '../../host/disk.ts';
import type { StoreContent } from '../memory/mvcc-store.ts';
import { encodeChanges, type RawChange } from './changes-codec.ts';
import { DamageError } from './damage-error.ts';
import { FRAME_HEADER_BYTES, FRAME_KINDS, finishFrame, peekPayloadBytes, readFrame } from './frame.ts';
import { decodeFrame } from './read-segment.ts';
import { encodeFileHeader, FILE_HEADER_BYTES, readFileHeader, type StoreFile, snapshotName } from './store-files.ts';
import type { StoreFormat } from './store-formats.ts';

/** Entries in one frame: some hundred kilobytes, which take a millisecond or two to encode. */
const ENTRIES_PER_FRAME = 128;

/** Writes the state after a revision, piece by piece with other work in between. Returns the size of the file. */
export async function writeSnapshot(disk: Disk, content: StoreContent): Promise<number> {
  let sizeBytes = 0;
  function* counted() {
    for (const chunk of encodeSnapshot(content)) {
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  await disk.writeAtomic(snapshotName(content.revision), counted());
  return sizeBytes;
}

function* encodeSnapshot({ revision, entries }: StoreContent): Generator<Uint8Array> {
  yield encodeFileHeader('snapshot', revision);
  let frameNumber = 0;
  for (let start = 0; start < entries.length; start += ENTRIES_PER_FRAME) {
    const frame = encodeChanges(entries.slice(start, start + ENTRIES_PER_FRAME));
    yield finishFrame(frame, FRAME_KINDS.entries, revision, frameNumber++);
  }
  yield finishFrame(encodeChanges([]), FRAME_KINDS.end, revision, frameNumber);
}

export interface SnapshotOptions {
  readonly disk: Disk;
  readonly file: StoreFile;
  readonly formats: ReadonlyMap<number, StoreFormat>;
  /** Called for each entry, in key order. */
  readonly onEntry: (change: RawChange, offset: number) => void;
}

export interface SnapshotReading {
  readonly version: number;
  readonly entries: number;
  readonly sizeBytes: number;
}

/**
 * Reads a snapshot frame by frame. Throws `DamageError` for anything that is not whole: snapshots are renamed into
 * place when they are.
 */
export async function readSnapshot(options: SnapshotOptions): Promise<SnapshotReading> {
  const { disk, file } = options;
  const sizeBytes = await disk.sizeOf(file.name);
  const firstLength = FILE_HEADER_BYTES + FRAME_HEADER_BYTES;
  let window = toBuffer(await disk.read(file.name, { offset: 0, length: firstLength }));
  const version = readFileHeader(file, window);
  window = window.subarray(FILE_HEADER_BYTES);
  let offset = FILE_HEADER_BYTES;
  let entries = 0;
  for (let frameNumber = 0; ; frameNumber++) {
    if (window.length < FRAME_HEADER_BYTES) throw new DamageError(file.name, offset, 'the snapshot is cut short');
    // The header of the frame is here already; its payload is read together with the header of the next frame.
    const rest = peekPayloadBytes(window, 0) + FRAME_HEADER_BYTES;
    const length = Math.min(rest, Math.max(0, sizeBytes - offset));
    const behind = toBuffer(await disk.read(file.name, { offset: offset + FRAME_HEADER_BYTES, length }));
    const read = readSnapshotFrame(options, version, { bytes: Buffer.concat([window, behind]), offset, frameNumber });
    entries += read.entries;
    window = read.rest;
    offset += read.frameBytes;
    if (!read.isEnd) continue;
    if (offset !== sizeBytes)
      throw new DamageError(file.name, offset, 'something stands behind the end of the snapshot');
    return { version, entries, sizeBytes };
  }
}

interface SnapshotWindow {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly frameNumber: number;
}

function readSnapshotFrame(options: SnapshotOptions, version: number, { bytes, offset, frameNumber }: SnapshotWindow) {
  const { file, formats, onEntry } = options;
  const frame = readFrame(bytes, 0);
  if (typeof frame === 'string') throw new DamageError(file.name, offset, frame);
  const isEnd = frame.kind === FRAME_KINDS.end;
  const isInPlace = frame.revision === file.revision && frame.syncedOffset === frameNumber;
  if (!isInPlace || (!isEnd && frame.kind !== FRAME_KINDS.entries)) {
    throw new DamageError(file.name, offset, 'this record has no place here');
  }
  const changes = decodeFrame({ file, formats, version, frame, offset });
  for (const change of changes) onEntry(change, offset);
  return { entries: changes.length, isEnd, frameBytes: frame.end, rest: bytes.subarray(frame.end) };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
