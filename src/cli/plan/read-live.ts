import { existsSync } from 'node:fs';
import { REGISTRY_INDEXES } from '../../api/index.ts';
import {
  GitopsState,
  type Observations,
  type PublishedStatus,
  readObservations,
  readStatusBranch,
} from '../../gitops/index.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import type { Source } from '../../source/index.ts';
import { openStoreReadOnly, type Store } from '../../store/index.ts';

/** Where a plan is to take the live state from; `auto` tries the store, then the status branch. */
export type LiveChoice = 'auto' | 'store' | 'status-branch' | 'none';

/** What runs, as far as it could be found out. */
export type LiveReading =
  | {
      readonly source: 'store';
      readonly store: Store;
      readonly observed: Observations;
      /** By application: the commit that was applied last. */
      readonly applied: ReadonlyMap<string, string>;
    }
  | {
      readonly source: 'status-branch';
      readonly status: PublishedStatus;
      readonly applied: ReadonlyMap<string, string>;
    }
  | { readonly source: 'nothing'; readonly missing: string };

export interface ReadLiveOptions {
  readonly choice: LiveChoice;
  readonly source: Source;
  readonly storeDirectory: string;
  readonly statusBranch: string;
  readonly cluster: string | undefined;
}

export async function readLive(options: ReadLiveOptions): Promise<LiveReading> {
  const { choice, source, storeDirectory, statusBranch, cluster } = options;
  if (choice === 'none') return { source: 'nothing', missing: 'it was not asked for' };
  const hasStore = existsSync(storeDirectory);
  if (choice === 'store' || (choice === 'auto' && hasStore)) {
    return hasStore
      ? readStore(storeDirectory)
      : { source: 'nothing', missing: `there is no store in ${storeDirectory}` };
  }
  const status = await readStatusBranch({ source, branch: statusBranch, cluster });
  if ('missing' in status) return { source: 'nothing', missing: status.missing };
  const applied = status.applications.filter(({ appliedCommit }) => appliedCommit !== '');
  return {
    source: 'status-branch',
    status,
    applied: new Map(applied.map(({ name, appliedCommit }) => [name, appliedCommit])),
  };
}

async function readStore(directory: string): Promise<LiveReading> {
  const store = await openStoreReadOnly({ disk: await openLinuxDisk(directory), indexes: REGISTRY_INDEXES });
  const state = new GitopsState(store);
  const records = state.listApplications().filter(({ appliedCommit }) => appliedCommit !== '');
  return {
    source: 'store',
    store,
    observed: readObservations(state),
    applied: new Map(records.map(({ name, appliedCommit }) => [name, appliedCommit])),
  };
}
