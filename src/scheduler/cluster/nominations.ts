import type { PodInfo } from './pod-info.ts';

/**
 * Nodes that were made free for pods which have not been placed yet. "When a pod preempts others, nominatedNodeName is
 * set: this helps the scheduler track resources reserved for it; it is not necessarily the node it lands on" (Pod
 * Priority and Preemption).
 */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#nodeOf.size === 0;
  }

  set(info: PodInfo, nodeName: string): void {
    const { uid } = info.pod.metadata;
    this.delete(uid);
    const pods = this.#byNode.get(nodeName) ?? new Map<string, PodInfo>();
    this.#byNode.set(nodeName, pods.set(uid, info));
    this.#nodeOf.set(uid, nodeName);
  }

  delete(uid: string): void {
    const nodeName = this.#nodeOf.get(uid);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(nodeName);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(nodeName);
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** Other pods that a node is reserved for and that are at least as important. */
  before(pod: PodInfo, nodeName: string): readonly PodInfo[] {
    const pods = this.#byNode.get(nodeName);
    if (pods === undefined) return [];
    return [...pods.values()].filter(
      (info) => info.priority >= pod.priority && info.pod.metadata.uid !== pod.pod.metadata.uid,
    );
  }

  /** Less important pods, whose reservation of the node ends when a more important one takes it. */
  after(pod: PodInfo, nodeName: string): readonly PodInfo[] {
    return [...(this.#byNode.get(nodeName)?.values() ?? [])].filter(({ priority }) => priority < pod.priority);
  }
}
