import { jsonEqual } from '../../lib/json.ts';
import type { Labels } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import { FitClass } from './fit-class.ts';
import { type ImageState, imagesOf } from './node-images.ts';
import { NodeInfo } from './node-info.ts';
import { Nominations } from './nominations.ts';
import { PodIndex } from './pod-index.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';
import type { PodSelection } from './pod-term.ts';
import { Topology } from './topology.ts';
import { VolumeState } from './volume-state.ts';

/** Tells which pods are spread together although they do not say so; `undefined` for none. */
export type SiblingSelection = (pod: Pod) => PodSelection | undefined;

/** Kinds of pods, by what they ask for, of which is kept what nodes are worth to them. */
const MAX_FIT_CLASSES = 64;

/**
 * Nodes and the pods on them, kept up to date from changes: placing a pod never has to count the others.
 *
 * Invariant: `nodes` holds exactly the nodes that exist, sorted by name.
 */
export class ClusterState {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodeOfPod = new Map<string, string>();
  readonly #namespaces = new Map<string, Labels>();
  /** Of the nodes as they are: emptied when one comes, goes or is labelled. */
  readonly #topologies = new Map<string, Topology>();
  #images: ReadonlyMap<string, ImageState> | undefined;
  #hasRestrictedNodes: boolean | undefined;
  #hasSoftTaints: boolean | undefined;
  #nodes: readonly NodeInfo[] | undefined;
  readonly #fitClasses = new Map<string, FitClass>();
  /** Slots of nodes that have gone; invariant: with those of `#byName` they are 0, 1, 2, … without a gap. */
  readonly #freeSlots: number[] = [];
  #revision = 0;
  readonly nominations = new Nominations();
  readonly volumes = new VolumeState();
  readonly #siblingsOf: SiblingSelection;
  /** What pods say of each other, counted. */
  readonly podIndex = new PodIndex({
    namespaceLabels: (namespace) => this.#namespaces.get(namespace),
    forEachPod: (visit) => this.#forEachPod(visit),
  });

  constructor(options: { readonly siblingsOf?: SiblingSelection } = {}) {
    this.#siblingsOf = options.siblingsOf ?? (() => undefined);
  }

  /** The pods beside which this one serves: those of the same Services and the same controller. */
  siblingsOf(pod: Pod): PodSelection | undefined {
    return this.#siblingsOf(pod);
  }

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

  /** The values that nodes have of a label. */
  topology(key: string): Topology {
    const known = this.#topologies.get(key);
    if (known !== undefined) return known;
    const topology = new Topology(key, this.nodes);
    this.#topologies.set(key, topology);
    return topology;
  }

  /** What nodes are worth to pods that ask for the same as this one. */
  fitClassOf(info: PodInfo): FitClass {
    const known = this.#fitClasses.get(info.requestsKey);
    if (known !== undefined) return known;
    if (this.#fitClasses.size >= MAX_FIT_CLASSES) this.#fitClasses.clear();
    const fit = new FitClass(info);
    this.#fitClasses.set(info.requestsKey, fit);
    return fit;
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
    if (before === undefined || !jsonEqual(before.metadata.labels, node.metadata.labels)) this.#topologies.clear();
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (info === undefined) return;
    this.#nodes = undefined;
    this.#images = undefined;
    info.setNode(undefined);
    this.#topologies.clear();
    this.#dropIfEmpty(info);
  }

  /** Takes in a pod that has a node, or what has become of it. `known` spares working it out again. */
  setPod(pod: Pod, known?: PodInfo): void {
    const nodeName = pod.spec?.nodeName ?? '';
    this.removePod(pod.metadata.uid);
    if (nodeName !== '') this.addPodInfo(known === undefined ? podInfoOf(pod) : { ...known, pod }, nodeName);
  }

  /** Takes note of a pod of which nothing has changed that filters and scores read. */
  renewPod(pod: Pod): void {
    const nodeName = this.#nodeOfPod.get(pod.metadata.uid);
    const info = this.removePod(pod.metadata.uid);
    if (nodeName !== undefined && info !== undefined) this.addPodInfo({ ...info, pod }, nodeName);
  }

  /** Takes note of a pod that has changed and counts on a node without its spec saying so. */
  replacePlaced(pod: Pod): void {
    const nodeName = this.#nodeOfPod.get(pod.metadata.uid);
    if (nodeName === undefined) return;
    this.removePod(pod.metadata.uid);
    this.addPodInfo(podInfoOf(pod), nodeName);
  }

  /** Puts a pod on a node without its spec saying so: to see what would be. */
  addPodInfo(info: PodInfo, nodeName: string): void {
    this.#nodeOfPod.set(info.pod.metadata.uid, nodeName);
    this.#infoFor(nodeName).addPod(info);
    this.podIndex.add(info, nodeName);
    if (info.claims.length > 0) this.volumes.addUser(info.claims, info.pod.metadata.uid);
  }

  /** Whether the pod counts on a node, also when it is only being placed there. */
  isPlaced(uid: string): boolean {
    return this.#nodeOfPod.has(uid);
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

  #infoFor(name: string): NodeInfo {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const slot = this.#freeSlots.pop() ?? this.#byName.size;
    const info = new NodeInfo(name, { slot, nextRevision: () => ++this.#revision });
    this.#byName.set(name, info);
    return info;
  }

  #dropIfEmpty(info: NodeInfo): void {
    if (info.node !== undefined || info.pods.size > 0) return;
    this.#byName.delete(info.name);
    this.#freeSlots.push(info.slot);
  }
}
