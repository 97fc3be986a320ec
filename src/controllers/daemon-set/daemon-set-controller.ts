import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DaemonSet, Node, Pod } from '../../objects/types.ts';
import { nodeEvents } from '../../scheduler/index.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { ownerKeysOf } from '../ownership/list-candidates.ts';
import { claimPods, podsOf } from '../ownership/owned-pods.ts';
import { applyUntilRefused, type RefusedChange, refusedChange } from '../pods/refused-change.ts';
import { applyRevisions, cleanUpRevisions, decideRevisions } from '../revisions/apply-revisions.ts';
import { revisionOf } from '../revisions/compute-revisions.ts';
import { computeDaemonSet, type DaemonSetAction } from './compute-daemon-set.ts';
import { newDaemonPod, targetNodeOf } from './daemon-pod.ts';
import { computeDaemonSetStatus } from './daemon-set-status.ts';
import { FailedPodBackoff, type FailedPodPlace } from './failed-pod-backoff.ts';

/** Keeps one pod on every node that each DaemonSet selects. */
export class DaemonSetController implements Controller {
  readonly name = 'daemonset-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #backoff = new FailedPodBackoff();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      { kind: 'DaemonSet', keysOf: (set) => [keyOf(set)] },
      { kind: 'Pod', keysOf: (pod, previous) => ownerKeysOf(client, 'DaemonSet', pod, previous) },
      {
        kind: 'Node',
        keysOf: (node, previous, change) => this.#setsAfter(node, change === 'deleted' ? undefined : previous),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const set = this.#client.get('DaemonSet', parseKey(key));
    if (set === undefined) {
      this.#backoff.forget(key);
      return {};
    }
    const nowMs = this.#clock.wallMs();
    claimPods(this.#client, set);
    const isGoing = set.metadata.deletionTimestamp !== undefined;
    const collisions = set.status?.collisionCount ?? 0;
    const template = set.spec?.template ?? {};
    const revisions = decideRevisions(this.#client, {
      owner: set,
      template,
      selector: set.spec?.selector,
      collisionCount: collisions,
    });
    if (!isGoing) applyRevisions(this.#client, revisions.actions);
    const { updateRevision, collisionCount } = revisions;
    const hash = updateRevision.slice(set.metadata.name.length + 1);

    const nodes = this.#client.list('Node');
    const pods = podsOf(this.#client, set);
    const { nodesInBackoff, waitMs } = this.#backoffOf(set, pods);
    const actions = hash === '' ? [] : computeDaemonSet({ set, nodes, pods, hash, nodesInBackoff, nowMs });
    const refused = this.#apply(set, actions, hash);
    const podsAfter = actions.length === 0 ? pods : podsOf(this.#client, set);
    const { status, requeueAfterMs } = computeDaemonSetStatus({
      set,
      nodes,
      pods: podsAfter,
      hash,
      collisionCount,
      refused,
      nowMs,
    });
    writeStatus(this.#client, set, status);
    if (!isGoing) this.#cleanUpRevisions(set, podsAfter, updateRevision);
    const nextMs = Math.min(requeueAfterMs ?? Number.POSITIVE_INFINITY, waitMs ?? Number.POSITIVE_INFINITY);
    return {
      ...(Number.isFinite(nextMs) ? { requeueAfterMs: nextMs } : {}),
      ...(refused === undefined ? {} : { failure: refused.cause }),
    };
  }

  /** A heartbeat concerns nobody; labels and taints may concern every set. */
  #setsAfter(node: Node, previous: Node | undefined): readonly string[] {
    if (nodeEvents(node, previous).every((event) => event === 'node-allocatable')) return [];
    return this.#client.list('DaemonSet').map(keyOf);
  }

  #backoffOf(
    set: DaemonSet,
    pods: readonly Pod[],
  ): { nodesInBackoff: ReadonlySet<string>; waitMs: number | undefined } {
    const nowMs = this.#clock.monotonicMs();
    const waits = pods
      .filter(({ status }) => status?.phase === 'Failed')
      .map((pod) => targetNodeOf(pod))
      .map((node) => ({ node, wait: this.#backoff.waitMs(placeOf(set, node), nowMs) }))
      .filter(({ wait }) => wait > 0);
    const waitMs = waits.length > 0 ? Math.min(...waits.map(({ wait }) => wait)) : undefined;
    return { nodesInBackoff: new Set(waits.map(({ node }) => node)), waitMs };
  }

  #apply(set: DaemonSet, actions: readonly DaemonSetAction[], hash: string): RefusedChange | undefined {
    const refused = applyUntilRefused(actions, (action) => this.#applyOne(set, action, hash));
    if (refused === undefined) return undefined;
    const change = refusedChange(refused.cause, { isCreation: refused.action.type === 'createPod' });
    this.#record(set, 'Warning', change.reason, change.event);
    return change;
  }

  #applyOne(set: DaemonSet, action: DaemonSetAction, hash: string): void {
    if (action.type === 'createPod') {
      const created = this.#client.create(newDaemonPod(set, action.nodeName, hash));
      return this.#record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    }
    const { namespace, name } = action.pod.metadata;
    if (action.reason === 'Failed' || action.reason === 'Succeeded') {
      if (action.reason === 'Failed') {
        this.#backoff.replaced(placeOf(set, action.nodeName), this.#clock.monotonicMs());
      }
      const what = action.reason.toLowerCase();
      const message = `Found ${what} daemon pod ${namespace}/${name} on node ${action.nodeName}, will try to kill it`;
      this.#record(set, action.reason === 'Failed' ? 'Warning' : 'Normal', `${action.reason}DaemonPod`, message);
    }
    this.#client.delete(referenceTo(action.pod));
    this.#record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  }

  #cleanUpRevisions(set: DaemonSet, pods: readonly Pod[], updateRevision: string): void {
    const inUse = new Set([updateRevision, ...pods.map((pod) => `${set.metadata.name}-${revisionOf(pod)}`)]);
    cleanUpRevisions(this.#client, set, { inUse, countsAllBut: updateRevision });
  }

  #record(regarding: DaemonSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#client.recordEvent({ regarding, type, reason, message, component: this.name });
  }
}

function placeOf(set: DaemonSet, nodeName: string): FailedPodPlace {
  const { uid, generation = 0 } = set.metadata;
  return { set: keyOf(set), version: `${uid}/${generation}`, nodeName };
}
