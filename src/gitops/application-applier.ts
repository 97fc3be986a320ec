import { storageKeyOf } from '../objects/index.ts';
import type { ChangeProblem } from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';
import type { ApplicationContext } from './application-context.ts';
import { type ApplyObjectsResult, applyObjects, findRefusals } from './apply-objects.ts';
import type { DriftQueue } from './drift-queue.ts';

export interface ObjectsToApply {
  readonly objects: readonly DeclaredObject[];
  /** What drift was noted of; all else may have been changed by anybody. */
  readonly watched: ReadonlyMap<string, DeclaredObject> | undefined;
  readonly isForced: boolean | undefined;
}

/** Applies objects of one application, and tells its own writes from those of others. */
export class ApplicationApplier {
  readonly #application: string;
  readonly #context: ApplicationContext;
  readonly #drift: DriftQueue;
  #isWriting = false;

  constructor(application: string, context: ApplicationContext, drift: DriftQueue) {
    this.#application = application;
    this.#context = context;
    this.#drift = drift;
  }

  /** Set within the ticks of our own writes: no drift. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  plan(what: ObjectsToApply): Promise<ApplyObjectsResult> {
    return applyObjects({ ...this.#optionsFor(what), mode: 'plan' });
  }

  findRefusals(what: ObjectsToApply): Promise<readonly ChangeProblem[]> {
    return findRefusals(this.#optionsFor(what));
  }

  async apply(what: ObjectsToApply): Promise<ApplyObjectsResult> {
    const options = this.#optionsFor(what);
    this.#drift.take(what.objects.map(({ key }) => key));
    const result = await applyObjects({ ...options, mode: 'apply', write: (turn) => this.write(turn) });
    this.#drift.settle(result.problems.map(({ id }) => storageKeyOf(id)));
    return result;
  }

  /** Carries out one transaction of our own. */
  write<T>(body: () => T): T {
    this.#isWriting = true;
    try {
      return this.#context.client.transaction(body);
    } finally {
      this.#isWriting = false;
    }
  }

  #optionsFor({ objects, watched, isForced }: ObjectsToApply) {
    const { client, state, clock, isDeclaredBy } = this.#context;
    const dirty = new Set(this.#drift.keys());
    const name = this.#application;
    return {
      client,
      state,
      clock,
      application: name,
      objects,
      isDeclaredBy: (application: string, key: string) => application !== name && isDeclaredBy(application, key),
      isDirty: (key: string) => watched?.has(key) !== true || dirty.has(key),
      isForced,
    };
  }
}
