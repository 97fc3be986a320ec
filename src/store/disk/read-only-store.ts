import type { Disk } from '../../host/disk.ts';
import { createMemoryStore } from '../memory/memory-store.ts';
import type { IndexDefinition, Store } from '../store.ts';
import { DamageError, toStoreError } from './damage-error.ts';
import { type LoadedStore, type LoadOptions, loadStore } from './load-store.ts';

/** A running Berth may remove or write a file between two reads; it cannot do so every time. */
const ATTEMPTS = 5;

/**
 * Loads the store of a directory into memory: it takes no lock, waits for nobody and changes nothing on disk. What is
 * written to the returned store is forgotten with it, so that a plan can be played forward. A directory without a store
 * gives an empty one. Rejects with `StoreCorrupt` or `StoreVersion`.
 */
export async function openStoreReadOnly(options: {
  readonly disk: Disk;
  readonly indexes: readonly IndexDefinition[];
}): Promise<Store> {
  try {
    const { content } = await loadStoreReadOnly({ disk: options.disk });
    return createMemoryStore({ indexes: options.indexes, content });
  } catch (error) {
    throw toStoreError(error, 'read');
  }
}

/** As `loadStore`, beside a process that may be writing. */
export async function loadStoreReadOnly(options: LoadOptions): Promise<LoadedStore> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadStore(options);
    } catch (error) {
      const mayPass =
        error instanceof DamageError || (error instanceof Error && 'code' in error && error.code === 'ENOENT');
      if (!mayPass || attempt === ATTEMPTS) throw error;
    }
  }
}
