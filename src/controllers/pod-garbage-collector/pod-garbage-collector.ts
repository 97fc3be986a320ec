import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { isPodTerminal, isPodTerminating } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { failAndDelete, markDisrupted } from '../pods/fail-pod.ts';
import { computePodGarbage, excessTerminatedPods, isOutOfService } from './compute-pod-garbage.ts';
import { DEFAULT_TERMINATED_PODS } from './default-terminated-pods.ts';

/** The key under which all ended pods are counted; no pod has it. */
const TERMINATED = 'terminated';
/** How long ended pods are left to come together before they are counted (gcCheckPeriod). */
const COUNT_AFTER_MS = 20_000;
const NODE_GONE = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };

export interface PodGarbageCollectorContext extends ControllerContext {
  /**
   * How many ended pods may be there before the oldest are deleted; 0 keeps all. Left out: 12,500, as
   * kube-controller-manager has it.
   */
  readonly terminatedPods?: number | undefined;
}

/** Removes pods that nobody else would remove. */
export class PodGarbageCollector implements Controller {
  readonly name = 'pod-garbage-collector-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #terminatedPods: number;
  /** Monotonic time since when each node is known to be away. */
  readonly #goneSinceMs = new Map<string, number>();
  #countAtMs: number | undefined;

  constructor({ client, clock, terminatedPods = DEFAULT_TERMINATED_PODS }: PodGarbageCollectorContext) {
    this.#client = client;
    this.#clock = clock;
    this.#terminatedPods = terminatedPods;
    this.watches = [
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) => (change === 'deleted' ? [] : this.#keysOf(pod, previous)),
      },
      { kind: 'Node', keysOf: (node, _previous, change) => this.#podsOfLost(node, change === 'deleted') },
    ];
  }

  reconcile(key: string): ReconcileResult {
    return key === TERMINATED ? this.#countTerminated() : this.#collect(key);
  }

  #keysOf(pod: Pod, previous: Pod | undefined): readonly string[] {
    const keys: string[] = [];
    if (isPodTerminal(pod) && (previous === undefined || !isPodTerminal(previous))) keys.push(TERMINATED);
    const nodeName = pod.spec?.nodeName ?? '';
    const isLost =
      nodeName === '' ? isPodTerminating(pod) : nodeName !== previous?.spec?.nodeName && !this.#hasNode(nodeName);
    const isStuck = nodeName !== '' && isPodTerminating(pod) && this.#isOutOfService(nodeName);
    return isLost || isStuck ? [...keys, keyOf(pod)] : keys;
  }

  #hasNode(name: string): boolean {
    return this.#client.get('Node', { name }) !== undefined;
  }

  #isOutOfService(name: string): boolean {
    const node = this.#client.get('Node', { name });
    return node !== undefined && isOutOfService(node);
  }

  #podsOfLost(node: Node, isGone: boolean): readonly string[] {
    const { name } = node.metadata;
    if (!isGone) this.#goneSinceMs.delete(name);
    if (!isGone && !isOutOfService(node)) return [];
    return this.#client.list('Pod', { fieldSelector: `spec.nodeName=${name}` }).map(keyOf);
  }

  #collect(key: string): ReconcileResult {
    const pod = this.#client.get('Pod', parseKey(key));
    if (pod === undefined) return {};
    const nowMs = this.#clock.monotonicMs();
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeName === '' ? undefined : this.#client.get('Node', { name: nodeName });
    if (nodeName !== '' && node === undefined && !this.#goneSinceMs.has(nodeName))
      this.#goneSinceMs.set(nodeName, nowMs);
    const verdict = computePodGarbage({ pod, node, nodeGoneSinceMs: this.#goneSinceMs.get(nodeName), nowMs });
    if (verdict.type === 'keep') return {};
    if (verdict.type === 'wait') return { requeueAfterMs: verdict.untilMs - nowMs };
    if (verdict.reason === 'NodeGone' && !isPodTerminal(pod)) {
      markDisrupted(this.#client, pod, NODE_GONE, this.#clock.wallMs());
    }
    failAndDelete(this.#client, this.#client.get('Pod', parseKey(key)) ?? pod);
    return {};
  }

  /** The first look only sets the time of the second, which counts. */
  #countTerminated(): ReconcileResult {
    const nowMs = this.#clock.monotonicMs();
    this.#countAtMs ??= nowMs + COUNT_AFTER_MS;
    if (nowMs < this.#countAtMs) return { requeueAfterMs: this.#countAtMs - nowMs };
    this.#countAtMs = undefined;
    for (const pod of excessTerminatedPods(this.#client.list('Pod'), this.#terminatedPods)) {
      this.#client.delete(referenceTo(pod), { gracePeriodSeconds: 0 });
    }
    return {};
  }
}
