import type { Client } from '../../api/client.ts';
import { VOLUME_PROTECTION } from '../../objects/storage/names.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { isVolumeReleasable, withoutFinalizer } from './compute-volume-protection.ts';

/** Lets a volume that is being deleted go once it is not bound. */
export class VolumeProtectionController implements Controller {
  readonly name = 'persistentvolume-protection-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      { kind: 'PersistentVolume', keysOf: (volume) => (isVolumeReleasable(volume) ? [keyOf(volume)] : []) },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const volume = this.#client.get('PersistentVolume', parseKey(key));
    if (volume !== undefined && isVolumeReleasable(volume))
      this.#client.update(withoutFinalizer(volume, VOLUME_PROTECTION));
    return {};
  }
}
