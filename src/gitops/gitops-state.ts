import type { JsonObject } from '../lib/json.ts';
import type { Inventory, InventoryEntry } from '../plan/index.ts';
import type { Entry, Store } from '../store/store.ts';
import type { ApplicationRecord } from './application.ts';

/** Without a leading slash: the registry's own keys, which all have one, are watched as API objects. */
const APPLICATION_PREFIX = 'gitops/applications/';
const INVENTORY_PREFIX = 'gitops/inventory/';
const OBSERVED_KEY = 'gitops/observed';

/**
 * What the loop remembers: a record per application, and its inventory as one small record per object, so that a change
 * of one object of ten thousand writes one of them. Calls inside a transaction of the registry join it: an object and
 * its inventory entry are written together or not at all.
 */
export class GitopsState {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether the cluster has the object of this storage key. */
  hasObject(key: string): boolean {
    return this.#store.get(key) !== undefined;
  }

  listApplications(): readonly ApplicationRecord[] {
    return this.#store.list(APPLICATION_PREFIX).map((entry) => entry.value as unknown as ApplicationRecord);
  }

  getApplication(name: string): ApplicationRecord | undefined {
    return this.#store.get(`${APPLICATION_PREFIX}${name}`)?.value as unknown as ApplicationRecord | undefined;
  }

  putApplication(record: ApplicationRecord): void {
    this.#store.transact((transaction) => {
      transaction.put(`${APPLICATION_PREFIX}${record.name}`, record as unknown as JsonObject);
    });
  }

  deleteApplication(name: string): void {
    this.#store.transact((transaction) => transaction.delete(`${APPLICATION_PREFIX}${name}`));
  }

  /** What was seen of starts and pulls, as `StartObserver` keeps it. */
  getObserved(): JsonObject | undefined {
    return this.#store.get(OBSERVED_KEY)?.value;
  }

  putObserved(observed: JsonObject): void {
    this.#store.transact((transaction) => transaction.put(OBSERVED_KEY, observed));
  }

  hasInventory(application: string): boolean {
    return this.#store.count(inventoryPrefix(application)) > 0;
  }

  /** What of an application's inventory `isWanted` asks for (default: all), by object key. */
  readInventory(application: string, isWanted: (objectKey: string) => boolean = () => true): Inventory {
    const prefix = inventoryPrefix(application);
    const inventory = new Map<string, InventoryEntry>();
    for (const entry of this.#store.list(prefix)) {
      const objectKey = entry.key.slice(prefix.length);
      if (isWanted(objectKey)) inventory.set(objectKey, readEntry(entry));
    }
    return inventory;
  }

  getInventoryEntry(application: string, objectKey: string): InventoryEntry | undefined {
    const entry = this.#store.get(`${inventoryPrefix(application)}${objectKey}`);
    return entry === undefined ? undefined : readEntry(entry);
  }

  putInventoryEntry(application: string, objectKey: string, entry: InventoryEntry): void {
    this.#store.transact((transaction) => {
      transaction.put(`${inventoryPrefix(application)}${objectKey}`, entry as unknown as JsonObject);
    });
  }

  deleteInventoryEntry(application: string, objectKey: string): void {
    this.#store.transact((transaction) => transaction.delete(`${inventoryPrefix(application)}${objectKey}`));
  }
}

/** `:` ends the name, which cannot contain it. The object key follows, with its leading slash. */
function inventoryPrefix(application: string): string {
  return `${INVENTORY_PREFIX}${application}:`;
}

function readEntry(entry: Entry): InventoryEntry {
  return entry.value as unknown as InventoryEntry;
}
