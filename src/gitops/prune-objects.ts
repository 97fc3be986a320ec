import { isApiError } from '../api/api-error.ts';
import type { Client } from '../api/client.ts';
import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { whyImmortal } from '../objects/immortal-objects.ts';
import { storageKeyOf } from '../objects/index.ts';
import {
  type Change,
  type ChangeProblem,
  describeHolders,
  type InventoryEntry,
  readPolicies,
  selectPruned,
} from '../plan/index.ts';
import { releaseObject } from './application-ownership.ts';
import { dataAtStake } from './data-at-stake.ts';
import type { GitopsState } from './gitops-state.ts';

/**
 * Kinds that only restrain what else is made: the pods that a new commit asks for may wait for the end of an old quota.
 */
const RESTRAINTS: ReadonlySet<string> = new Set(['ResourceQuota', 'LimitRange']);

export interface PruneOptions {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly application: string;
  /** Keys of everything that the application declares now. */
  readonly declared: { has(key: string): boolean };
  /** The other application that declares an object, if one does: then it is handed over instead of deleted. */
  readonly findDeclarer: (key: string) => string | undefined;
  /** Deletes now only what nothing is lost with and what may hold up a rollout, which the rest waits for. */
  readonly isRestraintsOnly?: boolean;
  readonly mode: 'plan' | 'apply';
  /** Carries out one deletion; default: as a transaction. */
  readonly write?: <T>(body: () => T) => T;
}

export interface PruneResult {
  readonly changes: readonly Change[];
  readonly problems: readonly ChangeProblem[];
  /** Whether nothing that is not declared is left in the inventory. */
  readonly isComplete: boolean;
}

/**
 * Deletes what the application created and does not declare any more, users of things before the things. An object and
 * its inventory entry go in one transaction. The caller has made sure that the declared objects loaded without error
 * and are not none.
 *
 * What another application declares stays in the inventory until that one has applied it: between the two it would be
 * nobody's.
 */
export async function pruneObjects(options: PruneOptions): Promise<PruneResult> {
  const { state, clock, client, mode, application } = options;
  const write = options.write ?? ((body) => client.transaction(body));
  const undeclared = state.readInventory(application, (key) => !options.declared.has(key));
  const all = selectPruned(undeclared, options.declared);
  const pending = options.isRestraintsOnly === true ? all.filter(({ kind }) => RESTRAINTS.has(kind)) : all;
  const changes: Change[] = [];
  const problems: ChangeProblem[] = [];
  let isWaiting = false;
  for (let next = 0; next < pending.length; ) {
    const endMs = clock.monotonicMs() + LIMITS.turnMs;
    do {
      const entry = pending[next++];
      if (entry === undefined) break;
      const decision = decidePrune(options, entry);
      try {
        isWaiting ||= decision.action === 'wait';
        if (mode === 'apply') write(() => carryOut(options, entry, decision));
        if (decision.change !== undefined) changes.push(decision.change);
      } catch (error) {
        if (!isApiError(error)) throw error;
        problems.push({ id: entry, code: 'PruneFailed', message: error.message });
      }
    } while (clock.monotonicMs() < endMs);
    await yieldTurn(clock);
  }
  return {
    changes,
    problems,
    isComplete: mode === 'apply' && problems.length === 0 && !isWaiting && pending.length === all.length,
  };
}

/** `forget`: only the entry goes. `release`: the object is another's, as an application's. `wait`: it will be. */
interface PruneDecision {
  readonly action: 'delete' | 'release' | 'forget' | 'wait';
  readonly change?: Change;
}

/** What happens to an entry that is no longer declared; ordered rules, the first that matches wins. */
function decidePrune(options: PruneOptions, entry: InventoryEntry): PruneDecision {
  const { client, state, findDeclarer, mode } = options;
  const { apiVersion, kind, name, namespace } = entry;
  const id = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const change = (action: 'deleted' | 'skipped', reason: string) => ({
    change: { action, id, fields: [], ceded: [], reason },
  });
  const live = client.getObject(entry);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined)
    return { action: passesOn(options, entry) ? 'wait' : 'forget' };
  if (live.metadata.uid !== entry.uid)
    return { action: 'forget', ...change('skipped', 'somebody else made it anew under the same name') };
  const key = storageKeyOf(entry);
  const declarer = findDeclarer(key);
  if (declarer !== undefined) {
    if (mode === 'apply' && state.getInventoryEntry(declarer, key) === undefined) return { action: 'wait' };
    return { action: 'release', ...change('skipped', `${declarer} declares it now`) };
  }
  if (!readPolicies(live).prune) return { action: 'forget', ...change('skipped', 'its annotations ask to keep it') };
  if (whyImmortal(kind, name) !== undefined)
    return { action: 'forget', ...change('skipped', 'it is part of every cluster') };
  // The agent would make it anew at once, without the labels and taints that others gave it.
  if (hasNodeAgent(client, entry))
    return {
      action: 'release',
      ...change('skipped', 'its node agent made it; what Git set goes, what others set stays'),
    };
  const holders = describeHolders(live);
  const stays = holders === undefined ? undefined : `it stays until it is let go: ${holders}`;
  const fate = isToldWithNamespace(options, entry) ? undefined : dataAtStake(client, live);
  const reasons = ['no longer declared', stays, fate].filter((part) => part !== undefined);
  return { action: 'delete', ...change('deleted', reasons.join('; ')) };
}

/** Whether an object is a node that reports: only an agent tells of the machine. */
function hasNodeAgent(client: Client, { kind, name }: InventoryEntry): boolean {
  return kind === 'Node' && client.get('Node', { name })?.status?.nodeInfo !== undefined;
}

/** Whether what becomes of a set's claims is told with its namespace, which goes after it and takes them along. */
function isToldWithNamespace({ client, state, application, declared }: PruneOptions, set: InventoryEntry): boolean {
  if (set.kind !== 'StatefulSet' || set.namespace === undefined) return false;
  const id = { apiVersion: 'v1', kind: 'Namespace', name: set.namespace };
  const live = client.getObject(id);
  if (live === undefined || !readPolicies(live).prune || whyImmortal(id.kind, id.name) !== undefined) return false;
  const key = storageKeyOf(id);
  return !declared.has(key) && state.getInventoryEntry(application, key) !== undefined;
}

/** Whether another application is about to take over that a Job has run. */
function passesOn({ state, findDeclarer, mode }: PruneOptions, entry: InventoryEntry): boolean {
  const key = storageKeyOf(entry);
  const declarer = entry.finished === undefined || mode === 'plan' ? undefined : findDeclarer(key);
  return declarer !== undefined && state.getInventoryEntry(declarer, key) === undefined;
}

function carryOut(
  { client, state, application }: PruneOptions,
  entry: InventoryEntry,
  { action }: PruneDecision,
): void {
  if (action === 'wait') return;
  if (action === 'delete') client.delete(entry, { preconditions: { uid: entry.uid } });
  if (action === 'release') releaseObject(client, application, entry);
  state.deleteInventoryEntry(application, storageKeyOf(entry));
}
