import { isPodActive, minReadySecondsOf } from '../../objects/index.ts';
import type { Pod, ReplicaSet } from '../../objects/types.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { rankPodsForDeletion } from './rank-pods.ts';

/**
 * What one reconcile creates or deletes at most: "burstReplicas", 500 in kube-controller-manager. The rest follows in
 * the next turn, so that a very large ReplicaSet does not hold up everything else.
 */
export const BURST_REPLICAS = 500;

/** A ReplicaSet, or a ReplicationController in its shape. */
export type ReplicaKeeper = Omit<ReplicaSet, 'apiVersion' | 'kind'> & {
  readonly apiVersion: string;
  readonly kind: string;
};

export interface ReplicaSetSnapshot {
  readonly replicaSet: ReplicaKeeper;
  /** Every pod of the namespace that the ReplicaSet controls or that its selector matches, in any state. */
  readonly pods: readonly Pod[];
  /** Pods of all ReplicaSets that share this one's controller, for the order of deletion. */
  readonly relatedPods: readonly Pod[];
  /** Wall time. */
  readonly nowMs: number;
}

export type PodAction =
  | { readonly type: 'adoptPod'; readonly pod: Pod; readonly reason: 'SelectorMatches' }
  | { readonly type: 'releasePod'; readonly pod: Pod; readonly reason: 'SelectorNoLongerMatches' }
  | { readonly type: 'createPods'; readonly count: number; readonly reason: 'TooFewReplicas' }
  | { readonly type: 'deletePod'; readonly pod: Pod; readonly reason: 'TooManyReplicas' };

/**
 * What a ReplicaSet does to come to its number of pods. Only active pods count: neither finished nor being deleted.
 * What the burst limit cuts off follows in the next reconcile, which the changed pods bring about.
 *
 * "A ReplicaSet then fulfills its purpose by creating and deleting Pods as needed to reach the desired number"
 * (kubernetes.io).
 */
export function computeReplicaSet(snapshot: ReplicaSetSnapshot): readonly PodAction[] {
  const { replicaSet } = snapshot;
  const claimed = claimObjects(replicaSet, replicaSet.spec?.selector, snapshot.pods.filter(isPodActive));
  const actions: PodAction[] = [
    ...claimed.adopt.map((pod) => ({ type: 'adoptPod', pod, reason: 'SelectorMatches' }) as const),
    ...claimed.release.map((pod) => ({ type: 'releasePod', pod, reason: 'SelectorNoLongerMatches' }) as const),
  ];
  if (replicaSet.metadata.deletionTimestamp !== undefined) return actions;

  const active = [...claimed.owned, ...claimed.adopt];
  const missing = replicasOf(replicaSet) - active.length;
  if (missing > 0) {
    actions.push({ type: 'createPods', count: Math.min(missing, BURST_REPLICAS), reason: 'TooFewReplicas' });
  }
  if (missing < 0) {
    const ranked = rankPodsForDeletion(active, { ...snapshot, minReadySeconds: minReadySecondsOf(replicaSet) });
    for (const pod of ranked.slice(0, Math.min(-missing, BURST_REPLICAS))) {
      actions.push({ type: 'deletePod', pod, reason: 'TooManyReplicas' });
    }
  }
  return actions;
}

/** A ReplicaSet without `replicas` runs one pod. */
export function replicasOf(replicaSet: { readonly spec?: { readonly replicas?: number } | undefined }): number {
  return replicaSet.spec?.replicas ?? 1;
}
