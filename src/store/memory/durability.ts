import type { Revision } from '../store.ts';

interface Waiter {
  readonly revision: Revision;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const CLOSED_MESSAGE = 'the store is closed';

/** Knows how far the log is on disk, and who waits for it. */
export class Durability {
  #revision: Revision;
  #waiters: Waiter[] = [];
  #failure: Error | undefined;
  #isClosed = false;
  #onFailure: ((error: Error) => void)[] = [];

  constructor(revision: Revision) {
    this.#revision = revision;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /** Why nothing more becomes durable; final once it is set. */
  get refusal(): Error | undefined {
    return this.#failure ?? (this.#isClosed ? new Error(CLOSED_MESSAGE) : undefined);
  }

  wait(revision: Revision): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    const refusal = this.refusal;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ revision, resolve, reject });
    });
  }

  advance(revision: Revision): void {
    if (revision <= this.#revision || this.#failure !== undefined) return;
    this.#revision = revision;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.revision > revision);
    for (const waiter of waiters) if (waiter.revision <= revision) waiter.resolve();
  }

  /** Nothing more becomes durable: rejects who waits, now and later, and tells `onFailure`. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#rejectWaiters(error);
    for (const callback of this.#onFailure.splice(0)) callback(error);
  }

  /** Nothing more becomes durable because the store is closed; that is no failure. */
  close(): void {
    this.#isClosed = true;
    this.#rejectWaiters(new Error(CLOSED_MESSAGE));
  }

  #rejectWaiters(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  onFailure(callback: (error: Error) => void): void {
    if (this.#failure !== undefined) callback(this.#failure);
    else this.#onFailure.push(callback);
  }
}
