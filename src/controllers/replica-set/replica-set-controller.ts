import type { Client, ObjectName } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { controllerOf, isPodActive } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { withController, withoutOwner } from '../ownership/claim-objects.ts';
import { listCandidates, ownerKeysOf } from '../ownership/list-candidates.ts';
import { newPod } from '../pods/new-pod.ts';
import { isCountedAlike } from '../pods/pod-changes.ts';
import { applyUntilRefused, type RefusedChange, refusedChange } from '../pods/refused-change.ts';
import { computeReplicaSet, type PodAction, type ReplicaKeeper, replicasOf } from './compute-replica-set.ts';
import { computeReplicaSetStatus } from './replica-set-status.ts';

/** Which kind is kept, and how it is seen as a ReplicaSet. */
export interface ReplicaKind {
  readonly controllerName: string;
  readonly kind: 'ReplicaSet' | 'ReplicationController';
  get(client: Client, name: ObjectName): ReplicaKeeper | undefined;
}

const REPLICA_SETS: ReplicaKind = {
  controllerName: 'replicaset-controller',
  kind: 'ReplicaSet',
  get: (client, name) => client.get('ReplicaSet', name),
};

/** Keeps the wished-for number of pods of each ReplicaSet. */
export class ReplicaSetController implements Controller {
  readonly name: string;
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #kept: ReplicaKind;

  constructor({ client, clock }: ControllerContext, kept = REPLICA_SETS) {
    this.name = kept.controllerName;
    this.#client = client;
    this.#clock = clock;
    this.#kept = kept;
    this.watches = [
      kept.kind === 'ReplicaSet'
        ? { kind: 'ReplicaSet', keysOf: (replicaSet) => [keyOf(replicaSet)] }
        : { kind: 'ReplicationController', keysOf: (controller) => [keyOf(controller)] },
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) =>
          change === 'modified' && isCountedAlike(pod, previous) ? [] : ownerKeysOf(client, kept.kind, pod, previous),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const replicaSet = this.#kept.get(this.#client, parseKey(key));
    if (replicaSet === undefined) return {};
    const pods = listCandidates(this.#client, 'Pod', replicaSet);
    const relatedPods = this.#relatedPods(replicaSet, pods);
    const nowMs = this.#clock.wallMs();
    const actions = computeReplicaSet({ replicaSet, pods, relatedPods, nowMs });
    const refused = this.#apply(replicaSet, actions);

    const podsAfter = actions.length === 0 ? pods : listCandidates(this.#client, 'Pod', replicaSet);
    const { status, requeueAfterMs } = computeReplicaSetStatus({ replicaSet, pods: podsAfter, refused, nowMs });
    writeStatus(this.#client, replicaSet, status);
    return {
      ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
      ...(refused === undefined ? {} : { failure: refused.cause }),
    };
  }

  /** Needed only to choose what to delete: active pods of all ReplicaSets of the same Deployment. */
  #relatedPods(replicaSet: ReplicaKeeper, pods: readonly Pod[]): readonly Pod[] {
    const controller = controllerOf(replicaSet);
    const namespace = replicaSet.metadata.namespace ?? '';
    if (controller === undefined || pods.filter(isPodActive).length <= replicasOf(replicaSet)) return [];
    return this.#client
      .list('ReplicaSet', { namespace, ownerUid: controller.uid })
      .flatMap((set) => this.#client.list('Pod', { namespace, ownerUid: set.metadata.uid }))
      .filter(isPodActive);
  }

  #apply(replicaSet: ReplicaKeeper, actions: readonly PodAction[]): RefusedChange | undefined {
    const isClaim = ({ type }: PodAction) => type === 'adoptPod' || type === 'releasePod';
    // "filteredPods, err = rsc.claimPods(…); if err != nil { return err }" (syncReplicaSet): without knowing its pods
    // it makes and deletes none, tells no event and keeps its status. A refusal takes the reconcile back, and it is
    // tried again with pauses.
    for (const action of actions.filter(isClaim)) this.#applyOne(replicaSet, action);
    const changes = actions.filter((action) => !isClaim(action));
    const refused = applyUntilRefused(changes, (action) => this.#applyOne(replicaSet, action));
    if (refused === undefined) return undefined;
    const change = refusedChange(refused.cause, { isCreation: refused.action.type === 'createPods' });
    this.#record(replicaSet, 'Warning', change.reason, change.event);
    return change;
  }

  #applyOne(replicaSet: ReplicaKeeper, action: PodAction): void {
    switch (action.type) {
      case 'adoptPod':
        this.#client.update(withController(action.pod, replicaSet));
        return;
      case 'releasePod':
        this.#client.update(withoutOwner(action.pod, replicaSet.metadata.uid));
        return;
      case 'createPods':
        return this.#createPods(replicaSet, action.count);
      case 'deletePod':
        this.#client.delete(referenceTo(action.pod));
        return this.#record(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${action.pod.metadata.name}`);
    }
  }

  #createPods(replicaSet: ReplicaKeeper, count: number): void {
    const pod = newPod(replicaSet.spec?.template ?? {}, replicaSet);
    for (let i = 0; i < count; i++) {
      const created = this.#client.create(pod);
      this.#record(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    }
  }

  #record(regarding: ReplicaKeeper, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#client.recordEvent({ regarding, type, reason, message, component: this.name });
  }
}
