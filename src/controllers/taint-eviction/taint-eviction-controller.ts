import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import { isPodTerminating } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { markDisrupted } from '../pods/fail-pod.ts';
import { allowedStayMs } from './compute-taint-eviction.ts';

const DISRUPTION = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

/** Removes pods from nodes whose taints they do not tolerate, or not any longer. */
export class TaintEvictionController implements Controller {
  readonly name = 'taint-eviction-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  /**
   * Monotonic time since when each pod, by uid, stands under a taint. Kept in memory: a restart starts the time anew.
   */
  readonly #sinceMs = new Map<string, number>();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      {
        kind: 'Node',
        keysOf: (node, previous, change) => (change === 'deleted' ? [] : this.#podsAfter(node, previous)),
      },
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) => (change === 'deleted' ? this.#forget(pod) : this.#self(pod, previous)),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const pod = this.#client.get('Pod', parseKey(key));
    const node = pod?.spec?.nodeName ? this.#client.get('Node', { name: pod.spec.nodeName }) : undefined;
    if (pod === undefined || node === undefined || isPodTerminating(pod)) return {};
    const stayMs = allowedStayMs(pod, node);
    if (stayMs === Number.POSITIVE_INFINITY) {
      if (this.#sinceMs.delete(pod.metadata.uid)) this.#report(pod, `Cancelling deletion of Pod ${keyOf(pod)}`);
      return {};
    }
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#sinceMs.get(pod.metadata.uid) ?? nowMs;
    this.#sinceMs.set(pod.metadata.uid, sinceMs);
    if (sinceMs + stayMs > nowMs) return { requeueAfterMs: sinceMs + stayMs - nowMs };
    this.#evict(pod);
    return {};
  }

  #evict(pod: Pod): void {
    markDisrupted(this.#client, pod, DISRUPTION, this.#clock.wallMs());
    this.#report(pod, `Marking for deletion Pod ${keyOf(pod)}`);
    this.#client.delete(referenceTo(pod));
  }

  #report(regarding: Pod, message: string): void {
    const event = { type: 'Normal', reason: 'TaintManagerEviction', message } as const;
    this.#client.recordEvent({ regarding, ...event, component: this.name });
  }

  #podsAfter(node: Node, previous: Node | undefined): readonly string[] {
    const isSame = jsonEqual(evicting(node), previous === undefined ? [] : evicting(previous));
    if (isSame) return [];
    return this.#client.list('Pod', { fieldSelector: `spec.nodeName=${node.metadata.name}` }).map(keyOf);
  }

  #self(pod: Pod, previous: Pod | undefined): readonly string[] {
    const { nodeName, tolerations } = pod.spec ?? {};
    if (!nodeName || (previous?.spec?.nodeName === nodeName && previous.spec.tolerations === tolerations)) return [];
    const node = this.#client.get('Node', { name: nodeName });
    return node === undefined || evicting(node).length === 0 ? [] : [keyOf(pod)];
  }

  #forget(pod: Pod): readonly string[] {
    this.#sinceMs.delete(pod.metadata.uid);
    return [];
  }
}

function evicting(node: Node) {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effect === 'NoExecute')
    .map(({ key, value }) => ({ key, value: value ?? '' }));
}
