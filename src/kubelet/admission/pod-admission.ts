import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { controllerOf } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import { NodeInfo, podInfoOf } from '../../scheduler/index.ts';
import { isTerminalPhase } from '../compute-phase.ts';
import { PRESSURE_TYPES } from '../eviction/compute-pressure.ts';
import { BACKOFF_MAX_MS, type BackoffEntry, raiseBackoff } from '../restart-backoff.ts';
import { computeAdmission, type PodRefusal } from './compute-admission.ts';

export type AdmissionVerdict =
  | { readonly type: 'admitted' }
  | { readonly type: 'refused'; readonly refusal: PodRefusal }
  /** It would be refused, and its owner's last one was a short while ago. */
  | { readonly type: 'held'; readonly waitMs: number };

export interface PodAdmissionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
  /** A pod that is held may pass now. */
  readonly onRoom: (podUid: string) => void;
}

/**
 * Lets pods onto the node: each is judged once, before anything is done for it, against those that were let in before.
 * What runs is never judged again.
 *
 * A kubelet refuses at once, and a ReplicaSet makes the next pod at once, so that a template which names a full node or
 * tolerates its taint fails pods as fast as both can. Here the next pod of the same owner is held back for as long as a
 * container that crashes: 10 s, 20 s, at most five minutes (docs/decisions/node-pressure.md).
 */
export class PodAdmission {
  readonly #options: PodAdmissionOptions;
  /** Invariant: holds exactly the pods that were let in and have not ended. */
  readonly #info: NodeInfo;
  readonly #backoff = new Map<string, BackoffEntry>();
  readonly #held = new Set<string>();
  #node: Node | undefined;
  #revision = 0;

  constructor(options: PodAdmissionOptions) {
    this.#options = options;
    this.#info = new NodeInfo(options.nodeName, { slot: 0, nextRevision: () => ++this.#revision });
  }

  /** A pod of this node is new or has changed. */
  note(pod: Pod): void {
    const { uid } = pod.metadata;
    const known = this.#info.pods.get(uid);
    if (isTerminalPhase(pod.status?.phase)) return this.forget(uid);
    const wasLetIn = known !== undefined || pod.status?.startTime !== undefined;
    if (wasLetIn && known?.pod.spec !== pod.spec) this.#info.addPod(podInfoOf(pod));
  }

  /** A pod is gone, or has ended. */
  forget(uid: string): void {
    this.#held.delete(uid);
    if (!this.#info.pods.has(uid)) return;
    this.#info.removePod(uid);
    this.onRoom();
  }

  /** Something that pods were held for may be over. */
  onRoom(): void {
    for (const uid of [...this.#held]) this.#options.onRoom(uid);
  }

  judge(pod: Pod): AdmissionVerdict {
    const { uid } = pod.metadata;
    if (pod.status?.startTime !== undefined || this.#info.pods.has(uid)) return { type: 'admitted' };
    const info = podInfoOf(pod);
    const refusal = this.#readNode()
      ? computeAdmission({ pod: info, node: this.#info, pressures: this.#pressures() })
      : undefined;
    const owner = controllerOf(pod)?.uid;
    this.#held.delete(uid);
    if (refusal === undefined) {
      this.#info.addPod(info);
      if (owner !== undefined) this.#backoff.delete(owner);
      return { type: 'admitted' };
    }
    const waitMs = owner === undefined ? 0 : this.#waitMs(owner);
    if (waitMs === 0) return { type: 'refused', refusal };
    this.#held.add(uid);
    return { type: 'held', waitMs };
  }

  /**
   * Milliseconds until the next pod of this owner may be refused; 0 when it may be now, and then it counts as refused.
   */
  #waitMs(owner: string): number {
    const nowMs = this.#options.clock.monotonicMs();
    const entry = this.#backoff.get(owner);
    const untilMs = entry === undefined ? nowMs : entry.raisedAtMs + entry.delayMs;
    if (untilMs > nowMs) return untilMs - nowMs;
    for (const [key, { raisedAtMs }] of this.#backoff)
      if (nowMs - raisedAtMs > 2 * BACKOFF_MAX_MS) this.#backoff.delete(key);
    this.#backoff.set(owner, raiseBackoff(this.#backoff.get(owner), nowMs, nowMs));
    return 0;
  }

  /** Whether the node is known, with what it has. */
  #readNode(): boolean {
    const node = this.#options.client.get('Node', { name: this.#options.nodeName });
    if (node !== this.#node) this.#info.setNode(node);
    this.#node = node;
    return node?.status?.allocatable !== undefined;
  }

  #pressures() {
    const conditions = this.#node?.status?.conditions ?? [];
    return PRESSURE_TYPES.filter((type) => conditions.some((each) => each.type === type && each.status === 'True'));
  }
}
