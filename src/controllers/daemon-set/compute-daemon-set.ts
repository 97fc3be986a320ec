import { compareText } from '../../lib/compare-text.ts';
import { isPodAvailable, isPodReady, isPodTerminal, isPodTerminating, scaledValue } from '../../objects/index.ts';
import type { DaemonSet, Node, Pod } from '../../objects/types.ts';
import { hashOfPod, judgeNode, targetNodeOf } from './daemon-pod.ts';

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

/** The pods of one node, oldest first. */
interface NodePods {
  readonly nodeName: string;
  readonly pods: readonly Pod[];
}

/**
 * What a DaemonSet does next: "ensures that all (or some) Nodes run a copy of a Pod. As nodes are added to the cluster,
 * Pods are added to them. As nodes are removed from the cluster, those Pods are garbage collected" (DaemonSet,
 * kubernetes.io); then, one step of the update.
 */
export function computeDaemonSet(snapshot: DaemonSetSnapshot): readonly DaemonSetAction[] {
  const { set, nodes } = snapshot;
  if (set.metadata.deletionTimestamp !== undefined) return [];
  const perNode = groupByNode(snapshot);
  const placed = nodes.flatMap((node) => placeOnNode(snapshot, node, perNode.get(node.metadata.name) ?? []));
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const actions: DaemonSetAction[] = [...placed, ...forgetLostNodes(snapshot, names)];
  if (set.spec?.updateStrategy?.type !== 'OnDelete') {
    const touched = new Set(actions.map(({ nodeName }) => nodeName));
    const eligible = nodes.filter((node) => judgeNode(set, node).shouldRun);
    const candidates = eligible.map(({ metadata }) => ({
      nodeName: metadata.name,
      pods: (perNode.get(metadata.name) ?? []).filter((pod) => !isPodTerminating(pod)),
    }));
    actions.push(...updateStep(snapshot, candidates).filter(({ nodeName }) => !touched.has(nodeName)));
  }
  const creations = actions.filter(({ type }) => type === 'createPod').slice(0, BURST_REPLICAS);
  const deletions = actions.filter(({ type }) => type === 'deletePod').slice(0, BURST_REPLICAS);
  return [...deletions, ...creations];
}

export function groupByNode({ pods }: Pick<DaemonSetSnapshot, 'pods'>): ReadonlyMap<string, readonly Pod[]> {
  const perNode = new Map<string, Pod[]>();
  for (const pod of [...pods].sort(oldestFirst)) {
    const nodeName = targetNodeOf(pod);
    perNode.set(nodeName, [...(perNode.get(nodeName) ?? []), pod]);
  }
  return perNode;
}

/** Those that are on a node already come first, then the older. */
function oldestFirst(a: Pod, b: Pod): number {
  const isBound = (pod: Pod) => Number(Boolean(pod.spec?.nodeName));
  const [x, y] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return isBound(b) - isBound(a) || compareText(x ?? '', y ?? '');
}

function placeOnNode(snapshot: DaemonSetSnapshot, node: Node, pods: readonly Pod[]): readonly DaemonSetAction[] {
  const { set, nodesInBackoff } = snapshot;
  const nodeName = node.metadata.name;
  const { shouldRun, mayStay } = judgeNode(set, node);
  const live = pods.filter((pod) => !isPodTerminating(pod));
  const remove = (pod: Pod, reason: DeleteReason) => ({ type: 'deletePod', pod, nodeName, reason }) as const;
  // A pod that is going still has the place: its successor comes when it is gone.
  if (shouldRun && pods.length === 0) return [{ type: 'createPod', nodeName, reason: 'Missing' }];
  if (!mayStay) return live.map((pod) => remove(pod, 'NodeUnfit'));
  const ended = live.filter(isPodTerminal);
  if (ended.length > 0) {
    if (nodesInBackoff.has(nodeName)) return [];
    return ended.map((pod) => remove(pod, pod.status?.phase === 'Failed' ? 'Failed' : 'Succeeded'));
  }
  return surplusOf(snapshot, live).map((pod) => remove(pod, 'Surplus'));
}

