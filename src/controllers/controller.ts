import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { StoredObject } from '../objects/types.ts';

/** What every controller is given. `client` already acts under the controller's own identity. */
export interface ControllerContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One kind that a controller listens to, and which of its keys a change concerns. */
export interface ControllerWatch {
  readonly kind: string;
  /** Keys (`namespace/name`) to reconcile after this change; called with the new and the previous version. */
  readonly keysOf: (object: StoredObject, previous: StoredObject | undefined) => readonly string[];
}

/** What a reconcile asks for afterwards. */
export interface ReconcileResult {
  /** Look again after this many milliseconds even if nothing changes. */
  readonly requeueAfterMs?: number;
}

/**
 * One controller. `reconcile` is level-based: it is told which object to look at, never what happened to it. It is synchronous and runs
 * as one transaction; when it throws, nothing that it wrote stays and the key comes back with a growing delay.
 */
export interface Controller {
  /** As Kubernetes names it: `deployment-controller`. */
  readonly name: string;
  readonly watches: readonly ControllerWatch[];
  reconcile(key: string): ReconcileResult;
}
