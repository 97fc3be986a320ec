import { countChanges } from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';
import type { ApplicationContext } from './application-context.ts';
import { type PruneResult, pruneObjects } from './prune-objects.ts';

export type Pruned = Pick<PruneResult, 'problems'> & { readonly deleted: number };

const NOTHING: Pruned = { problems: [], deleted: 0 };

/** Deletes what one application does not declare any more, and knows when there is nothing of that kind. */
export class ApplicationPruner {
  readonly #application: string;
  readonly #context: ApplicationContext;
  readonly #write: <T>(body: () => T) => T;
  /** Whether the inventory holds nothing but what is declared. */
  #isClean = false;
  /** Whether this attempt has deleted the quotas and limits that are not declared any more. */
  #areRestraintsGone = false;
  /** Counts how often other keys were declared. */
  #declarations = 0;

  constructor(application: string, context: ApplicationContext, write: <T>(body: () => T) => T) {
    this.#application = application;
    this.#context = context;
    this.#write = write;
  }

  /** Other keys are declared from now on, so that the inventory may hold what is not. */
  noteDeclared(): void {
    this.#isClean = false;
    this.#declarations++;
  }

  beginAttempt(): void {
    this.#areRestraintsGone = false;
  }

  async prune(declared: ReadonlyMap<string, DeclaredObject>): Promise<Pruned> {
    return this.#isClean ? NOTHING : this.#prune(declared, false);
  }

  /**
   * Before the rollout is healthy, as it may wait for just this. What cannot be deleted now is tried, and reported,
   * with the rest.
   */
  async pruneRestraints(declared: ReadonlyMap<string, DeclaredObject>): Promise<Pruned> {
    const pruned = this.#isClean || this.#areRestraintsGone ? NOTHING : await this.#prune(declared, true);
    this.#areRestraintsGone = true;
    return pruned;
  }

  async #prune(declared: ReadonlyMap<string, DeclaredObject>, isRestraintsOnly: boolean): Promise<Pruned> {
    const { client, state, clock, findDeclarer, emit } = this.#context;
    const application = this.#application;
    const declarations = this.#declarations;
    const { changes, problems, isComplete } = await pruneObjects({
      isRestraintsOnly,
      client,
      state,
      clock,
      application,
      declared,
      findDeclarer: (key) => findDeclarer(key, application),
      mode: 'apply',
      write: this.#write,
    });
    this.#isClean = isComplete && declarations === this.#declarations;
    if (changes.length > 0) emit({ type: 'pruned', application, changes });
    return { problems, deleted: countChanges(changes).deleted };
  }
}
