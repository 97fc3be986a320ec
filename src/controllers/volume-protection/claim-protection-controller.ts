import type { Client } from '../../api/client.ts';
import { withFinalizer, withoutFinalizer } from '../../objects/finalizers.ts';
import { podClaims } from '../../objects/index.ts';
import { CLAIM_PROTECTION } from '../../objects/storage/names.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { isClaimReleasable, isShutDown, isUnprotected } from './compute-volume-protection.ts';

/** Lets a claim that is being deleted go once no pod uses it, and sees to it that every other one is protected. */
export class ClaimProtectionController implements Controller {
  readonly name = 'persistentvolumeclaim-protection-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      {
        kind: 'PersistentVolumeClaim',
        keysOf: (claim) =>
          claim.metadata.deletionTimestamp !== undefined || isUnprotected(claim, CLAIM_PROTECTION)
            ? [keyOf(claim)]
            : [],
      },
      {
        kind: 'Pod',
        keysOf: (pod, _previous, change) =>
          change !== 'deleted' && !isShutDown(pod)
            ? []
            : podClaims(pod).map(({ claimName }) => `${pod.metadata.namespace ?? 'default'}/${claimName}`),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const claim = this.#client.get('PersistentVolumeClaim', parseKey(key));
    if (claim === undefined) return {};
    if (isUnprotected(claim, CLAIM_PROTECTION)) this.#client.update(withFinalizer(claim, CLAIM_PROTECTION));
    const pods = () => this.#client.list('Pod', { namespace: claim.metadata.namespace ?? 'default' });
    if (isClaimReleasable(claim, pods)) this.#client.update(withoutFinalizer(claim, CLAIM_PROTECTION));
    return {};
  }
}
