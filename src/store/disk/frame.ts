import { crc32 } from 'node:zlib';
import type { Revision } from '../store.ts';

/**
 * The unit of both kinds of file, after the file header: a frame header of 24 bytes and a payload.
 * CRC-32 of everything behind it (u32), payload length (u32), revision (u64), synced offset (u32), kind (u32).
 *
 * The *synced offset* of a frame in the log says up to which byte the segment was on disk before this frame was
 * written. It tells damage from a torn tail: a batch that was cut short by a crash may have lost any of its sectors,
 * but nothing before the synced offset of any frame that can still be read. In a snapshot it is the number of the frame
 * instead.
 */
export const FRAME_HEADER_BYTES = 24;

/**
 * `transaction`: the changes of one revision. `seal`: no changes; its revision is that of the last transaction, and its
 * synced offset vouches for what stands before it. `entries`: a part of a snapshot. `end`: the last frame of a
 * snapshot, its payload empty.
 */
export const FRAME_KINDS = { transaction: 1, seal: 2, entries: 3, end: 4 } as const;
export type FrameKind = (typeof FRAME_KINDS)[keyof typeof FRAME_KINDS];

export interface Frame {
  readonly kind: number;
  readonly revision: Revision;
  readonly syncedOffset: number;
  readonly payload: Buffer;
  /** Offset behind the frame. */
  readonly end: number;
}

/** Fills in the header of a frame whose payload stands in `frame` already. */
export function finishFrame(frame: Buffer, kind: FrameKind, revision: Revision, syncedOffset: number): Buffer {
  frame.writeUInt32LE(frame.length - FRAME_HEADER_BYTES, 4);
  writeRevision(frame, 8, revision);
  frame.writeUInt32LE(syncedOffset, 16);
  frame.writeUInt32LE(kind, 20);
  frame.writeUInt32LE(crc32(frame.subarray(4)), 0);
  return frame;
}

/** The frame at `offset`, or what is wrong with the bytes there. */
export function readFrame(bytes: Buffer, offset: number): Frame | string {
  if (bytes.length - offset < FRAME_HEADER_BYTES) return 'the record header is cut short';
  const end = offset + FRAME_HEADER_BYTES + bytes.readUInt32LE(offset + 4);
  if (end > bytes.length) return 'the record is cut short';
  if (crc32(bytes.subarray(offset + 4, end)) !== bytes.readUInt32LE(offset))
    return 'the checksum of the record does not match';
  return {
    revision: readRevision(bytes, offset + 8),
    syncedOffset: bytes.readUInt32LE(offset + 16),
    kind: bytes.readUInt32LE(offset + 20),
    payload: bytes.subarray(offset + FRAME_HEADER_BYTES, end),
    end,
  };
}

/** The length of a frame's payload as its header at `offset` has it, before anything is known to be right. */
export function peekPayloadBytes(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset + 4);
}

/**
 * Whether the unreadable bytes at `badOffset` of a segment had been on disk, because a frame behind them says so. A
 * payload is never taken for a frame: it holds no zero bytes where a frame header has them, since JSON escapes them.
 */
export function wasSynced(bytes: Buffer, badOffset: number, lastRevision: Revision): boolean {
  const maxRevision = lastRevision + bytes.length / FRAME_HEADER_BYTES;
  for (let offset = badOffset; offset + FRAME_HEADER_BYTES <= bytes.length; offset++) {
    if (bytes.readUInt32LE(offset + 16) <= badOffset) continue;
    const kind = bytes.readUInt32LE(offset + 20);
    if (kind !== FRAME_KINDS.transaction && kind !== FRAME_KINDS.seal) continue;
    const revision = readRevision(bytes, offset + 8);
    if (revision < lastRevision || revision > maxRevision) continue;
    if (typeof readFrame(bytes, offset) !== 'string') return true;
  }
  return false;
}

/** Revisions are u64 on disk; two halves are much faster than a `BigInt`. */
export function writeRevision(bytes: Buffer, offset: number, revision: Revision): number {
  bytes.writeUInt32LE(revision % 2 ** 32, offset);
  return bytes.writeUInt32LE(Math.floor(revision / 2 ** 32), offset + 4);
}

export function readRevision(bytes: Buffer, offset: number): Revision {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32;
}
