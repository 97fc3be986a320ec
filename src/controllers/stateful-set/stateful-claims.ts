import { ApiError, isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../objects/types.ts';
import { claimOwnersOf, isOfEarlierPod, isOfOtherController, updatedClaimOwners } from './claim-retention.ts';
import { ordinalRange } from './compute-stateful-set.ts';
import { claimNameOf, claimTemplatesOf, newClaim, ordinalOf, podNameOf } from './stateful-identity.ts';

/** Tells what became of a claim: of the set, for the events. */
export type ReportClaim = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** The claims of StatefulSets as they are on the box. */
export class StatefulClaims {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Makes those that the pod lacks; what is there is taken as it is. Throws what is refused, and for a claim "that is
   * being deleted" (createPersistentVolumeClaims): a pod that took it would lose it.
   */
  create(set: StatefulSet, ordinal: number, report: ReportClaim): void {
    const podName = podNameOf(set, ordinal);
    for (const template of claimTemplatesOf(set)) {
      const name = claimNameOf(set, template, ordinal);
      const found = this.#find(set, name);
      if (found?.metadata.deletionTimestamp !== undefined)
        throw new ApiError('Conflict', `pvc ${name} is being deleted`);
      if (found !== undefined) continue;
      try {
        this.#client.create(newClaim(set, template, ordinal, claimOwnersOf(set, undefined, { isCondemned: false })));
      } catch (error) {
        if (!isApiError(error)) throw error;
        const failure = `failed error: ${error.message}`;
        const message = `create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata.name} ${failure}`;
        report('Warning', 'FailedCreate', message);
        throw new ApiError(error.reason, `failed to create PVC ${name}: ${error.message}`, error.details);
      }
      const message = `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`;
      report('Normal', 'SuccessfulCreate', message);
    }
  }

  /**
   * The places without a pod whose claims still go with an earlier one; with `Retain` claims are meant to be used
   * again.
   */
  held(set: StatefulSet, pods: readonly Pod[]): ReadonlySet<number> {
    const held = new Set<number>();
    if (set.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return held;
    const taken = new Set(pods.map(({ metadata }) => metadata.name));
    const { start, end } = ordinalRange(set);
    for (let ordinal = start; ordinal < end; ordinal++) {
      const podName = podNameOf(set, ordinal);
      if (taken.has(podName)) continue;
      const claims = claimTemplatesOf(set).map((template) => this.#find(set, claimNameOf(set, template, ordinal)));
      if (claims.some((claim) => claim !== undefined && isOfEarlierPod(claim, podName))) held.add(ordinal);
    }
    return held;
  }

  /** Keeps the owners of the claims of all pods that exist as the retention policy wants them. */
  retain(set: StatefulSet, pods: readonly Pod[], report: ReportClaim): void {
    const { start, end } = ordinalRange(set);
    for (const pod of claimTemplatesOf(set).length === 0 ? [] : pods) {
      const ordinal = ordinalOf(set, pod.metadata.name) ?? 0;
      const wanted = claimOwnersOf(set, pod, { isCondemned: ordinal < start || ordinal >= end });
      for (const template of claimTemplatesOf(set)) {
        const claim = this.#find(set, claimNameOf(set, template, ordinal));
        if (claim === undefined) continue;
        const isOthers = wanted.length > 0 && isOfOtherController(set, pod.metadata.name, claim);
        if (isOthers) {
          const what = `PersistentVolumeClaim ${claim.metadata.name} has a conflicting OwnerReference`;
          const message = `${what} that acts as a managing controller, the retention policy is ignored for this claim`;
          report('Warning', 'ConflictingController', message);
        }
        const owners = updatedClaimOwners(set, pod.metadata.name, claim, isOthers ? [] : wanted);
        if (owners === undefined) continue;
        this.#client.update({ ...claim, metadata: { ...claim.metadata, ownerReferences: owners } });
      }
    }
  }

  /** The sets of the namespace that name their claims so. */
  setsOf({ metadata }: PersistentVolumeClaim): readonly StatefulSet[] {
    return this.#client.list('StatefulSet', { namespace: metadata.namespace ?? '' }).filter((set) =>
      claimTemplatesOf(set).some((template) => {
        const prefix = `${template.metadata?.name}-`;
        return metadata.name.startsWith(prefix) && ordinalOf(set, metadata.name.slice(prefix.length)) !== undefined;
      }),
    );
  }

  #find({ metadata }: StatefulSet, name: string): PersistentVolumeClaim | undefined {
    return this.#client.get('PersistentVolumeClaim', { namespace: metadata.namespace, name });
  }
}
