import type { Disk } from '../../host/disk.ts';
import type { Revision } from '../store.ts';
import { DamageError, toStoreError } from './damage-error.ts';
import { loadStore, type StoreFileReport } from './load-store.ts';

export interface StoreCheck {
  /** The files that the store consists of, as far as they could be read. */
  readonly files: readonly StoreFileReport[];
  readonly sizeBytes: number;
  /** Of the whole store; `undefined` when it is damaged. */
  readonly revision: Revision | undefined;
  readonly objects: number | undefined;
  /** The first damage that was met; a torn end of the log is none, see `tornBytes` of the last segment. */
  readonly damage: { readonly file: string; readonly offset: number; readonly reason: string } | undefined;
}

/**
 * Verifies every record and every value of a store that nobody writes. Rejects with `StoreVersion` or `DiskFailed`;
 * damage is reported.
 */
export async function checkStore(disk: Disk): Promise<StoreCheck> {
  const files: StoreFileReport[] = [];
  const summarize = () => ({ files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) });
  try {
    const { content } = await loadStore({ disk, verifyAll: true, onFile: (report) => files.push(report) });
    return { ...summarize(), revision: content.revision, objects: content.entries.length, damage: undefined };
  } catch (error) {
    if (!(error instanceof DamageError)) throw toStoreError(error, 'check');
    const { file, offset, reason } = error;
    return { ...summarize(), revision: undefined, objects: undefined, damage: { file, offset, reason } };
  }
}
