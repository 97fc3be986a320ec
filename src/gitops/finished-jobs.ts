import type { Client } from '../api/client.ts';
import { storageKeyOf } from '../objects/index.ts';
import type { Job, StoredObject } from '../objects/types.ts';
import { computeFinishedJob, type FinishedJob, type ObjectId } from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';
import type { GitopsState } from './gitops-state.ts';

/**
 * Notes in the inventory how a Job of an application ended, when its time to live is up and it is about to go.
 *
 * Invariant: the note is in the store before the deletion is. A Job is deleted in two steps (it is marked, and goes
 * once its pods have), and the note is written in the tick of the first. This has to watch before the controllers
 * start, so that a crash between the two loses nothing either.
 */
export class FinishedJobs {
  readonly #client: Client;
  readonly #state: GitopsState;
  #unwatch: (() => void) | undefined;

  constructor(client: Client, state: GitopsState) {
    this.#client = client;
    this.#state = state;
  }

  start(): void {
    for (const job of this.#client.list('Job')) this.#note(job);
    // Who watches everything is told before who watches one kind: the loop finds the note when it hears of the
    // deletion.
    this.#unwatch = this.#client.watchAll(({ object }) => {
      if (object.kind === 'Job') this.#note(object as unknown as Job);
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  #note(job: Job): void {
    const finished = computeFinishedJob(job, uidOfHome(this.#client, job.metadata.namespace));
    if (finished === undefined) return;
    const key = storageKeyOf(job as unknown as StoredObject);
    for (const { name } of this.#state.listApplications()) {
      const entry = this.#state.getInventoryEntry(name, key);
      if (entry?.uid !== job.metadata.uid || entry.finished !== undefined) continue;
      this.#state.putInventoryEntry(name, key, { ...entry, finished });
    }
  }
}

export interface FinishedJobReader {
  readonly client: Client;
  readonly state: GitopsState;
}

/**
 * How a declared Job ended that is gone and is not to be made again: its manifest is the one that it ran from, and its
 * namespace is still there.
 */
export function findFinished(
  { client, state }: FinishedJobReader,
  application: string,
  { key, id, digest }: Pick<DeclaredObject, 'key' | 'id' | 'digest'>,
): FinishedJob | undefined {
  if (id.kind !== 'Job') return undefined;
  const entry = state.getInventoryEntry(application, key);
  if (entry?.finished === undefined || entry.digest !== digest) return undefined;
  return entry.finished.namespaceUid === uidOfHome(client, id.namespace) ? entry.finished : undefined;
}

function uidOfHome(client: Client, namespace: ObjectId['namespace']): string {
  return (namespace === undefined ? undefined : client.get('Namespace', { name: namespace })?.metadata.uid) ?? '';
}