/** Without surge one pod is kept, the oldest; with it the oldest of the old and the oldest of the new. */
function surplusOf({ set, hash, nodes, nowMs }: DaemonSetSnapshot, live: readonly Pod[]): readonly Pod[] {
  if (resolveBounds(set, nodes).maxSurge === 0) return live.slice(1);
  const [fresh, ...moreFresh] = live.filter((pod) => hashOfPod(pod) === hash);
  const [old, ...moreOld] = live.filter((pod) => hashOfPod(pod) !== hash);
  const isReplaced =
    old !== undefined &&
    fresh !== undefined &&
    (!isPodReady(old) || isPodAvailable(fresh, set.spec?.minReadySeconds ?? 0, nowMs));
  return [...moreFresh, ...moreOld, ...(isReplaced ? [old] : [])];
}

/**
 * Pods that wait for a node which does not exist any more; those that were on it are left to the pod garbage collector.
 */
function forgetLostNodes({ pods }: DaemonSetSnapshot, names: ReadonlySet<string>): readonly DaemonSetAction[] {
  return pods
    .filter((pod) => !pod.spec?.nodeName && !isPodTerminating(pod) && !names.has(targetNodeOf(pod)))
    .map((pod) => ({ type: 'deletePod', pod, nodeName: targetNodeOf(pod), reason: 'NodeGone' }));
}

/**
 * "maxUnavailable: … Absolute number is calculated from percentage by rounding up. Default value is 1"; "maxSurge: …
 * Absolute number is calculated from percentage by rounding up … Default value is 0" (apps/v1); of the nodes that
 * should run a pod. Not both can be 0.
 */
export function resolveBounds(set: DaemonSet, nodes: readonly Node[]): { maxSurge: number; maxUnavailable: number } {
  const desired = nodes.filter((node) => judgeNode(set, node).shouldRun).length;
  const rolling = set.spec?.updateStrategy?.rollingUpdate;
  const maxSurge = scaledValue(rolling?.maxSurge ?? 0, desired, 'up') ?? 0;
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? 1, desired, 'up') ?? 1;
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function updateStep(snapshot: DaemonSetSnapshot, nodes: readonly NodePods[]): readonly DaemonSetAction[] {
  const bounds = resolveBounds(snapshot.set, snapshot.nodes);
  if (bounds.maxSurge > 0) return surge(snapshot, nodes, bounds.maxSurge);
  return replace(snapshot, nodes, bounds.maxUnavailable);
}

/**
 * "The update starts by stopping at most maxUnavailable of those DaemonSet pods and then brings up new DaemonSet pods
 * in their place" (apps/v1). Old pods that are not available anyway are replaced without counting.
 */
function replace(
  snapshot: DaemonSetSnapshot,
  nodes: readonly NodePods[],
  maxUnavailable: number,
): readonly DaemonSetAction[] {
  const { set, hash, nowMs } = snapshot;
  const isAvailable = (pod: Pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
  const unavailable = nodes.filter(({ pods }) => pods.length !== 1 || !pods.every(isAvailable));
  const outdated = nodes.flatMap(({ nodeName, pods }) => {
    const [pod] = pods;
    return pods.length === 1 && pod !== undefined && hashOfPod(pod) !== hash ? [{ nodeName, pod }] : [];
  });
  const free = outdated.filter(({ pod }) => !isAvailable(pod));
  const budget = Math.max(0, maxUnavailable - (unavailable.length - free.length));
  const chosen = [
    ...free,
    ...outdated.filter(({ pod }) => isAvailable(pod)).slice(0, Math.max(0, budget - free.length)),
  ];
  return chosen.map(({ nodeName, pod }) => ({ type: 'deletePod', pod, nodeName, reason: 'Outdated' }));
}

/**
 * "The update starts by launching new pods on at most maxSurge of those nodes. Once an updated pod is available (Ready
 * for at least minReadySeconds) the old DaemonSet pod on that node is marked deleted" (apps/v1). The deletion is
 * `surplusOf`'s.
 */
function surge(snapshot: DaemonSetSnapshot, nodes: readonly NodePods[], maxSurge: number): readonly DaemonSetAction[] {
  const { set, hash, nowMs } = snapshot;
  const isAvailable = (pod: Pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
  const surged = nodes.filter(({ pods }) => pods.length > 1).length;
  const outdated = nodes.filter(({ pods }) => pods.length === 1 && pods.every((pod) => hashOfPod(pod) !== hash));
  // Where the old pod is down already, its replacement surges over nothing.
  const free = outdated.filter(({ pods }) => !pods.every(isAvailable));
  const others = outdated.filter(({ pods }) => pods.every(isAvailable)).slice(0, Math.max(0, maxSurge - surged));
  return [...free, ...others].map(({ nodeName }) => ({ type: 'createPod', nodeName, reason: 'Surge' }));
}
