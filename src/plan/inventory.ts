import type { ObjectId } from './change-set.ts';
import type { FinishedJob } from './health/finished-job.ts';
import { compareForPrune } from './order.ts';

/**
 * What one application has created and therefore may delete: object keys with what is needed to find the object again.
 *
 * Invariant: every object that the application's apply created is in it from before the apply until after its deletion.
 */
export type Inventory = ReadonlyMap<string, InventoryEntry>;

export interface InventoryEntry extends ObjectId {
  /** Digest of the manifest that was applied last: an equal digest needs no apply. */
  readonly digest: string;
  /**
   * What that manifest said about `spec.replicas`, where it did: a number that is scaled by hand stays until Git says
   * another one.
   */
  readonly replicas?: number;
  /** Uid of the object that was created or adopted: one of the same name that somebody else made later is not ours. */
  readonly uid: string;
  /**
   * Set once a Job has ended and was deleted because its time to live was up: while its manifest is the same, it is not
   * made again.
   */
  readonly finished?: FinishedJob;
}

/** Entries that are no longer declared, in the order in which they are deleted. */
export function selectPruned(inventory: Inventory, declared: { has(key: string): boolean }): readonly InventoryEntry[] {
  return [...inventory]
    .filter(([key]) => !declared.has(key))
    .map(([, entry]) => entry)
    .sort(compareForPrune);
}
