import type { ObjectReference } from '../../api/client.ts';
import type { StoredObject } from '../../objects/types.ts';

/**
 * Who depends on whom, kept up to date from changes: so the dependents of a uid are found without asking every kind.
 *
 * Invariant: holds exactly the references of the objects that exist.
 */
export class OwnerGraph {
  readonly #dependents = new Map<string, Set<string>>();

  /** Takes a change in: the object as it is now, or `undefined` when it is gone. */
  replace(previous: StoredObject | undefined, current: StoredObject | undefined): void {
    for (const { uid } of previous?.metadata.ownerReferences ?? []) this.#remove(uid, previous);
    for (const { uid } of current?.metadata.ownerReferences ?? []) this.#add(uid, current);
  }

  /** Keys of the objects that name this uid as an owner, sorted. */
  dependentsOf(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])].sort();
  }

  #add(uid: string, object: StoredObject | undefined): void {
    if (object === undefined) return;
    const keys = this.#dependents.get(uid) ?? new Set();
    keys.add(graphKey(object));
    this.#dependents.set(uid, keys);
  }

  #remove(uid: string, object: StoredObject | undefined): void {
    const keys = this.#dependents.get(uid);
    if (keys === undefined || object === undefined) return;
    keys.delete(graphKey(object));
    if (keys.size === 0) this.#dependents.delete(uid);
  }
}

/** `apps/v1 Deployment shop web`; the namespace is empty for kinds without one. */
export function graphKey({ apiVersion, kind, metadata }: StoredObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
}

export function parseGraphKey(key: string): ObjectReference {
  const [apiVersion = '', kind = '', namespace = '', name = ''] = key.split(' ');
  return { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) };
}
