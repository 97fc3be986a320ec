import type { Client } from '../../api/client.ts';
import { type Clock, parseTime } from '../../lib/clock.ts';
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

/**
 * "ttlSecondsAfterFinished limits the lifetime of a Job that has finished execution (either Complete or Failed). If
 * this field is unset, the Job won't be automatically deleted. If this field is set to zero, the Job becomes eligible
 * to be deleted immediately after it finishes" (batch/v1). Milliseconds; `undefined` while it does not count.
 */
export function ttlLeftMs({ metadata, spec, status }: Job, nowMs: number): number | undefined {
  if (spec?.ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const end = status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  const endedMs = parseTime(end?.lastTransitionTime);
  return endedMs === undefined ? undefined : Math.max(0, endedMs + spec.ttlSecondsAfterFinished * 1000 - nowMs);
}
