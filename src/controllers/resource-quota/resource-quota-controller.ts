import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  formatQuantity,
  isPodTerminal,
  overdueAtMs,
  quotaKinds,
  totalQuotaUsage,
  tryParseQuantity,
  ZERO_QUANTITY,
} from '../../objects/index.ts';
import type { Pod, StoredObject } from '../../objects/types.ts';
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
  readonly #clock: Clock;
  /** Namespaces that had a quota at any time: everywhere else a change costs nothing. */
  readonly #namespaces = new Set<string>();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
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
    const namespace = quota.metadata.namespace ?? '';
    const objects = quotaKinds(quota).flatMap((kind) => this.#client.listObjects(kind, { namespace }));
    const nowMs = this.#clock.wallMs();
    // The API takes no other amounts in a status either: whoever is refused for one of them is told so by admission.
    const hard = Object.entries(quota.spec?.hard ?? {}).filter(([, amount]) => tryParseQuantity(amount) !== undefined);
    const total = totalQuotaUsage(quota, objects, nowMs);
    const used = hard.map(([name]) => [name, formatQuantity(total.get(name) ?? ZERO_QUANTITY)]);
    writeStatus(this.#client, quota, { hard: Object.fromEntries(hard), used: Object.fromEntries(used) });
    const dues = objects.map((object) => (object.kind === 'Pod' ? overdueAtMs(object) : undefined) ?? 0);
    const nextMs = Math.min(...dues.filter((dueMs) => dueMs >= nowMs));
    return nextMs === Number.POSITIVE_INFINITY ? {} : { requeueAfterMs: nextMs - nowMs + 1 };
  }

  /** Objects that come, go, begin to go or end; a pod's heartbeat of conditions changes no sum. */
  #quotasAround(object: StoredObject, previous: StoredObject | undefined, change: ControllerChange): readonly string[] {
    const namespace = object.metadata.namespace ?? '';
    if (change === 'initial' || object.kind === 'Event' || !this.#namespaces.has(namespace)) return [];
    const isSame = change === 'modified' && object['spec'] === previous?.['spec'] && endOf(object) === endOf(previous);
    if (isSame) return [];
    return this.#client.list('ResourceQuota', { namespace }).map(keyOf);
  }
}

/** By what the end of a pod shows. */
function endOf(object: StoredObject | undefined): string {
  if (object?.kind !== 'Pod') return '';
  return `${isPodTerminal(object as StoredObject & Pod)} ${object.metadata.deletionTimestamp ?? ''}`;
}
