import type { Client } from '../api/client.ts';
import { type Clock, formatTime } from '../lib/clock.ts';
import { findKind, formatObject, type OwnerReference } from '../objects/index.ts';
import type { StoredObject } from '../objects/types.ts';
import type { Health } from '../plan/index.ts';

/** What has lived for as long was not deleted because it was made. */
const STAYS_AFTER_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 300_000;
/**
 * One deletion is a person's. From the second on it is not sure that the object stays, and with a cause it is sure that
 * it does not.
 */
const DOUBTFUL = 2;
/** By then it is known without a cause, too, that waiting does not mend it. */
const HOPELESS = 5;

interface Deletions {
  readonly count: number;
  /** Wall time of the first. */
  readonly sinceMs: number;
  readonly cause: string | undefined;
}

/**
 * Remembers what is deleted again right after it was made, each object by itself: by the garbage collector because of
 * an owner that is not there, or by another program. It is made again with growing pauses, and counts as healthy once
 * it stays.
 */
export class DeletedAgain {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Deletions>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Takes in that an object is gone. Returns after how many milliseconds it is to be made again. */
  note(key: string, gone: StoredObject): number {
    const before = this.#isYoung(gone) ? this.#byKey.get(key) : undefined;
    const { count, sinceMs } = before ?? { count: 0, sinceMs: this.#clock.wallMs() };
    this.#byKey.set(key, { count: count + 1, sinceMs, cause: absentOwner(this.#client, gone) });
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** count);
  }

  /** Says that an object is another one now: what happened to the old one says nothing of it. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /**
   * What to think of an object that does not stay, as it is gone, was made again, or is about to be deleted;
   * `undefined` where it is to be judged by itself.
   */
  judge(key: string, object: StoredObject | undefined): Health | undefined {
    if (object !== undefined && !this.#isYoung(object)) this.forget(key);
    const deletions = this.#byKey.get(key);
    const { count = 0, sinceMs = 0 } = deletions ?? {};
    const cause = object === undefined ? deletions?.cause : absentOwner(this.#client, object);
    if (cause === undefined && count < DOUBTFUL) return undefined;
    const often = `was deleted ${count} times right after it was made, since ${formatTime(sinceMs)}`;
    const said = [count < DOUBTFUL ? undefined : often, cause].filter((part) => part !== undefined);
    return {
      status: count >= (cause === undefined ? HOPELESS : DOUBTFUL) ? 'Failed' : 'InProgress',
      reason: 'DeletedAgain',
      message: said.join(': '),
      ...(object === undefined ? {} : { changesAtMs: madeAtMs(object) + STAYS_AFTER_MS }),
    };
  }

  #isYoung(object: StoredObject): boolean {
    return this.#clock.wallMs() - madeAtMs(object) < STAYS_AFTER_MS;
  }
}

function madeAtMs({ metadata }: StoredObject): number {
  return Date.parse(metadata.creationTimestamp);
}

/**
 * "Kubernetes checks for and deletes objects that no longer have owner references": when none of its owners is there
 * (Garbage Collection).
 */
function absentOwner(client: Client, object: StoredObject): string | undefined {
  const { ownerReferences = [], namespace } = object.metadata;
  const owners = ownerReferences.map((reference) => absentIn(client, reference, namespace));
  const [first] = owners;
  if (first === undefined || owners.includes(undefined)) return undefined;
  return `its owner ${first} does not exist, so the garbage collector deletes it`;
}

/**
 * The name of an owner that is not there: owners are looked for in the namespace of what names them, and one of another
 * uid is none.
 */
function absentIn(client: Client, { apiVersion, kind, name, uid }: OwnerReference, namespace: string | undefined) {
  const info = findKind(apiVersion, kind);
  if (info === undefined || (info.namespaced && namespace === undefined)) return undefined;
  const id = { apiVersion, kind, name, ...(info.namespaced && namespace !== undefined ? { namespace } : {}) };
  return client.getObject(id)?.metadata.uid === uid ? undefined : `${formatObject(id)} (uid ${uid})`;
}
