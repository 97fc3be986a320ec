import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { jobExpiryMs } from '../../objects/index.ts';
import type { Job } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';

/** Deletes Jobs some time after they have ended. */
export class TtlAfterFinishedController implements Controller {
  readonly name = 'ttl-after-finished-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      { kind: 'Job', keysOf: (job) => (job.spec?.ttlSecondsAfterFinished === undefined ? [] : [keyOf(job)]) },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const job = this.#client.get('Job', parseKey(key));
    const waitMs = job === undefined ? undefined : ttlLeftMs(job, this.#clock.wallMs());
    if (job === undefined || waitMs === undefined) return {};
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    const { uid } = job.metadata;
    this.#client.delete(referenceTo(job), { propagationPolicy: 'Foreground', preconditions: { uid } });
    return {};
  }
}

/** Milliseconds until the time to live of a Job is up, 0 when it is; `undefined` while it does not count. */
export function ttlLeftMs(job: Job, nowMs: number): number | undefined {
  const expiryMs = job.metadata.deletionTimestamp === undefined ? jobExpiryMs(job) : undefined;
  return expiryMs === undefined ? undefined : Math.max(0, expiryMs - nowMs);
}
