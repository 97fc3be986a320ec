import type { Disk } from '../../host/disk.ts';
import { deepFreeze } from '../../lib/json.ts';
import type { StoreContent } from '../memory/mvcc-store.ts';
import type { Entry, Revision } from '../store.ts';
import { parseEntry, type RawChange, type RawPut } from './changes-codec.ts';
import { DamageError } from './damage-error.ts';
import { readSegment } from './read-segment.ts';
import { readSnapshot } from './snapshot.ts';
import { type StoreFile, selectStoreFiles } from './store-files.ts';
import { STORE_FORMATS, type StoreFormat } from './store-formats.ts';

/** What was found in one file. */
export interface StoreFileReport {
  readonly name: string;
  readonly kind: 'segment' | 'snapshot';
  readonly formatVersion: number;
  readonly sizeBytes: number;
  /** Transactions of a segment, objects of a snapshot. */
  readonly records: number;
  /** Revision of its first transaction (also when it has none yet); of a snapshot, the revision whose state it is. */
  readonly firstRevision: Revision;
  /** Of its last transaction; one below `firstRevision` when it has none. */
  readonly lastRevision: Revision;
  /** Whether its last record is vouched for, so that damage to it cannot pass for a torn tail. */
  readonly isSealed: boolean;
  /** The torn rest of a batch at its end that was not yet reported as durable to anybody. */
  readonly tornBytes: number;
}

export interface LoadOptions {
  readonly disk: Disk;
  readonly formats?: ReadonlyMap<number, StoreFormat> | undefined;
  /** Parses every value, also those that are superseded. */
  readonly verifyAll?: boolean;
  /** Called as each file was read. */
  readonly onFile?: (report: StoreFileReport) => void;
}

export interface LoadedStore {
  readonly content: StoreContent;
  /**
   * The files that the content was read from, in reading order: the newest snapshot if there is one, and the segments
   * after it.
   */
  readonly files: readonly StoreFileReport[];
}

interface LatestChange {
  readonly put: RawPut | undefined;
  readonly file: string;
  readonly offset: number;
}

/**
 * Reads a store without changing anything. The log is read first, so that of each key only the newest value is parsed;
 * then the snapshot fills in what the log does not have. Throws `DamageError`, or `StoreVersion` for a file that a
 * newer Berth wrote.
 */
export async function loadStore(options: LoadOptions): Promise<LoadedStore> {
  const { segments, snapshots } = selectStoreFiles(await options.disk.list());
  const snapshot = snapshots.at(-1);
  const files: StoreFileReport[] = [];
  const onFile = (report: StoreFileReport) => {
    files.push(report);
    options.onFile?.(report);
  };
  const latest = new Map<string, LatestChange>();
  const needed = selectNeededSegments(segments, snapshot);
  const revision = await readLog({ ...options, onFile }, needed, snapshot?.revision ?? 0, latest);
  const entries = await readEntries({ ...options, onFile }, snapshot, latest);
  return { content: { revision, entries }, files };
}

/** The segments that hold transactions after the snapshot, or will: each reaches up to where the next one begins. */
function selectNeededSegments(segments: readonly StoreFile[], snapshot: StoreFile | undefined): readonly StoreFile[] {
  const nextRevision = (snapshot?.revision ?? 0) + 1;
  const needed = segments.filter((_, index) => {
    const next = segments[index + 1];
    return next === undefined || next.revision > nextRevision;
  });
  const first = needed[0];
  if (first === undefined && snapshot !== undefined) {
    throw new DamageError(snapshot.name, 0, 'the log that follows this snapshot is missing');
  }
  if (first !== undefined && first.revision > nextRevision) {
    throw new DamageError(first.name, 0, `the log from revision ${nextRevision} to ${first.revision - 1} is missing`);
  }
  return needed;
}

/** Gathers the newest change of each key after the snapshot, and returns the newest revision. */
async function readLog(
  { disk, formats = STORE_FORMATS, verifyAll, onFile }: LoadOptions,
  segments: readonly StoreFile[],
  snapshotRevision: Revision,
  latest: Map<string, LatestChange>,
): Promise<Revision> {
  let lastRevision: Revision | undefined;
  for (const [index, file] of segments.entries()) {
    if (lastRevision !== undefined && file.revision !== lastRevision + 1) {
      throw new DamageError(file.name, 0, `the log before it ends at revision ${lastRevision}`);
    }
    const bytes = await disk.read(file.name);
    const reading = readSegment({
      file,
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      isLast: index === segments.length - 1,
      formats,
      onTransaction: (revision, changes, offset) => {
        for (const { key, put } of changes) {
          if (verifyAll && put !== undefined) parseAt(file.name, offset, key, put);
          if (revision > snapshotRevision) latest.set(key, { put, file: file.name, offset });
        }
      },
    });
    lastRevision = reading.lastRevision;
    onFile?.({
      name: file.name,
      kind: 'segment',
      formatVersion: reading.version,
      sizeBytes: bytes.byteLength - reading.reservedBytes,
      records: reading.transactions,
      firstRevision: file.revision,
      lastRevision,
      isSealed: reading.isSealed,
      tornBytes: reading.tornBytes,
    });
    if (index === segments.length - 1 && lastRevision < snapshotRevision) {
      const reason = `the log ends at revision ${lastRevision}, before the snapshot of ${snapshotRevision}`;
      throw new DamageError(file.name, reading.validBytes, reason);
    }
  }
  return lastRevision ?? 0;
}

/** Parses what is newest, from the snapshot and from the log; sorted by key. */
async function readEntries(
  { disk, formats = STORE_FORMATS, verifyAll, onFile }: LoadOptions,
  snapshot: StoreFile | undefined,
  latest: ReadonlyMap<string, LatestChange>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  if (snapshot !== undefined) {
    const onEntry = ({ key, put }: RawChange, offset: number) => {
      if (put === undefined) throw new DamageError(snapshot.name, offset, 'a snapshot holds no deletions');
      const isSuperseded = latest.has(key);
      if (!isSuperseded || verifyAll) {
        const entry = parseAt(snapshot.name, offset, key, put);
        if (!isSuperseded) entries.push(entry);
      }
    };
    const reading = await readSnapshot({ disk, file: snapshot, formats, onEntry });
    onFile?.({
      name: snapshot.name,
      kind: 'snapshot',
      formatVersion: reading.version,
      sizeBytes: reading.sizeBytes,
      records: reading.entries,
      firstRevision: snapshot.revision,
      lastRevision: snapshot.revision,
      isSealed: true,
      tornBytes: 0,
    });
  }
  for (const [key, { put, file, offset }] of latest) {
    if (put !== undefined) entries.push(parseAt(file, offset, key, put));
  }
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function parseAt(file: string, offset: number, key: string, put: RawPut): Entry {
  try {
    return deepFreeze(parseEntry(key, put));
  } catch (error) {
    if (error instanceof SyntaxError) throw new DamageError(file, offset, `the value of ${key}: ${error.message}`);
    throw error;
  }
}
