import { jsonEqual } from '../../lib/json.ts';
import { minReadySecondsOf } from '../../objects/index.ts';
import type { Deployment, KubernetesObject, Pod, ReplicaSet } from '../../objects/types.ts';
import { type ClaimedObjects, claimObjects } from '../ownership/claim-objects.ts';
import { replicasOf } from '../replica-set/compute-replica-set.ts';
import { type RolloutSpec, resolveRolloutSpec } from './deployment-spec.ts';
import { isDeploymentComplete } from './deployment-status.ts';
import { draftReplicaSet, fromDraft } from './new-replica-set.ts';
import { shutDownOldSets } from './recreate.ts';
import { isActive, type SizedReplicaSet, sizeReplicaSets } from './replica-set-sizes.ts';
import {
  byRevision,
  findNewReplicaSet,
  newReplicaSetAnnotations,
  REVISION_ANNOTATION,
  replicasAnnotations,
  type TextMap,
} from './revisions.ts';
import { type Rollout, stepRollingUpdate } from './rolling-update.ts';
import { isScalingEvent, scaleDeployment } from './scale-deployment.ts';

export interface DeploymentSnapshot {
  readonly deployment: Deployment;
  /** Every ReplicaSet of the namespace that the Deployment controls or that its selector matches. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods of those ReplicaSets, in any state. */
  readonly pods: readonly Pod[];
  /** Whoever has the name `newReplicaSetName(deployment)` now. */
  readonly nameHolder: ReplicaSet | undefined;
  /** Wall time. */
  readonly nowMs: number;
}

export type DeploymentAction =
  | { readonly type: 'adoptReplicaSet'; readonly replicaSet: ReplicaSet; readonly reason: 'SelectorMatches' }
  | { readonly type: 'releaseReplicaSet'; readonly replicaSet: ReplicaSet; readonly reason: 'SelectorNoLongerMatches' }
  | {
      readonly type: 'createReplicaSet';
      readonly object: KubernetesObject;
      readonly name: string;
      readonly replicas: number;
      readonly reason: 'NewTemplate';
    }
  | {
      readonly type: 'changeReplicaSet';
      readonly replicaSet: ReplicaSet;
      readonly replicas: { readonly from: number; readonly to: number };
      readonly annotations: TextMap;
      readonly minReadySeconds: number | undefined;
      readonly reason: 'Scaled' | 'RolloutStep' | 'Synchronised';
    }
  | { readonly type: 'deleteReplicaSet'; readonly replicaSet: ReplicaSet; readonly reason: 'RevisionHistoryLimit' }
  | { readonly type: 'setRevision'; readonly revision: string; readonly reason: 'NewestRevision' };

export interface DeploymentActions {
  readonly actions: readonly DeploymentAction[];
  /** Raised when another template's ReplicaSet has the name that the new one needs. */
  readonly collisionCount: number;
  /** Whether a rollout step was made, so that progress is to be judged. */
  readonly judgeProgress: boolean;
}

/**
 * What a Deployment does next, one step at a time; its own writes bring it back for the next one.
 *
 * The order is that of kube-controller-manager: nothing but status while it is deleted; while paused and after it was
 * scaled only sizes are balanced; otherwise one step of its strategy.
 */
export function computeDeployment(snapshot: DeploymentSnapshot): DeploymentActions {
  const { deployment } = snapshot;
  const spec = resolveRolloutSpec(deployment);
  const claimed = claimObjects(deployment, deployment.spec?.selector, snapshot.replicaSets);
  const context = new DeploymentStep(snapshot, spec, claimed);
  if (deployment.metadata.deletionTimestamp !== undefined) return context.finish({ judgeProgress: false });
  if (spec.paused || isScalingEvent(context.rollout())) {
    scaleDeployment(context.rollout(), deployment.status?.replicas ?? 0);
    if (spec.paused) context.cleanUpHistory();
    return context.finish({ judgeProgress: false, reason: 'Scaled' });
  }
  if (spec.strategy === 'Recreate') {
    if (shutDownOldSets(context.rollout(), snapshot.pods)) {
      context.ensureNewSet();
      const { newSet } = context.rollout();
      if (newSet !== undefined) newSet.replicas = spec.replicas;
    }
  } else {
    context.ensureNewSet();
    stepRollingUpdate(context.rollout());
  }
  if (isDeploymentComplete(deployment, spec)) context.cleanUpHistory();
  return context.finish({ judgeProgress: true, reason: 'RolloutStep' });
}

/** The work of one call: sizes are changed in place, and turned into actions at the end. */
class DeploymentStep {
  readonly #snapshot: DeploymentSnapshot;
  readonly #spec: RolloutSpec;
  readonly #claimed: ClaimedObjects<ReplicaSet>;
  readonly #oldSets: readonly SizedReplicaSet[];
  readonly #deletions: DeploymentAction[] = [];
  #newSet: SizedReplicaSet | undefined;
  #isNewSetCreated = false;
  #collisionCount: number;

  constructor(snapshot: DeploymentSnapshot, spec: RolloutSpec, claimed: ClaimedObjects<ReplicaSet>) {
    this.#snapshot = snapshot;
    this.#spec = spec;
    this.#claimed = claimed;
    this.#collisionCount = snapshot.deployment.status?.collisionCount ?? 0;
    const own = [...claimed.owned, ...claimed.adopt];
    const newReplicaSet = findNewReplicaSet(snapshot.deployment, own);
    const { minReadySeconds } = spec;
    const sized = sizeReplicaSets(own, snapshot.pods, { newReplicaSet, minReadySeconds, nowMs: snapshot.nowMs });
    this.#newSet = sized.find((set) => set.replicaSet === newReplicaSet);
    this.#oldSets = sized.filter((set) => set.replicaSet !== newReplicaSet);
  }

