import { SOURCE_LABEL, SOURCE_VALUE } from '../../controllers/secrets-directory/compute-secrets.ts';
import { storageKeyOf } from '../../objects/index.ts';
import type { Deployment, Job, StoredObject } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import type { ApplicationFiles } from '../user/manifests.ts';
import type { UserRepository } from '../user/user-repository.ts';
import { DECLARED_KINDS } from './declared-kinds.ts';
import { goesByItself } from './jobs-that-will-go.ts';
import { keyOf, objectOf, previousOf } from './store-events.ts';

/** Nothing is lost with them, and what they restrain may be the very successor that is waited for. */
const RESTRAINTS = new Set(['ResourceQuota', 'LimitRange']);

const INVENTORY = /^gitops\/inventory\/([^:]*):(.*)$/;

/**
 * "Prune deletes only what this application's inventory created, never after a render error", and "nothing is destroyed
 * before its successor is known to work". Everything that Berth deletes of what people declare goes through here.
 */
export class PruneChecker implements LifeWatcher {
  readonly #machine: Machine;
  readonly #repository: UserRepository;
  /** What the newest commit created or changed in each application, and for which files that was. */
  readonly #successors = new Map<string, { readonly files: ApplicationFiles; readonly keys: Set<string> }>();

  constructor(machine: Machine, repository: UserRepository) {
    this.#machine = machine;
    this.#repository = repository;
  }

  onCommit(events: readonly StoreEvent[], life: OpenLife): void {
    if (life.box === undefined || this.#machine.actor === 'user') return;
    for (const event of events) {
      this.#noteApplied(event, life);
      const before = previousOf(event);
      if (before === undefined || before.metadata.deletionTimestamp !== undefined) continue;
      const after = objectOf(event);
      if (after !== undefined && after.metadata.deletionTimestamp === undefined) continue;
      if (before.kind === 'Job' && goesByItself(before as unknown as Job)) continue;
      if (isOfTheMachine(before)) continue;
      if (DECLARED_KINDS.has(before.kind) && (before.metadata.ownerReferences ?? []).length === 0)
        this.#checkDeletion(before, events, life);
    }
  }

  #noteApplied(event: StoreEvent, life: OpenLife): void {
    const [, application = '', key = ''] = INVENTORY.exec(keyOf(event)) ?? [];
    if (application === '' || event.type !== 'put') return;
    // The same digest again is a repair of what somebody deleted.
    if (event.previous?.value['digest'] === event.entry.value['digest']) return;
    const files = this.#filesNow(application, life);
    if (files === undefined) return;
    const known = this.#successors.get(application);
    if (known?.files === files) known.keys.add(key);
    else this.#successors.set(application, { files, keys: new Set([key]) });
  }

  #checkDeletion(object: StoredObject, events: readonly StoreEvent[], life: OpenLife): void {
    const key = storageKeyOf(object);
    const { namespace } = object.metadata;
    const home =
      namespace === undefined
        ? undefined
        : life.store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
    if (home !== undefined && (home.value as unknown as StoredObject).metadata.deletionTimestamp !== undefined) return;
    const entries = events.flatMap((event) => {
      const [, application = '', entryKey = ''] = INVENTORY.exec(keyOf(event)) ?? [];
      return event.type === 'delete' && entryKey === key ? [{ application, uid: event.previous.value['uid'] }] : [];
    });
    const entry = entries.find(({ uid }) => uid === object.metadata.uid);
    if (entry === undefined) return this.#report(`${key} was deleted, and no inventory had it`);
    this.#machine.tally.count('pruned');
    this.#checkSuccessors(entry.application, key, object.kind, life);
  }

  #checkSuccessors(application: string, key: string, kind: string, life: OpenLife): void {
    const files = this.#filesNow(application, life);
    if (files === undefined) return;
    const attempted = life.box.state.getApplication(application)?.attemptedCommit ?? '';
    const attemptedFiles = this.#repository.snapshotOf(attempted)?.get(application);
    if (attemptedFiles !== files) return;
    if ([...files.values()].some(({ kind }) => kind === 'Broken'))
      this.#report(`${key} was pruned for a commit with an error`);
    const successors = this.#successors.get(application);
    if (successors?.files !== files || RESTRAINTS.has(kind)) return;
    for (const successor of successors.keys) {
      const live = life.store.get(successor)?.value as unknown as StoredObject | undefined;
      if (live?.kind !== 'Deployment' || isRolledOut(live as unknown as Deployment)) continue;
      this.#report(`${key} was pruned before ${successor} was known to work`);
    }
  }

  /** The application's files in the newest commit that the loop has taken in. */
  #filesNow(application: string, { box }: OpenLife): ApplicationFiles | undefined {
    return this.#repository.snapshotOf(box.reconciler.commit?.id ?? '')?.get(application);
  }

  #report(message: string): void {
    this.#machine.report('prune', message);
  }
}

/** A Secret that comes from the machine and goes with its folder there. */
function isOfTheMachine({ metadata }: StoredObject): boolean {
  return metadata.labels?.[SOURCE_LABEL] === SOURCE_VALUE;
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  return (status?.updatedReplicas ?? 0) >= wanted && (status?.availableReplicas ?? 0) >= wanted;
}
