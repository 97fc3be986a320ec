import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { VolumeFiles, VolumePlace } from '../../host/volume-files.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { WorkQueue } from '../../lib/work-queue.ts';
import { withoutFinalizer } from '../../objects/finalizers.ts';
import { claimClassOf } from '../../objects/index.ts';
import { LOCAL_PATH_PROVISIONER, PROVISIONER_FINALIZER } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../objects/types.ts';
import { provisionedPlace } from '../volumes/claimed-volume.ts';
import { computeProvisioning, computeReclaim, newVolume, type ProvisioningSnapshot } from './compute-provisioning.ts';

export interface LocalPathProvisionerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly volumeFiles: VolumeFiles;
  readonly nodeName: string;
}

/** "Volumes are created with mode 0777": whoever runs in the container can write, as with rancher's local-path. */
const FOLDER_MODE = 0o777;

/**
 * Makes the folders of claims whose pods run on this node, and removes those of volumes that nobody keeps. Claims and
 * volumes have a queue each, so that a large folder that goes does not hold up one that is to come.
 */
export class LocalPathProvisioner {
  readonly #options: LocalPathProvisionerOptions;
  readonly #claims: WorkQueue;
  readonly #volumes: WorkQueue;
  #unwatch: readonly (() => void)[] = [];
  #isStopped = false;

  constructor(options: LocalPathProvisionerOptions) {
    this.#options = options;
    this.#claims = this.#startQueue((key) => this.#provision(key));
    this.#volumes = this.#startQueue((name) => this.#reclaim(name));
  }

  start(): void {
    const { client } = this.#options;
    const onClaim = (claim: PersistentVolumeClaim): void => {
      if (computeProvisioning(this.#snapshot(claim)).type !== 'none') this.#claims.add(keyOf(claim));
    };
    const onVolume = (volume: PersistentVolume): void => {
      if (computeReclaim(volume, this.#options.nodeName) !== 'none') this.#volumes.add(volume.metadata.name);
    };
    this.#unwatch = [
      client.watch('PersistentVolumeClaim', ({ type, object }) => (type === 'DELETED' ? undefined : onClaim(object))),
      client.watch('PersistentVolume', ({ type, object }) => (type === 'DELETED' ? undefined : onVolume(object))),
    ];
    for (const claim of client.list('PersistentVolumeClaim')) onClaim(claim);
    for (const volume of client.list('PersistentVolume')) onVolume(volume);
  }

  stop(): void {
    this.#isStopped = true;
    for (const unwatch of this.#unwatch) unwatch();
    this.#claims.clear();
    this.#volumes.clear();
  }

  /** Works a queue off one key at a time; what fails comes back with a growing delay. */
  #startQueue(work: (key: string) => Promise<void>): WorkQueue {
    const queue = new WorkQueue({ clock: this.#options.clock });
    let isRunning = false;
    const run = async (): Promise<void> => {
      if (isRunning) return;
      isRunning = true;
      for (let key = queue.take(); key !== undefined && !this.#isStopped; key = queue.take()) {
        try {
          await work(key);
          queue.forget(key);
        } catch (error) {
          if (this.#isStopped) break;
          const retryAfterMs = queue.addRateLimited(key);
          this.#options.logger.warn('volume work failed', { object: key, error: messageOf(error), retryAfterMs });
        }
      }
      isRunning = false;
    };
    queue.onReady(() => void run());
    return queue;
  }

  #snapshot(claim: PersistentVolumeClaim): ProvisioningSnapshot {
    const { client, nodeName } = this.#options;
    return { claim, storageClass: client.get('StorageClass', { name: claimClassOf(claim) ?? '' }), nodeName };
  }

  async #provision(key: string): Promise<void> {
    const { client, volumeFiles } = this.#options;
    const claim = this.#claim(key);
    if (claim === undefined) return;
    const { namespace, name } = claim.metadata;
    const snapshot = this.#snapshot(claim);
    const plan = computeProvisioning(snapshot);
    if (plan.type === 'none') return;
    if (plan.type === 'refuse') return this.#reportFailure(claim, plan.message);
    if (client.get('PersistentVolume', { name: plan.volumeName }) !== undefined) return;
    const message = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
    this.#report(claim, 'Normal', 'Provisioning', message);
    await client.durable();
    const place: VolumePlace = { area: 'storage', path: plan.folder };
    try {
      await volumeFiles.makeDirectory(place, { mode: FOLDER_MODE });
    } catch (error) {
      if (!this.#isStopped) this.#reportFailure(claim, messageOf(error));
      throw error;
    }
    if (this.#isStopped) return;
    // The claim may have gone meanwhile; then nobody has ever seen the folder.
    if (this.#claim(key)?.metadata.uid !== claim.metadata.uid) return volumeFiles.remove(place);
    client.create(newVolume(snapshot, plan.volumeName, volumeFiles.hostPath(place)));
    this.#report(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${plan.volumeName}`);
  }

  #claim(key: string): PersistentVolumeClaim | undefined {
    const [namespace, name = ''] = key.split('/');
    return this.#options.client.get('PersistentVolumeClaim', { namespace, name });
  }

  #reportFailure(claim: PersistentVolumeClaim, why: string): void {
    const message = `failed to provision volume with StorageClass "${claimClassOf(claim) ?? ''}": ${why}`;
    this.#report(claim, 'Warning', 'ProvisioningFailed', message);
  }

  async #reclaim(name: string): Promise<void> {
    const { client, nodeName } = this.#options;
    const volume = client.get('PersistentVolume', { name });
    const reclaim = volume === undefined ? 'none' : computeReclaim(volume, nodeName);
    if (volume === undefined || reclaim === 'none') return;
    if (reclaim === 'delete') {
      // What was not made for this very volume is never removed, whatever the volume says of itself.
      const place = provisionedPlace(volume);
      if (place === undefined) {
        const message = `the path "${volume.spec?.local?.path ?? ''}" is not a volume of Berth`;
        return this.#report(volume, 'Warning', 'VolumeFailedDelete', message);
      }
      await client.durable();
      await this.#remove(volume, place);
    }
    if (!this.#isStopped) client.transaction(() => this.#dropObject(volume));
  }

  async #remove(volume: PersistentVolume, place: VolumePlace): Promise<void> {
    try {
      await this.#options.volumeFiles.remove(place);
    } catch (error) {
      if (!this.#isStopped) this.#report(volume, 'Warning', 'VolumeFailedDelete', messageOf(error));
      throw error;
    }
  }

  /** Takes the provisioner's hold off the object and deletes it; somebody may have done either already. */
  #dropObject({ metadata: { name, uid } }: PersistentVolume): void {
    const { client } = this.#options;
    const current = client.get('PersistentVolume', { name });
    if (current?.metadata.uid !== uid) return;
    client.update(withoutFinalizer(current, PROVISIONER_FINALIZER));
    try {
      client.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
  }

  #report(
    regarding: PersistentVolume | PersistentVolumeClaim,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    this.#options.client.recordEvent({ regarding, type, reason, message, component: LOCAL_PATH_PROVISIONER });
  }
}

function keyOf({ metadata }: PersistentVolumeClaim): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
