import { compareText } from '../../lib/compare-text.ts';
import {
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  minReadySecondsOf,
  scaledValue,
} from '../../objects/index.ts';
import type { DaemonSet, Node, Pod } from '../../objects/types.ts';
import { revisionOf } from '../revisions/compute-revisions.ts';
import { judgeNode, type NodeVerdict, targetNodeOf } from './daemon-pod.ts';

/** What one reconcile creates or deletes at most (daemon_controller, BurstReplicas). */
const BURST_REPLICAS = 250;

export interface DaemonSetSnapshot {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods that the set controls, in any state. */
  readonly pods: readonly Pod[];
  /** `controller-revision-hash` of the present template. */
  readonly hash: string;
  /** Nodes on which a failed pod is not to be replaced yet. */
  readonly nodesInBackoff: ReadonlySet<string>;
  readonly nowMs: number;
}

export type DaemonSetAction =
  | { readonly type: 'createPod'; readonly nodeName: string; readonly reason: 'Missing' | 'Surge' }
  | { readonly type: 'deletePod'; readonly pod: Pod; readonly nodeName: string; readonly reason: DeleteReason };

type DeleteReason = 'Failed' | 'Succeeded' | 'NodeUnfit' | 'NodeGone' | 'Surplus' | 'Outdated';

/** A node with its pods; one that does not exist any more is no place. */
interface Place {
  readonly nodeName: string;
  readonly verdict: NodeVerdict;
  /** Oldest first. */
  readonly pods: readonly Pod[];
  /** Those that are not being deleted. */
  readonly live: readonly Pod[];
}

interface Round extends DaemonSetSnapshot {
  readonly places: readonly Place[];
  /** How many nodes should run a pod. */
  readonly desired: number;
  readonly bounds: UpdateBounds;
}

export interface UpdateBounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/**
 * What a DaemonSet does next: "ensures that all (or some) Nodes run a copy of a Pod. As nodes are added to the cluster,
 * Pods are added to them. As nodes are removed from the cluster, those Pods are garbage collected" (DaemonSet,
 * kubernetes.io); then, one step of the update.
 */
export function computeDaemonSet(snapshot: DaemonSetSnapshot): readonly DaemonSetAction[] {
  const { set } = snapshot;
  if (set.metadata.deletionTimestamp !== undefined) return [];
  const round = roundOf(snapshot);
  const names = new Set(round.places.map(({ nodeName }) => nodeName));
  const actions: DaemonSetAction[] = [
    ...round.places.flatMap((place) => placeOnNode(round, place)),
    ...forgetLostNodes(snapshot, names),
  ];
  if (set.spec?.updateStrategy?.type !== 'OnDelete') {
    const touched = new Set(actions.map(({ nodeName }) => nodeName));
    const step = round.bounds.maxSurge > 0 ? surge(round) : replace(round);
    actions.push(...step.filter(({ nodeName }) => !touched.has(nodeName)));
  }
  const creations = actions.filter(({ type }) => type === 'createPod').slice(0, BURST_REPLICAS);
  const deletions = actions.filter(({ type }) => type === 'deletePod').slice(0, BURST_REPLICAS);
  return [...deletions, ...creations];
}

function roundOf(snapshot: DaemonSetSnapshot): Round {
  const { set, nodes } = snapshot;
  const perNode = groupByNode(snapshot);
  const places = nodes.map((node) => {
    const pods = perNode.get(node.metadata.name) ?? [];
    const live = pods.filter((pod) => !isPodTerminating(pod));
    return { nodeName: node.metadata.name, verdict: judgeNode(set, node), pods, live };
  });
  const desired = places.filter(({ verdict }) => verdict.shouldRun).length;
  return { ...snapshot, places, desired, bounds: resolveBounds(set, desired) };
}

/**
 * The pods that are on a node or meant for it, those that are bound first, then the older. One that has ended and is
 * being deleted counts no more: it "has a finalizer or is already scheduled for deletion … The DS controller doesn't
 * have anything else to do with it" (getNodesToDaemonPods).
 */
