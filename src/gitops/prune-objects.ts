import { isApiError } from '../api/api-error.ts';
import type { Client } from '../api/client.ts';
import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { storageKeyOf } from '../objects/index.ts';
import { type Change, type ChangeProblem, type InventoryEntry, readPolicies, selectPruned } from '../plan/index.ts';
import type { GitopsState } from './gitops-state.ts';

export interface PruneOptions {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly application: string;
  /** Keys of everything that the application declares now. */
  readonly declared: { has(key: string): boolean };
  /** Whether another application declares the object: then it is handed over instead of deleted. */
  readonly isDeclaredElsewhere: (key: string) => boolean;
  readonly mode: 'plan' | 'apply';
}

export interface PruneResult {
  readonly changes: readonly Change[];
  readonly problems: readonly ChangeProblem[];
}

/**
 * Deletes what the application created and does not declare any more, users of things before the things. An object and its inventory entry
 * go in one transaction. The caller has made sure that the declared objects loaded without error and are not none.
 */
export async function pruneObjects(options: PruneOptions): Promise<PruneResult> {
  const { state, clock, client, mode, application } = options;
  const undeclared = state.readInventory(application, (key) => !options.declared.has(key));
  const pending = selectPruned(undeclared, options.declared);
  const changes: Change[] = [];
  const problems: ChangeProblem[] = [];
  for (let next = 0; next < pending.length; ) {
    const endMs = clock.monotonicMs() + LIMITS.turnMs;
    do {
      const entry = pending[next++];
      if (entry === undefined) break;
      try {
        const change =
          mode === 'plan' ? decidePrune(options, entry) : client.transaction(() => pruneOne(options, entry));
        if (change !== undefined) changes.push(change);
      } catch (error) {
        if (!isApiError(error)) throw error;
        problems.push({ id: entry, code: 'PruneFailed', message: error.message });
      }
    } while (clock.monotonicMs() < endMs);
    await yieldTurn(clock);
  }
  return { changes, problems };
}

/** What happens to an entry that is no longer declared; `undefined` where only the entry goes. */
function decidePrune(options: PruneOptions, entry: InventoryEntry): Change | undefined {
  const live = options.client.getObject(entry);
  const id = {
    apiVersion: entry.apiVersion,
    kind: entry.kind,
    name: entry.name,
    ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }),
  };
  const change = (action: 'deleted' | 'skipped', reason: string): Change => ({
    action,
    id,
    fields: [],
    ceded: [],
    reason,
  });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return undefined;
  if (live.metadata.uid !== entry.uid) return change('skipped', 'somebody else made it anew under the same name');
  if (options.isDeclaredElsewhere(storageKeyOf(entry))) return change('skipped', 'another application declares it now');
  if (!readPolicies(live).prune) return change('skipped', 'its annotations ask to keep it');
  return change('deleted', 'no longer declared');
}

function pruneOne(options: PruneOptions, entry: InventoryEntry): Change | undefined {
  const change = decidePrune(options, entry);
  if (change?.action === 'deleted') options.client.delete(entry, { preconditions: { uid: entry.uid } });
  options.state.deleteInventoryEntry(options.application, storageKeyOf(entry));
  return change;
}
