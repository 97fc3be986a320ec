import { decodeChanges, type RawChange } from './changes-codec.ts';
import { FORMAT_VERSION } from './store-files.ts';

/** How the payloads of one format version are read, as the changes of today. */
export interface StoreFormat {
  readonly decodeChanges: (payload: Buffer) => readonly RawChange[];
}

/**
 * The migration table: every version ever written keeps its reader here. A store that holds files of an older version
 * is read with theirs, and at its next opening for writing a snapshot and a new segment in today's version take the
 * place of those files.
 */
export const STORE_FORMATS: ReadonlyMap<number, StoreFormat> = new Map([[FORMAT_VERSION, { decodeChanges }]]);
