import type { Client } from '../../api/client.ts';
import { withFinalizer, withoutFinalizer } from '../../objects/finalizers.ts';
import { VOLUME_PROTECTION } from '../../objects/storage/names.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { isUnprotected, isVolumeReleasable } from './compute-volume-protection.ts';

/** Lets a volume that is being deleted go once it is not bound, and sees to it that every other one is protected. */
export class VolumeProtectionController implements Controller {
  readonly name = 'persistentvolume-protection-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      {
        kind: 'PersistentVolume',
        keysOf: (volume) =>
          isVolumeReleasable(volume) || isUnprotected(volume, VOLUME_PROTECTION) ? [keyOf(volume)] : [],
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const volume = this.#client.get('PersistentVolume', parseKey(key));
    if (volume === undefined) return {};
    if (isUnprotected(volume, VOLUME_PROTECTION)) this.#client.update(withFinalizer(volume, VOLUME_PROTECTION));
    else if (isVolumeReleasable(volume)) this.#client.update(withoutFinalizer(volume, VOLUME_PROTECTION));
    return {};
  }
}
