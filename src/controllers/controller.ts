import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { KindTypes, KnownKind, StoredObject } from '../objects/types.ts';

/** What every controller is given. `client` already acts under the controller's own identity. */
export interface ControllerContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A kind that a controller listens to, and which of its keys (`namespace/name`) a change concerns. */
export interface KindWatch<T> {
  /** Called with the new and the previous version, in the same tick as the commit. */
  keysOf(object: T, previous: T | undefined, change: ControllerChange): readonly string[];
}

/** `*` listens to every object of every kind. */
export type ControllerWatch =
  | { [K in KnownKind]: KindWatch<KindTypes[K]> & { readonly kind: K } }[KnownKind]
  | (KindWatch<StoredObject> & { readonly kind: '*' });

/** `initial` are the objects that were there when the controller started; they are told like additions. */
export type ControllerChange = 'added' | 'modified' | 'deleted' | 'initial';

/** What a reconcile asks for afterwards. */
export interface ReconcileResult {
  /** Look again after this many milliseconds even if nothing changes. */
  readonly requeueAfterMs?: number;
  /**
   * Something was refused, and what was written before it stays (unlike after a throw): the failure is logged and
   * counted, and the key comes back with a growing delay.
   */
  readonly failure?: Error;
}

/**
 * One controller. `reconcile` is level-based: it is told which object to look at, never what happened to it. It is
 * synchronous and runs as one transaction; when it throws, nothing that it wrote stays and the key comes back with a
 * growing delay.
 */
export interface Controller {
  /** As Kubernetes names it: `deployment-controller`. */
  readonly name: string;
  readonly watches: readonly ControllerWatch[];
  /**
   * For keys that something else than a change in the API concerns, such as an answer that was waited for: called once
   * at the start with what enqueues one.
   */
  listen?(enqueue: (key: string) => void): void;
  reconcile(key: string): ReconcileResult;
}