  rollout(): Rollout {
    return { spec: this.#spec, newSet: this.#newSet, oldSets: this.#oldSets };
  }

  /**
   * "In the event of a hash collision … the Deployment controller increments collisionCount and retries" (apps/v1,
   * collisionCount): a holder of the name is a collision unless it is our own with the same template, which
   * `findNewReplicaSet` had found.
   */
  ensureNewSet(): void {
    const { deployment, nameHolder, nowMs } = this.#snapshot;
    if (this.#newSet !== undefined) return;
    if (nameHolder !== undefined) {
      this.#collisionCount += 1;
      return;
    }
    const replicaSet = draftReplicaSet(deployment, nowMs);
    this.#newSet = { replicaSet, replicas: 0, livePods: 0, availablePods: 0 };
    this.#isNewSetCreated = true;
  }

  /**
   * "The number of old ReplicaSets to retain to allow rollback" (apps/v1): the oldest revisions beyond it go once they
   * are empty.
   */
  cleanUpHistory(): void {
    const limit = this.#spec.revisionHistoryLimit;
    if (limit === undefined) return;
    const old = this.#oldSets
      .map((set) => set.replicaSet)
      .filter((set) => set.metadata.deletionTimestamp === undefined)
      .sort(byRevision);
    for (const replicaSet of old.slice(0, Math.max(0, old.length - limit))) {
      const { status, metadata } = replicaSet;
      const isObserved = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
      const isEmpty = (status?.replicas ?? 0) === 0 && replicasOf(replicaSet) === 0;
      if (!isObserved || !isEmpty) continue;
      this.#deletions.push({ type: 'deleteReplicaSet', replicaSet, reason: 'RevisionHistoryLimit' });
    }
  }

  finish(options: { readonly judgeProgress: boolean; readonly reason?: 'Scaled' | 'RolloutStep' }): DeploymentActions {
    const { adopt, release } = this.#claimed;
    const actions: DeploymentAction[] = [
      ...adopt.map((replicaSet) => ({ type: 'adoptReplicaSet', replicaSet, reason: 'SelectorMatches' }) as const),
      ...release.map(
        (replicaSet) => ({ type: 'releaseReplicaSet', replicaSet, reason: 'SelectorNoLongerMatches' }) as const,
      ),
    ];
    if (options.reason !== undefined) {
      actions.push(...this.#newSetActions(options.reason), ...this.#oldSetActions(options.reason), ...this.#deletions);
    }
    return { actions, collisionCount: this.#collisionCount, judgeProgress: options.judgeProgress };
  }

  #newSetActions(reason: 'Scaled' | 'RolloutStep'): DeploymentAction[] {
    const { deployment } = this.#snapshot;
    const set = this.#newSet;
    if (set === undefined) return [];
    const old = this.#oldSets.map(({ replicaSet }) => replicaSet);
    const annotations = newReplicaSetAnnotations(deployment, set.replicaSet, old);
    const revision = annotations[REVISION_ANNOTATION] ?? '';
    const actions: DeploymentAction[] = this.#isNewSetCreated
      ? [this.#createAction(set, annotations)]
      : this.#changeActions(set, annotations, reason);
    if (revision !== '' && deployment.metadata.annotations?.[REVISION_ANNOTATION] !== revision) {
      actions.push({ type: 'setRevision', revision, reason: 'NewestRevision' });
    }
    return actions;
  }

  #oldSetActions(reason: 'Scaled' | 'RolloutStep'): DeploymentAction[] {
    const sets = [...this.#oldSets].sort((a, b) => byRevision(a.replicaSet, b.replicaSet));
    return sets.flatMap((set) => this.#changeActions(set, set.replicaSet.metadata.annotations ?? {}, reason));
  }

  #createAction(set: SizedReplicaSet, annotations: TextMap): DeploymentAction {
    const { replicaSet, replicas } = set;
    const sizes = replicasAnnotations(this.#spec.replicas, this.#spec.maxSurge);
    const object = fromDraft(replicaSet, replicas, { ...annotations, ...sizes });
    return { type: 'createReplicaSet', object, name: replicaSet.metadata.name, replicas, reason: 'NewTemplate' };
  }

  #changeActions(set: SizedReplicaSet, wanted: TextMap, reason: 'Scaled' | 'RolloutStep'): DeploymentAction[] {
    const { replicaSet, replicas: to } = set;
    const from = replicasOf(replicaSet);
    const isResized = from !== to || (reason === 'Scaled' && isActive(set));
    const sizes = isResized ? replicasAnnotations(this.#spec.replicas, this.#spec.maxSurge) : {};
    const annotations = { ...wanted, ...sizes };
    const isNew = set === this.#newSet;
    const minReadySeconds = isNew ? this.#spec.minReadySeconds : undefined;
    const isSynchronised = minReadySeconds === undefined || minReadySecondsOf(replicaSet) === minReadySeconds;
    if (from === to && isSynchronised && jsonEqual(annotations, replicaSet.metadata.annotations ?? {})) return [];
    const why = from === to ? 'Synchronised' : reason;
    return [
      { type: 'changeReplicaSet', replicaSet, replicas: { from, to }, annotations, minReadySeconds, reason: why },
    ];
  }
}
