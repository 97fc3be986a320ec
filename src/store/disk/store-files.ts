import { crc32 } from 'node:zlib';
import { BerthError } from '../../lib/errors.ts';
import type { Revision } from '../store.ts';
import { DamageError } from './damage-error.ts';
import { readRevision, writeRevision } from './frame.ts';

/**
 * The files of a store. `log-<r>.wal` is a segment of the log and begins with revision r; `snapshot-<r>.snap` is the
 * state after revision r. Every file starts with a header of 32 bytes, which keeps this layout in all versions: magic
 * (8 bytes), format version (u32), zero (u32), the revision of the name (u64), zero (u32), CRC-32 of the bytes before
 * (u32). Numbers are little-endian.
 */
export const FILE_HEADER_BYTES = 32;

/** The version that this code writes. A new one gets a reader beside the older ones in `store-formats.ts`. */
export const FORMAT_VERSION = 1;

export type StoreFileKind = 'segment' | 'snapshot';

export interface StoreFile {
  readonly kind: StoreFileKind;
  readonly name: string;
  readonly revision: Revision;
}

const KINDS = {
  segment: { magic: 'BERTHLOG', pattern: /^log-(\d{16})\.wal$/ },
  snapshot: { magic: 'BERTHSNP', pattern: /^snapshot-(\d{16})\.snap$/ },
} as const;

export function segmentName(firstRevision: Revision): string {
  return `log-${String(firstRevision).padStart(16, '0')}.wal`;
}

export function snapshotName(revision: Revision): string {
  return `snapshot-${String(revision).padStart(16, '0')}.snap`;
}

/** The store's own files among `names`, by kind, oldest first. Others are left alone. */
export function selectStoreFiles(names: readonly string[]): Record<`${StoreFileKind}s`, readonly StoreFile[]> {
  const select = (kind: StoreFileKind): StoreFile[] =>
    names
      .flatMap((name) => {
        const revision = KINDS[kind].pattern.exec(name)?.[1];
        return revision === undefined ? [] : [{ kind, name, revision: Number(revision) }];
      })
      .sort((a, b) => a.revision - b.revision);
  return { segments: select('segment'), snapshots: select('snapshot') };
}

export function encodeFileHeader(kind: StoreFileKind, revision: Revision, version = FORMAT_VERSION): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.write(KINDS[kind].magic, 0, 'latin1');
  header.writeUInt32LE(version, 8);
  writeRevision(header, 16, revision);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/**
 * Checks the header of a file and returns its format version. Throws `DamageError`, or `StoreVersion` for a file that a
 * newer Berth wrote.
 */
export function readFileHeader(file: StoreFile, bytes: Uint8Array): number {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, FILE_HEADER_BYTES));
  if (header.length < FILE_HEADER_BYTES) throw new DamageError(file.name, 0, 'the file header is cut short');
  if (header.readUInt32LE(28) !== crc32(header.subarray(0, 28))) {
    throw new DamageError(file.name, 0, 'the checksum of the file header does not match');
  }
  if (header.toString('latin1', 0, 8) !== KINDS[file.kind].magic) {
    throw new DamageError(file.name, 0, `this is no ${file.kind} of a store`);
  }
  if (readRevision(header, 16) !== file.revision) {
    throw new DamageError(file.name, 16, 'the file name and the file header name different revisions');
  }
  const version = header.readUInt32LE(8);
  if (version > FORMAT_VERSION) {
    const detail = `the file has format version ${version}, this Berth knows up to ${FORMAT_VERSION}`;
    throw new BerthError('StoreVersion', { object: file.name, verb: 'open', detail });
  }
  return version;
}
