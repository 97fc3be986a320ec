import type { Client } from '../../api/client.ts';
import { controllerOf } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { computeEphemeralClaims } from './compute-ephemeral-claims.ts';

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
        keysOf: (claim, _previous, change) => {
          const owner = change === 'deleted' ? controllerOf(claim) : undefined;
          return owner?.kind === 'Pod' ? [`${claim.metadata.namespace ?? 'default'}/${owner.name}`] : [];
        },
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
    for (const action of actions) {
      if (action.type === 'createClaim') this.#client.create(action.claim);
      else this.#report(pod, action.message);
    }
    return {};
  }

  #report(regarding: Pod, message: string): void {
    const event = { type: 'Warning', reason: 'FailedBinding', message } as const;
    this.#client.recordEvent({ regarding, ...event, component: 'ephemeral-volume-controller' });
  }
}

function hasEphemeralVolume({ spec }: Pod): boolean {
  return (spec?.volumes ?? []).some(({ ephemeral }) => ephemeral !== undefined);
}
