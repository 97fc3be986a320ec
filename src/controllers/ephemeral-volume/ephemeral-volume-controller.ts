import type { Client } from '../../api/client.ts';
import { podClaims } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { applyUntilRefused } from '../pods/refused-change.ts';
import { computeEphemeralClaims, type EphemeralClaimAction } from './compute-ephemeral-claims.ts';

/** Makes the claims of pods whose volumes live and die with them. */
export class EphemeralVolumeController implements Controller {
  readonly name = 'ephemeral-volume-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      {
        kind: 'Pod',
        keysOf: (pod, _previous, change) =>
          (change === 'added' || change === 'initial') && hasEphemeralVolume(pod) ? [keyOf(pod)] : [],
      },
      {
        kind: 'PersistentVolumeClaim',
        // "If there is a pod referencing it because of an ephemeral volume, then we should re-create the PVC"
        // (onPVCDelete): also when it was in the way.
        keysOf: ({ metadata }, _previous, change) =>
          change === 'deleted' ? this.#podsOf(metadata.namespace ?? 'default', metadata.name) : [],
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const pod = this.#client.get('Pod', parseKey(key));
    if (pod === undefined) return {};
    const { namespace } = pod.metadata;
    const actions = computeEphemeralClaims(pod, (name) =>
      this.#client.get('PersistentVolumeClaim', { namespace, name }),
    );
    const refused = applyUntilRefused(actions, (action) => this.#apply(pod, action));
    if (refused === undefined || refused.action.type !== 'createClaim') return {};
    const { volume, claim } = refused.action;
    this.#report(pod, volume, `create PVC ${claim.metadata?.name}: ${refused.cause.message}`);
    return { failure: refused.cause };
  }

  #apply(pod: Pod, action: EphemeralClaimAction): void {
    if (action.type === 'createClaim') this.#client.create(action.claim);
    else this.#report(pod, action.volume, action.message);
  }

  #report(regarding: Pod, volume: string, why: string): void {
    const event = { type: 'Warning', reason: 'FailedBinding', message: `ephemeral volume ${volume}: ${why}` } as const;
    this.#client.recordEvent({ regarding, ...event, component: 'ephemeral_volume' });
  }

  #podsOf(namespace: string, claim: string): readonly string[] {
    return this.#client
      .list('Pod', { namespace })
      .filter((pod) => podClaims(pod).some(({ claimName, isEphemeral }) => isEphemeral && claimName === claim))
      .map(keyOf);
  }
}

function hasEphemeralVolume({ spec }: Pod): boolean {
  return (spec?.volumes ?? []).some(({ ephemeral }) => ephemeral !== undefined);
}
