import type { Node, Pod } from '../objects/types.ts';
import { NodeInfo } from './node-info.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';

/**
 * Nodes and the pods on them, kept up to date from changes: placing a pod never has to count the others.
 *
 * Invariant: `nodes` holds exactly the nodes that exist, sorted by name.
 */
export class ClusterState {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodeOfPod = new Map<string, string>();
  #nodes: readonly NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    this.#nodes ??= [...this.#byName.values()]
      .filter((info) => info.node !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#nodes;
  }

  /** `undefined` for a node that does not exist, whether or not pods are said to be on it. */
  nodeNamed(name: string): NodeInfo | undefined {
    const info = this.#byName.get(name);
    return info?.node === undefined ? undefined : info;
  }

  setNode(node: Node): void {
    const info = this.#infoFor(node.metadata.name);
    if (info.node === undefined) this.#nodes = undefined;
    info.setNode(node);
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (info === undefined) return;
    this.#nodes = undefined;
    info.setNode(undefined);
    this.#dropIfEmpty(info);
  }

  /** Takes in a pod that has a node, or what has become of it. */
  setPod(pod: Pod): void {
    const nodeName = pod.spec?.nodeName ?? '';
    const before = this.#nodeOfPod.get(pod.metadata.uid);
    if (before !== undefined && before !== nodeName) this.removePod(pod.metadata.uid);
    if (nodeName === '') return;
    this.#nodeOfPod.set(pod.metadata.uid, nodeName);
    this.#infoFor(nodeName).addPod(podInfoOf(pod));
  }

  /** Returns what the pod had taken, if it was known. */
  removePod(uid: string): PodInfo | undefined {
    const info = this.#byName.get(this.#nodeOfPod.get(uid) ?? '');
    this.#nodeOfPod.delete(uid);
    if (info === undefined) return undefined;
    const pod = info.pods.get(uid);
    info.removePod(uid);
    this.#dropIfEmpty(info);
    return pod;
  }

  #infoFor(name: string): NodeInfo {
    const info = this.#byName.get(name) ?? new NodeInfo(name);
    this.#byName.set(name, info);
    return info;
  }

  #dropIfEmpty(info: NodeInfo): void {
    if (info.node === undefined && info.pods.size === 0) this.#byName.delete(info.name);
  }
}
