import { storageKeyOf } from '../../objects/index.ts';
import type { Job, StoredObject } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { declaredBy } from '../user/manifests.ts';
import type { UserRepository } from '../user/user-repository.ts';
import { goesByItself } from './jobs-that-will-go.ts';
import { objectOf, previousOf } from './store-events.ts';

/**
 * A Job of Git that has ended and that its time to live has deleted has done what its manifest asks for: it is never
 * made again from the same one. What was asked for is told by an annotation that the user changes with each version,
 * not by what Berth remembers.
 */
export class FinishedJobsChecker implements LifeWatcher {
  readonly #machine: Machine;
  readonly #repository: UserRepository;
  /** What the Job that went last under a key was made from. */
  readonly #done = new Map<string, string>();

  constructor(machine: Machine, repository: UserRepository) {
    this.#machine = machine;
    this.#repository = repository;
  }

  onCommit(events: readonly StoreEvent[], life: OpenLife): void {
    if (life.box === undefined) return;
    this.#forgetUndeclared(life);
    for (const event of events) {
      const before = previousOf(event);
      if (before?.kind === 'Namespace' && event.type === 'delete') this.#forgetNamespace(before.metadata.name);
      const after = objectOf(event, 'Job');
      if (after !== undefined && this.#machine.actor === 'berth') this.#onJob(after, before);
    }
  }

  #onJob(job: StoredObject, before: StoredObject | undefined): void {
    const key = storageKeyOf(job);
    const manifest = job.metadata.annotations?.['note'];
    if (manifest === undefined || (job.metadata.ownerReferences ?? []).length > 0) return;
    if (before === undefined) {
      if (this.#done.get(key) === manifest)
        this.#machine.report('jobs that are done', `${key} runs again, and has run for version ${manifest}`);
      this.#done.delete(key);
    } else if (isMarked(job) && !isMarked(before) && goesByItself(job as unknown as Job)) {
      this.#done.set(key, manifest);
      this.#machine.tally.count('a job of Git was done and went');
    }
  }

  /** What was taken out of Git runs when it comes back. */
  #forgetUndeclared({ box }: OpenLife): void {
    if (this.#done.size === 0) return;
    const files = [...(this.#repository.snapshotOf(box.reconciler.commit?.id ?? '') ?? [])].flatMap(([, all]) => [
      ...all.values(),
    ]);
    if (files.length === 0) return;
    const declared = new Set(files.flatMap(declaredBy).map(storageKeyOf));
    for (const key of this.#done.keys()) if (!declared.has(key)) this.#done.delete(key);
  }

  /** What a Job has done went with its namespace. */
  #forgetNamespace(name: string): void {
    for (const key of this.#done.keys()) if (key.startsWith(`/batch/jobs/${name}/`)) this.#done.delete(key);
  }
}

function isMarked({ metadata }: StoredObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
