import type { Labels } from '../objects/index.ts';
import type { PersistentVolume } from '../objects/types.ts';
import type { ClusterState } from './cluster/cluster-state.ts';
import type { NodeInfo } from './cluster/node-info.ts';
import type { PodInfo } from './cluster/pod-info.ts';

/** Why a node cannot take the pod. */
export interface Refusal {
  /** In kube-scheduler's words; counted over all nodes in the message that a person reads. */
  readonly reasons: readonly string[];
  /** Whether it would help to remove pods from the node. */
  readonly isResolvable: boolean;
  /** It is the pod, whatever the node: said once, and not counted. */
  readonly isOfPod?: true;
}

/** What can happen in a cluster so that a pod which did not fit may fit. */
export type ClusterEvent =
  | 'node-added'
  | 'node-gone'
  | 'node-allocatable'
  | 'node-labels'
  | 'node-taints'
  | 'namespace-labels'
  | 'pod-gone'
  /** A pod that runs is on its way out: it holds all that it has taken, but spreads do not count it any more. */
  | 'pod-ending'
  | 'pod-added'
  /** A pod that runs has other labels. */
  | 'pod-labels'
  /** The pod that waits is another one. */
  | 'pod-changed'
  | 'claim-changed'
  | 'volume-changed'
  | 'class-changed';

/** One of those, with what it happened to: what is left out may be anything. */
export interface ClusterChange {
  readonly event: ClusterEvent;
  readonly cluster?: ClusterState;
  /** The node as it is now, or the one that the pod is or was on. */
  readonly node?: NodeInfo | undefined;
  /** The labels that the node had, of one that was labelled or is gone. */
  readonly labelsBefore?: Labels | undefined;
  /** The pod that came, went or was changed. */
  readonly other?: PodInfo | undefined;
  /** That pod as it was, where its labels have changed. */
  readonly otherBefore?: PodInfo | undefined;
  /** The claim that came or was changed, as `<namespace>/<name>`. */
  readonly claim?: string;
  /** The volume that came, was changed or went. */
  readonly volume?: PersistentVolume;
  /** The volume as it was; `undefined` for one that came. */
  readonly volumeBefore?: PersistentVolume | undefined;
}

export interface FilterPlugin {
  /** As Kubernetes names it. */
  readonly name: string;
  /** After which events a pod that this plugin kept from a node is tried again. */
  readonly wakesOn: readonly ClusterEvent[];
  /**
   * "QueueingHint: whether the event could make a Pod schedulable that was rejected by this plugin in the past" (KEP
   * 4247). Asked for the events of `wakesOn` only; without it each of them counts.
   */
  couldHelp?(pod: PodInfo, change: ClusterChange): boolean;
  /**
   * The check for one pod, made once and asked for every node; `undefined` when the plugin has nothing to say about
   * this pod.
   */
  prepare(pod: PodInfo, cluster: ClusterState): NodeFilter | undefined;
}

export type NodeFilter = (node: NodeInfo) => Refusal | undefined;

export interface ScorePlugin {
  readonly name: string;
  /** How much its score counts. */
  readonly weight: number;
  /** The score of one pod's nodes, of those that can take it; `undefined` when the plugin does not tell them apart. */
  prepare(pod: PodInfo, cluster: ClusterState, feasible: readonly NodeInfo[]): NodeScore | undefined;
}

export interface NodeScore {
  /** Higher is better; from 0 to 100 unless `normalize` brings it there. */
  score(node: NodeInfo): number;
  normalize?(scores: number[]): void;
}

export const MAX_SCORE = 100;

/**
 * Scales scores so that the highest is 100; `reversed` when low raw scores are the good ones
 * (helper.DefaultNormalizeScore).
 */
export function normalizeScores(scores: number[], options: { readonly reversed: boolean }): void {
  const highest = Math.max(0, ...scores);
  for (const [index, raw] of scores.entries()) {
    const scaled = highest === 0 ? 0 : Math.floor((MAX_SCORE * raw) / highest);
    scores[index] = options.reversed ? MAX_SCORE - scaled : scaled;
  }
}
