import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { STORED_KINDS } from '../../objects/index.ts';
import type { Namespace, StoredObject } from '../../objects/types.ts';
import type {
  Controller,
  ControllerChange,
  ControllerContext,
  ControllerWatch,
  ReconcileResult,
} from '../controller.ts';
import { referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { computeNamespace, computeNamespaceStatus, type NamespaceContent } from './compute-namespace.ts';

export interface NamespaceControllerContext extends ControllerContext {
  readonly finalizeNamespace: (name: string, finalizers: readonly string[]) => void;
}

/** Empties namespaces that are being deleted, and lets them go. */
export class NamespaceController implements Controller {
  readonly name = 'namespace-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #finalizeNamespace: NamespaceControllerContext['finalizeNamespace'];
  /**
   * How many objects a terminating namespace waited for when it was looked at, and how many went since. It is looked at
   * again when half of them are gone, and when all are: with one look per object a namespace of n objects would cost n²
   * reads. While there are pods they alone are waited for, as nothing else goes before them. Rebuilt by any reconcile.
   */
  readonly #remaining = new Map<string, { readonly count: number; gone: number }>();

  constructor({ client, clock, finalizeNamespace }: NamespaceControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.#finalizeNamespace = finalizeNamespace;
    const keysOf = (object: StoredObject, _previous: StoredObject | undefined, change: ControllerChange) =>
      this.#keysOf(object, change);
    this.watches = [
      { kind: 'Namespace', keysOf: (namespace) => (isTerminating(namespace) ? [namespace.metadata.name] : []) },
      { kind: '*', keysOf },
    ];
  }

  reconcile(name: string): ReconcileResult {
    const namespace = this.#client.get('Namespace', { name });
    if (namespace === undefined || !isTerminating(namespace)) {
      this.#remaining.delete(name);
      return {};
    }
    const failures: Error[] = [];
    const contents = this.#contentsOf(name);
    const actions = computeNamespace({ namespace, contents });
    for (const action of actions) {
      if (action.type === 'deleteObject') this.#delete(action.object, failures);
    }
    const left = actions.length === 0 ? contents : this.#contentsOf(name);
    const messages = failures.map((failure) => failure.message);
    const nowMs = this.#clock.wallMs();
    writeStatus(
      this.#client,
      namespace,
      computeNamespaceStatus({ namespace, contents: left, failures: messages, nowMs }),
    );
    const finalize = actions.find((action) => action.type === 'finalize');
    if (finalize !== undefined) this.#finalizeNamespace(name, finalize.finalizers);
    this.#remaining.set(name, { count: awaitedIn(left), gone: 0 });
    const [failure] = failures;
    // What went at once brought no later news: look again for what comes after it.
    if (actions.length > 0 && finalize === undefined && failure === undefined) return { requeueAfterMs: 0 };
    return failure === undefined ? {} : { failure };
  }

  #keysOf({ metadata }: StoredObject, change: ControllerChange): readonly string[] {
    const remaining = change === 'deleted' ? this.#remaining.get(metadata.namespace ?? '') : undefined;
    if (remaining === undefined) return [];
    remaining.gone++;
    return remaining.gone * 2 >= remaining.count ? [metadata.namespace ?? ''] : [];
  }

  #contentsOf(namespace: string): readonly NamespaceContent[] {
    return STORED_KINDS.filter((kind) => kind.namespaced).map((kind) => ({
      resource: `${kind.plural}.${kind.group}`,
      objects: this.#client.listObjects(kind, { namespace }),
    }));
  }

  #delete(object: StoredObject, failures: Error[]): void {
    try {
      this.#client.delete(referenceTo(object), { propagationPolicy: 'Background' });
    } catch (error) {
      if (!isApiError(error)) throw error;
      // Something that went with an object deleted just before.
      if (error.reason !== 'NotFound') failures.push(error);
    }
  }
}

function awaitedIn(contents: readonly NamespaceContent[]): number {
  const pods = contents.find(({ resource }) => resource === 'pods.')?.objects.length ?? 0;
  return pods > 0 ? pods : contents.reduce((sum, { objects }) => sum + objects.length, 0);
}

function isTerminating({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && (spec?.finalizers ?? []).length > 0;
}