export function groupByNode({ pods }: Pick<DaemonSetSnapshot, 'pods'>): ReadonlyMap<string, readonly Pod[]> {
  const perNode = new Map<string, Pod[]>();
  for (const pod of pods.filter((each) => !isPodTerminal(each) || !isPodTerminating(each)).sort(oldestFirst)) {
    const nodeName = targetNodeOf(pod);
    const others = perNode.get(nodeName);
    if (others === undefined) perNode.set(nodeName, [pod]);
    else others.push(pod);
  }
  return perNode;
}

function oldestFirst(a: Pod, b: Pod): number {
  const isBound = (pod: Pod) => Number(Boolean(pod.spec?.nodeName));
  const [x, y] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return isBound(b) - isBound(a) || compareText(x ?? '', y ?? '');
}

function placeOnNode(round: Round, { nodeName, verdict, pods, live }: Place): readonly DaemonSetAction[] {
  // A pod that is going still has the place: its successor comes when it is gone.
  if (verdict.shouldRun && pods.length === 0) return [{ type: 'createPod', nodeName, reason: 'Missing' }];
  if (!verdict.mayStay) return live.map((pod) => removal(nodeName, pod, 'NodeUnfit'));
  const isWaiting = round.nodesInBackoff.has(nodeName);
  const ended = live.filter(
    (pod) => pod.status?.phase === 'Succeeded' || (pod.status?.phase === 'Failed' && !isWaiting),
  );
  const running = live.filter((pod) => !isPodTerminal(pod));
  return [
    ...ended.map((pod) => removal(nodeName, pod, pod.status?.phase === 'Failed' ? 'Failed' : 'Succeeded')),
    ...surplusOf(round, running).map((pod) => removal(nodeName, pod, 'Surplus')),
    ...(needsSurge(round, verdict, running, live.length > ended.length)
      ? [{ type: 'createPod', nodeName, reason: 'Surge' } as const]
      : []),
  ];
}

/**
 * "We are surging so we need to have at least one non-deleted pod on the node" (podsShouldBeOnNode): the successor of a
 * pod that is going, or has ended, does not wait for it, whatever surges elsewhere. It waits where failed pods are left
 * for a while; Kubernetes makes one after the other there.
 */
function needsSurge({ bounds }: Round, verdict: NodeVerdict, running: readonly Pod[], isHeldBack: boolean): boolean {
  return bounds.maxSurge > 0 && verdict.shouldRun && running.length === 0 && !isHeldBack;
}

function removal(nodeName: string, pod: Pod, reason: DeleteReason): DaemonSetAction {
  return { type: 'deletePod', pod, nodeName, reason };
}

/** Without surge one pod is kept, the oldest; with it the oldest of the old and the oldest of the new. */
function surplusOf(round: Round, running: readonly Pod[]): readonly Pod[] {
  if (round.bounds.maxSurge === 0) return running.slice(1);
  const [fresh, ...moreFresh] = running.filter((pod) => isUpdated(round, pod));
  const [old, ...moreOld] = running.filter((pod) => !isUpdated(round, pod));
  const isReplaced = old !== undefined && fresh !== undefined && (!isPodReady(old) || isAvailable(round, fresh));
  return [...moreFresh, ...moreOld, ...(isReplaced ? [old] : [])];
}

/**
 * Pods that wait for a node which does not exist any more; those that were on it are left to the pod garbage collector.
 */
function forgetLostNodes({ pods }: DaemonSetSnapshot, names: ReadonlySet<string>): readonly DaemonSetAction[] {
  return pods
    .filter((pod) => !pod.spec?.nodeName && !isPodTerminating(pod) && !names.has(targetNodeOf(pod)))
    .map((pod) => removal(targetNodeOf(pod), pod, 'NodeGone'));
}

