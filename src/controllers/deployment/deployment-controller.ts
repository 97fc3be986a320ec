import { type ApiError, isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { availableInMs, controllerOf, isPodReady, minReadySecondsOf } from '../../objects/index.ts';
import type { Deployment, Pod, ReplicaSet } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { withController, withoutOwner } from '../ownership/claim-objects.ts';
import { listCandidates, ownerKeysOf } from '../ownership/list-candidates.ts';
import { computeDeployment, type DeploymentAction } from './compute-deployment.ts';
import { computeDeploymentStatus, type DeploymentStatusSnapshot } from './deployment-status.ts';
import { newReplicaSetName } from './new-replica-set.ts';
import { REVISION_ANNOTATION } from './revisions.ts';

type Creation = DeploymentStatusSnapshot['creation'];

/** Rolls each Deployment's pod template out through ReplicaSets. */
export class DeploymentController implements Controller {
  readonly name = 'deployment-controller';
  /**
   * Whatever a rolling update waits for changes the status of a ReplicaSet. A Recreate waits for pods that no status
   * counts any more: "when a pod is deleted, and the Deployment's strategy is Recreate, check whether all are gone"
   * (deletePod).
   */
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      { kind: 'Deployment', keysOf: (deployment) => [keyOf(deployment)] },
      { kind: 'ReplicaSet', keysOf: (set, previous) => ownerKeysOf(client, 'Deployment', set, previous) },
      { kind: 'Pod', keysOf: (pod, _previous, change) => (change === 'deleted' ? this.#recreatedWithout(pod) : []) },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const deployment = this.#client.get('Deployment', parseKey(key));
    if (deployment === undefined) return {};
    const nowMs = this.#clock.wallMs();
    const replicaSets = listCandidates(this.#client, 'ReplicaSet', deployment);
    const pods = this.#podsOf(replicaSets);
    const nameHolder = this.#client.get('ReplicaSet', {
      namespace: deployment.metadata.namespace,
      name: newReplicaSetName(deployment),
    });
    const computed = computeDeployment({ deployment, replicaSets, pods, nameHolder, nowMs });
    const { creation, failure } = this.#apply(deployment, computed.actions);

    const { status, requeueAfterMs } = computeDeploymentStatus({
      deployment,
      replicaSets: computed.actions.length === 0 ? replicaSets : listCandidates(this.#client, 'ReplicaSet', deployment),
      creation,
      judgeProgress: computed.judgeProgress,
      collisionCount: computed.collisionCount,
      nowMs,
    });
    writeStatus(this.#client, this.#client.get('Deployment', parseKey(key)) ?? deployment, status);
    const nextMs = Math.min(requeueAfterMs ?? Number.POSITIVE_INFINITY, recountInMs(replicaSets, pods, nowMs));
    return {
      ...(Number.isFinite(nextMs) ? { requeueAfterMs: nextMs } : {}),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #recreatedWithout(pod: Pod): readonly string[] {
    const { namespace } = pod.metadata;
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return [];
    const set = this.#client.get('ReplicaSet', { namespace, name: owner.name });
    const name = set === undefined ? undefined : controllerOf(set)?.name;
    if (name === undefined) return [];
    const deployment = this.#client.get('Deployment', { namespace, name });
    return deployment?.spec?.strategy?.type === 'Recreate' ? [keyOf(deployment)] : [];
  }

  #podsOf(replicaSets: readonly ReplicaSet[]): readonly Pod[] {
    return replicaSets.flatMap(({ metadata }) =>
      this.#client.list('Pod', { namespace: metadata.namespace ?? '', ownerUid: metadata.uid }),
    );
  }

  /** When the new ReplicaSet is refused, the old ones are left alone as well. */
  #apply(deployment: Deployment, actions: readonly DeploymentAction[]): { creation?: Creation; failure?: ApiError } {
    let creation: Creation;
    for (const action of actions) {
      if (action.type !== 'createReplicaSet') {
        this.#applyOne(deployment, action);
        continue;
      }
      try {
        this.#client.create(action.object);
        creation = { type: 'created' };
        if (action.replicas > 0) this.#recordScaling(deployment, action.name, { from: 0, to: action.replicas });
      } catch (error) {
        if (!isApiError(error)) throw error;
        if (isNamespaceTerminating(error)) return {};
        const message = `Failed to create new replica set "${action.name}": ${error.message}`;
        this.#record(deployment, 'Warning', 'ReplicaSetCreateError', message);
        return { creation: { type: 'failed', name: action.name, message: error.message }, failure: error };
      }
    }
    return { creation };
  }

  #applyOne(deployment: Deployment, action: Exclude<DeploymentAction, { type: 'createReplicaSet' }>): void {
    switch (action.type) {
      case 'adoptReplicaSet':
        this.#client.update(withController(action.replicaSet, deployment));
        return;
      case 'releaseReplicaSet':
        this.#client.update(withoutOwner(action.replicaSet, deployment.metadata.uid));
        return;
      case 'changeReplicaSet':
        return this.#change(deployment, action);
      case 'deleteReplicaSet':
        this.#client.delete(referenceTo(action.replicaSet));
        return;
      case 'setRevision':
        this.#client.patch(referenceTo(deployment), 'merge', {
          metadata: { annotations: { [REVISION_ANNOTATION]: action.revision } },
        });
    }
  }

  #change(deployment: Deployment, action: Extract<DeploymentAction, { type: 'changeReplicaSet' }>): void {
    const { replicaSet, replicas, annotations, minReadySeconds } = action;
    this.#client.patch(referenceTo(replicaSet), 'merge', {
      metadata: { annotations },
      spec: { replicas: replicas.to, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) },
    });
    if (replicas.from !== replicas.to) this.#recordScaling(deployment, replicaSet.metadata.name, replicas);
  }

  #recordScaling(deployment: Deployment, name: string, { from, to }: { from: number; to: number }): void {
    const direction = from < to ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
    this.#record(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  #record(regarding: Deployment, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#client.recordEvent({ regarding, type, reason, message, component: this.name });
  }
}

/**
 * When a pod is available that waits for `minReadySeconds` again because the clock was put back: its ReplicaSet has
 * called it available before and says nothing new, so nobody would tell of it. Infinite where there is none.
 */
function recountInMs(replicaSets: readonly ReplicaSet[], pods: readonly Pod[], nowMs: number): number {
  const sets = new Map(replicaSets.map((set) => [set.metadata.uid, set]));
  const minReadySeconds = (pod: Pod) => minReadySecondsOf(sets.get(controllerOf(pod)?.uid ?? '') ?? {});
  const waits = pods.filter(isPodReady).map((pod) => availableInMs(pod, minReadySeconds(pod), nowMs) ?? 0);
  const said = replicaSets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
  const available = waits.filter((wait) => wait === 0).length;
  return said > available ? Math.min(...waits.filter((wait) => wait > 0)) : Number.POSITIVE_INFINITY;
}
