import type { Client } from '../../api/client.ts';
import { formatQuantity, isPodTerminal, quotaKinds, totalQuotaUsage } from '../../objects/index.ts';
import type { Pod, ResourceQuota, StoredObject } from '../../objects/types.ts';
import type {
  Controller,
  ControllerChange,
  ControllerContext,
  ControllerWatch,
  ReconcileResult,
} from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';

/**
 * Shows what is used of each quota. The limits themselves are held by admission, which counts anew: nothing depends on
 * this status being up to date.
 */
export class ResourceQuotaController implements Controller {
  readonly name = 'resourcequota-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  /** Namespaces that had a quota at any time: everywhere else a change costs nothing. */
  readonly #namespaces = new Set<string>();

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      {
        kind: 'ResourceQuota',
        keysOf: (quota) => {
          this.#namespaces.add(quota.metadata.namespace ?? '');
          return [keyOf(quota)];
        },
      },
      { kind: '*', keysOf: (object, previous, change) => this.#quotasAround(object, previous, change) },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const quota = this.#client.get('ResourceQuota', parseKey(key));
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return {};
    writeStatus(this.#client, quota, this.#statusOf(quota));
    return {};
  }

  #statusOf(quota: ResourceQuota): ResourceQuota['status'] {
    const namespace = quota.metadata.namespace ?? '';
    const objects = quotaKinds(quota).flatMap((kind) => this.#client.listObjects(kind, { namespace }));
    const used = [...totalQuotaUsage(quota, objects)].map(([name, amount]) => [name, formatQuantity(amount)]);
    return { hard: quota.spec?.hard ?? {}, used: Object.fromEntries(used) };
  }

  /** Objects that come, go or end; a pod's heartbeat of conditions changes no sum. */
  #quotasAround(object: StoredObject, previous: StoredObject | undefined, change: ControllerChange): readonly string[] {
    const namespace = object.metadata.namespace ?? '';
    if (change === 'initial' || object.kind === 'Event' || !this.#namespaces.has(namespace)) return [];
    const isSame = change === 'modified' && object['spec'] === previous?.['spec'] && endOf(object) === endOf(previous);
    if (isSame || object.kind === 'ResourceQuota') return [];
    return this.#client.list('ResourceQuota', { namespace }).map(keyOf);
  }
}

function endOf(object: StoredObject | undefined): boolean {
  return object?.kind === 'Pod' && isPodTerminal(object as StoredObject & Pod);
}