/**
 * "maxUnavailable: … Absolute number is calculated from percentage by rounding up. Default value is 1"; "maxSurge: …
 * Absolute number is calculated from percentage by rounding up … Default value is 0" (apps/v1); of the nodes that
 * should run a pod. Not both can be 0. With OnDelete nothing surges, whatever is written there (SurgeCount).
 */
function resolveBounds(set: DaemonSet, desired: number): UpdateBounds {
  const { type, rollingUpdate: rolling } = set.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(rolling?.maxSurge ?? 0, desired, 'up') ?? 0;
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? 1, desired, 'up') ?? 1;
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

/**
 * "The update starts by stopping at most maxUnavailable of those DaemonSet pods and then brings up new DaemonSet pods
 * in their place" (apps/v1). Old pods that are not available anyway are replaced without counting. A node that takes no
 * pods any more is updated like the others as long as it has one, and none comes after it (rollingUpdate).
 */
function replace(round: Round): readonly DaemonSetAction[] {
  const places = round.places.filter(({ verdict, pods }) => verdict.shouldRun || pods.length > 0);
  const unavailable = places.filter(({ live }) => live.length !== 1 || !live.every((pod) => isAvailable(round, pod)));
  const outdated = places.filter(({ live }) => live.length === 1 && live.every((pod) => !isUpdated(round, pod)));
  const free = outdated.filter((place) => unavailable.includes(place));
  const others = outdated.filter((place) => !unavailable.includes(place));
  const budget = Math.max(0, round.bounds.maxUnavailable - unavailable.length);
  return [...free, ...others.slice(0, budget)].flatMap(outdatedOf);
}

/**
 * "The update starts by launching new pods on at most maxSurge of those nodes. Once an updated pod is available (Ready
 * for at least minReadySeconds) the old DaemonSet pod on that node is marked deleted" (apps/v1). The deletion is
 * `surplusOf`'s.
 */
function surge(round: Round): readonly DaemonSetAction[] {
  const surged = round.places.filter(({ live }) => live.length > 1).length;
  const outdated = round.places.filter(({ live }) => live.length === 1 && live.every((pod) => !isUpdated(round, pod)));
  const isUp = ({ live }: Place) => live.every((pod) => isAvailable(round, pod));
  const eligible = outdated.filter(({ verdict }) => verdict.shouldRun);
  // Where the old pod is down already, its replacement surges over nothing.
  const free = eligible.filter((place) => !isUp(place));
  const others = eligible.filter(isUp).slice(0, Math.max(0, round.bounds.maxSurge - surged));
  const creations = [...free, ...others].map(
    ({ nodeName }) => ({ type: 'createPod', nodeName, reason: 'Surge' }) as const,
  );
  return [
    ...leaveNodes(
      round,
      outdated.filter(({ verdict }) => !verdict.shouldRun),
    ),
    ...creations,
  ];
}

/**
 * "When the scheduling constraint change from node A to node B, we do not want the application to stay without any
 * available pods. Only delete a pod on node A when a pod on node B becomes available" (rollingUpdate); one that is down
 * goes at once.
 */
function leaveNodes(round: Round, left: readonly Place[]): readonly DaemonSetAction[] {
  const isServing = ({ live }: Place) => {
    const speaker = live.find((pod) => !isUpdated(round, pod)) ?? live[0];
    return speaker !== undefined && isAvailable(round, speaker);
  };
  const spare = round.places.filter(isServing).length - round.desired;
  const up = left.filter(isServing);
  return [...left.filter((place) => !up.includes(place)), ...up.slice(0, Math.max(0, spare))].flatMap(outdatedOf);
}

function outdatedOf({ nodeName, live }: Place): readonly DaemonSetAction[] {
  return live.map((pod) => removal(nodeName, pod, 'Outdated'));
}

function isUpdated({ hash }: DaemonSetSnapshot, pod: Pod): boolean {
  return revisionOf(pod) === hash;
}

function isAvailable({ set, nowMs }: DaemonSetSnapshot, pod: Pod): boolean {
  return isPodAvailable(pod, minReadySecondsOf(set), nowMs);
}
