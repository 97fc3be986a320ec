import { controllerOf } from '../../../src/objects/index.ts';
import type { StoredObject } from '../../../src/objects/types.ts';

/** Kinds whose pods have random names. */
const RANDOM_POD_OWNERS = new Set(['ReplicaSet', 'ReplicationController', 'DaemonSet', 'Job']);

/**
 * Gives objects with random names names that a person can follow: `web-#2` is the second ReplicaSet of `web`, `web-#2-c` its third pod.
 *
 * Invariant: a name that was given stays, so that a pod of the same place that comes later has the next letter.
 */
export class Namer {
  readonly #shownByUid = new Map<string, string>();
  readonly #rawByShown = new Map<string, string>();
  readonly #given = new Map<string, number>();
  /** Raw names and uids with what stands for them in texts, the longest first. */
  #replacements: readonly (readonly [raw: string, shown: string])[] = [];

  /** Has to be told of every object when it is made. */
  note(object: StoredObject): void {
    const { name, uid } = object.metadata;
    if (this.#shownByUid.has(uid)) return;
    const shown = this.#choose(object);
    this.#shownByUid.set(uid, shown);
    this.#rawByShown.set(shown, name);
    const pairs: (readonly [string, string])[] = [[uid, `(uid of ${shown})`]];
    if (shown !== name) pairs.push([name, shown]);
    this.#replacements = [...this.#replacements, ...pairs].sort(([a], [b]) => b.length - a.length);
  }

  nameOf({ metadata }: StoredObject): string {
    return this.#shownByUid.get(metadata.uid) ?? metadata.name;
  }

  /** A text with the names in it replaced. */
  inText(text: string): string {
    return this.#replacements.reduce((result, [raw, shown]) => result.replaceAll(raw, shown), text);
  }

  /** The raw name behind a shown one, or the same. */
  rawName(shown: string): string {
    return this.#rawByShown.get(shown) ?? shown;
  }

  #choose(object: StoredObject): string {
    const { name } = object.metadata;
    const owner = controllerOf(object);
    if (owner === undefined) return name;
    const ownerName = this.#shownByUid.get(owner.uid) ?? owner.name;
    if (object.kind === 'ReplicaSet' || object.kind === 'ControllerRevision' || owner.kind === 'CronJob') {
      return `${ownerName}-#${this.#next(`${object.kind} ${ownerName}`)}`;
    }
    if (object.kind !== 'Pod' || !RANDOM_POD_OWNERS.has(owner.kind)) return name;
    const prefix = owner.kind === 'Job' ? ownerName + name.slice(owner.name.length).replace(/-[^-]*$/, '') : ownerName;
    return `${prefix}-${letters(this.#next(`Pod ${prefix}`))}`;
  }

  #next(place: string): number {
    const count = (this.#given.get(place) ?? 0) + 1;
    this.#given.set(place, count);
    return count;
  }
}

/** a, b, …, z, aa, ab, … */
function letters(count: number): string {
  const rest = count - 1;
  const last = String.fromCharCode(97 + (rest % 26));
  return rest < 26 ? last : letters(Math.floor(rest / 26)) + last;
}
