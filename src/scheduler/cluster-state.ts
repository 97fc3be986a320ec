import { jsonEqual } from '../lib/json.ts';
import type { Labels } from '../objects/index.ts';
import type { Node, Pod } from '../objects/types.ts';
import { NodeInfo } from './node-info.ts';
import { Nominations } from './nominations.ts';
import { normalizedName } from './plugins/image-locality.ts';
import { PodIndex } from './pod-index.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';
import { VolumeState } from './volume-state.ts';

/**
 * Nodes and the pods on them, kept up to date from changes: placing a pod never has to count the others.
 *
 * Invariant: `nodes` holds exactly the nodes that exist, sorted by name.
 */
export class ClusterState {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodeOfPod = new Map<string, string>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #domains = new Map<string, Map<string, number>>();
  #images: ReadonlyMap<string, ImageState> | undefined;
  #hasRestrictedNodes: boolean | undefined;
  #hasSoftTaints: boolean | undefined;
  #nodes: readonly NodeInfo[] | undefined;
  readonly nominations = new Nominations();
  readonly volumes = new VolumeState();
  /** What pods say of each other, counted. */
  readonly podIndex = new PodIndex({
    nodeLabel: (nodeName, key) => this.nodeNamed(nodeName)?.labels[key],
    namespaceLabels: (namespace) => this.#namespaces.get(namespace),
    forEachPod: (visit) => this.#forEachPod(visit),
  });

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

  /** Images that nodes have, by name. */
  get images(): ReadonlyMap<string, ImageState> {
    this.#images ??= imagesOf(this.nodes);
    return this.#images;
  }

  /** Whether any node keeps pods away by taints or by being cordoned. */
  get hasRestrictedNodes(): boolean {
    this.#hasRestrictedNodes ??= this.nodes.some(
      ({ node, hardTaints }) => hardTaints.length > 0 || node?.spec?.unschedulable === true,
    );
    return this.#hasRestrictedNodes;
  }

  /** Whether any node has taints that only cost it points. */
  get hasSoftTaints(): boolean {
    this.#hasSoftTaints ??= this.nodes.some(({ softTaints }) => softTaints.length > 0);
    return this.#hasSoftTaints;
  }

  /** The values that nodes have of a label, with the number of nodes. */
  domains(key: string): ReadonlyMap<string, number> {
    const known = this.#domains.get(key);
    if (known !== undefined) return known;
    const counts = new Map<string, number>();
    for (const { labels } of this.nodes) {
      const value = labels[key];
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    this.#domains.set(key, counts);
    return counts;
  }

  haveAllLabel(key: string): boolean {
    let sum = 0;
    for (const count of this.domains(key).values()) sum += count;
    return sum === this.nodes.length;
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#namespaces.delete(name);
    else this.#namespaces.set(name, labels);
    this.podIndex.onNamespaceChanged();
  }

  setNode(node: Node): void {
    const info = this.#infoFor(node.metadata.name);
    const before = info.node;
    if (before === undefined) this.#nodes = undefined;
    info.setNode(node);
    this.#hasRestrictedNodes = undefined;
    this.#hasSoftTaints = undefined;
    if (before?.status?.images !== node.status?.images) this.#images = undefined;
    if (before === undefined || !jsonEqual(before.metadata.labels, node.metadata.labels)) this.#onTopologyChanged();
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (info === undefined) return;
    this.#nodes = undefined;
    this.#images = undefined;
    info.setNode(undefined);
    this.#onTopologyChanged();
    this.#dropIfEmpty(info);
  }

  /** Takes in a pod that has a node, or what has become of it. `known` spares working it out again. */
  setPod(pod: Pod, known?: PodInfo): void {
    const nodeName = pod.spec?.nodeName ?? '';
    this.removePod(pod.metadata.uid);
    if (nodeName !== '') this.addPodInfo(known === undefined ? podInfoOf(pod) : { ...known, pod }, nodeName);
  }

  /** Puts a pod on a node without its spec saying so: to see what would be. */
  addPodInfo(info: PodInfo, nodeName: string): void {
    this.#nodeOfPod.set(info.pod.metadata.uid, nodeName);
    this.#infoFor(nodeName).addPod(info);
    this.podIndex.add(info, nodeName);
    if (info.claims.length > 0) this.volumes.addUser(info.claims, info.pod.metadata.uid);
  }

  /** Returns what the pod had taken, if it was known. */
  removePod(uid: string): PodInfo | undefined {
    const info = this.#byName.get(this.#nodeOfPod.get(uid) ?? '');
    this.#nodeOfPod.delete(uid);
    if (info === undefined) return undefined;
    const pod = info.pods.get(uid);
    info.removePod(uid);
    if (pod !== undefined) this.podIndex.remove(pod, info.name);
    if (pod !== undefined && pod.claims.length > 0) this.volumes.removeUser(pod.claims, uid);
    this.#dropIfEmpty(info);
    return pod;
  }

  #forEachPod(visit: (info: PodInfo, nodeName: string) => void): void {
    for (const { name, pods } of this.#byName.values()) for (const info of pods.values()) visit(info, name);
  }

  #onTopologyChanged(): void {
    this.#domains.clear();
    this.podIndex.onNodesChanged();
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

/** An image, with its size on each node that has it. */
export interface ImageState {
  readonly sizeOn: ReadonlyMap<string, number>;
}

function imagesOf(nodes: readonly NodeInfo[]): ReadonlyMap<string, ImageState> {
  const images = new Map<string, { sizeOn: Map<string, number> }>();
  for (const { name, node } of nodes) {
    for (const { names = [], sizeBytes = 0 } of node?.status?.images ?? []) {
      for (const image of names) {
        const key = normalizedName(image);
        const state = images.get(key) ?? { sizeOn: new Map<string, number>() };
        state.sizeOn.set(name, sizeBytes);
        images.set(key, state);
      }
    }
  }
  return images;
}
