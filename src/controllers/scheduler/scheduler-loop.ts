import { isApiError } from '../../api/api-error.ts';
import type { Client, WatchEvent } from '../../api/client.ts';
import { assert } from '../../lib/assert.ts';
import type { Timer } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { jsonEqual } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Random, randomFraction } from '../../lib/random.ts';
import { isPodTerminal } from '../../objects/index.ts';
import type { Namespace, Node, Pod } from '../../objects/types.ts';
import {
  type ClusterChange,
  ClusterState,
  isPreempted,
  nodeEvents,
  type Placement,
  type PodInfo,
  podInfoOf,
  type QueuedPod,
  SchedulingQueue,
  schedule,
  type Unschedulable,
} from '../../scheduler/index.ts';
import type { ControllerContext } from '../controller.ts';
import { PodSiblings } from './pod-siblings.ts';
import { COMPONENT, UnplacedPods } from './unplaced-pods.ts';
import { type SettledPod, VolumeBinder } from './volume-binder.ts';

export interface SchedulerCounters {
  readonly attempts: number;
  readonly bound: number;
  readonly unschedulable: number;
  readonly errors: number;
}

/** Pods in one turn at most: in a world whose clock stands still meanwhile, the time alone would not end it. */
const TURN_PODS = 1_000;
/** Pods whose nodes are written in one transaction at most: one record of the log, one round of watches. */
const BATCH_PODS = 100;

/**
 * Gives pods their node: listens to pods and nodes, tries one waiting pod after the other in turns of at most
 * `LIMITS.turnMs`, and binds it or says in its conditions why it has to wait. Tried again only after something that may
 * help has happened.
 */
export class Scheduler {
  readonly #client: Client;
  readonly #context: ControllerContext;
  readonly #random: Random;
  readonly #siblings: PodSiblings;
  readonly #cluster: ClusterState;
  readonly #queue = new SchedulingQueue();
  readonly #volumes: VolumeBinder;
  readonly #unplaced: UnplacedPods;
  readonly #counters = { attempts: 0, bound: 0, unschedulable: 0, errors: 0 };
  #unwatch: readonly (() => void)[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';
  #isTurnPlanned = false;
  #backoffTimer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #start = 0;
  /** The pod that is being bound: what is known of it need not be worked out again. */
  #binding: PodInfo | undefined;
  /** Uids of pods that were bound in the transaction that is open: the cluster counts them already. */
  readonly #assumed = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#client = context.client.as({ user: 'system:kube-scheduler', fieldManager: 'kube-scheduler' });
    this.#random = context.random;
    this.#siblings = new PodSiblings(this.#client);
    this.#cluster = new ClusterState({ siblingsOf: (pod) => this.#siblings.selectionFor(pod) });
    this.#unplaced = new UnplacedPods({ client: this.#client, clock: context.clock, cluster: this.#cluster });
    this.#volumes = new VolumeBinder({
      client: this.#client,
      clock: context.clock,
      cluster: this.#cluster,
      wake: (change) => {
        this.#wake(change);
        this.#plan();
      },
      onReady: () => this.#plan(),
    });
  }

  start(): void {
    assert(this.#state === 'new', 'a scheduler is started once');
    this.#state = 'started';
    this.#unwatch = [
      this.#client.watch('Node', (event) => this.#onNode(event)),
      this.#client.watch('Pod', (event) => this.#onPod(event)),
      this.#client.watch('Service', ({ object }) => this.#siblings.onService(object)),
      this.#client.watch('Namespace', (event) => this.#onNamespace(event)),
    ];
    this.#volumes.start();
    for (const { metadata } of this.#client.list('Namespace'))
      this.#cluster.setNamespace(metadata.name, metadata.labels ?? {});
    for (const node of this.#client.list('Node')) this.#cluster.setNode(node);
    for (const pod of this.#client.list('Pod')) this.#takeIn(pod, undefined);
    this.#plan();
  }

  stop(): void {
    this.#state = 'stopped';
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    this.#volumes.stop();
    this.#backoffTimer?.timer.cancel();
  }

  counters(): SchedulerCounters {
    return { ...this.#counters };
  }

  get #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }

  #onNamespace({ type, object, previous }: WatchEvent<Namespace>): void {
    const { name, labels } = object.metadata;
    if (type === 'MODIFIED' && jsonEqual(labels, previous?.metadata.labels)) return;
    this.#cluster.setNamespace(name, type === 'DELETED' ? undefined : (labels ?? {}));
    if (type !== 'MODIFIED') return;
    this.#wake({ event: 'namespace-labels' });
    this.#plan();
  }

  #onNode({ type, object, previous }: WatchEvent<Node>): void {
    const { name, labels } = object.metadata;
    if (type === 'DELETED') {
      this.#cluster.removeNode(name);
      this.#volumes.onNodeGone(name);
      this.#wake({ event: 'node-gone', labelsBefore: labels ?? {} });
      return this.#plan();
    }
    this.#cluster.setNode(object);
    const node = this.#cluster.nodeNamed(name);
    const labelsBefore = previous?.metadata.labels ?? {};
    for (const event of nodeEvents(object, type === 'ADDED' ? undefined : previous))
      this.#wake({ event, node, labelsBefore });
    this.#plan();
  }

  #onPod({ type, object, previous }: WatchEvent<Pod>): void {
    if (type === 'DELETED') this.#drop(object);
    else this.#takeIn(object, previous);
    this.#plan();
  }

  #takeIn(pod: Pod, previous: Pod | undefined): void {
    if (isPodTerminal(pod)) return this.#drop(pod);
    const { uid } = pod.metadata;
    if (pod.spec?.nodeName) {
      this.#takeInPlaced(pod, previous, pod.spec.nodeName);
      return this.#release(uid);
    }
    if (!isToBeScheduled(pod)) return this.#forget(uid);
    const isChanged = previous === undefined || !hasSameSpec(pod, previous) || !hasSameLabels(pod, previous);
    this.#queue.put(pod, { isChanged, nowMs: this.#nowMs });
    // One that waits for its volumes counts on its node already.
    if (isChanged) this.#cluster.replacePlaced(pod);
    const nominated = pod.status?.nominatedNodeName ?? '';
    if (nominated === (this.#cluster.nominations.nodeOf(uid) ?? '') || this.#cluster.isPlaced(uid)) return;
    this.#release(uid);
    if (nominated !== '') this.#cluster.nominations.set(podInfoOf(pod), nominated);
  }

  #takeInPlaced(pod: Pod, previous: Pod | undefined, nodeName: string): void {
    const { uid } = pod.metadata;
    this.#queue.remove(uid);
    this.#volumes.forget(uid);
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    const wasGoing = previous?.metadata.deletionTimestamp !== undefined;
    const isSame = previous !== undefined && hasSameLabels(pod, previous) && hasSameSpec(pod, previous);
    if (isSame && isGoing === wasGoing) {
      // Of equal priority, those that began last are victims first; and one that has given way is waited for.
      const isNoted =
        pod.status?.startTime === previous.status?.startTime && isPreempted(pod) === isPreempted(previous);
      if (!isNoted) this.#cluster.renewPod(pod);
      return;
    }
    if (this.#assumed.delete(uid) && !isGoing) return this.#wakeNear(pod, nodeName);
    const node = this.#cluster.nodeNamed(nodeName);
    const before = node?.pods.get(uid);
    this.#cluster.setPod(pod, this.#binding?.pod.metadata.uid === uid ? this.#binding : undefined);
    // A new one may be what others want to be near.
    if (before === undefined || !previous?.spec?.nodeName) return this.#wakeNear(pod, nodeName);
    if (isGoing !== wasGoing) this.#wake({ event: 'pod-ending', node, other: before });
    // Nothing else that can be changed of a pod with a node concerns others.
    if (hasSameLabels(pod, previous)) return;
    this.#wake({ event: 'pod-labels', node, other: node?.pods.get(uid), otherBefore: before });
  }

  /**
   * "The scheduler treats a nominated pod as if it was already assigned when scheduling lower or equal priority pods":
   * where its nomination ends or moves, it is as if it was deleted from that node (updatePodInSchedulingQueue).
   */
  #release(uid: string): void {
    const nodeName = this.#cluster.nominations.nodeOf(uid);
    if (nodeName === undefined) return;
    this.#cluster.nominations.delete(uid);
    this.#wake({ event: 'pod-gone', node: this.#cluster.nodeNamed(nodeName) });
  }

  #wakeNear({ metadata }: Pod, nodeName: string): void {
    const node = this.#cluster.nodeNamed(nodeName);
    this.#wake({ event: 'pod-added', node, other: node?.pods.get(metadata.uid) });
  }

  #forget(uid: string): void {
    this.#queue.remove(uid);
    this.#volumes.forget(uid);
    this.#release(uid);
  }

  #drop({ metadata, spec }: Pod): void {
    this.#forget(metadata.uid);
    const other = this.#cluster.removePod(metadata.uid);
    if (other !== undefined)
      this.#wake({ event: 'pod-gone', node: this.#cluster.nodeNamed(spec?.nodeName ?? ''), other });
  }

  #wake(change: ClusterChange): void {
    this.#queue.wake({ ...change, cluster: this.#cluster }, this.#nowMs);
  }

  #plan(): void {
    if (this.#state !== 'started') return;
    this.#planBackoff();
    if (this.#isTurnPlanned || !(this.#queue.hasActive || this.#volumes.hasSettled)) return;
    this.#isTurnPlanned = true;
    this.#context.clock.defer(() => this.#takeTurn());
  }

  #planBackoff(): void {
    const dueMs = this.#queue.nextDueMs();
    if (this.#backoffTimer?.dueMs === dueMs) return;
    this.#backoffTimer?.timer.cancel();
    this.#backoffTimer = undefined;
    if (dueMs === undefined) return;
    const timer = this.#context.clock.setTimer(Math.max(0, dueMs - this.#nowMs), () => {
      this.#backoffTimer = undefined;
      this.#queue.release(this.#nowMs);
      this.#plan();
    });
    this.#backoffTimer = { timer, dueMs };
  }

  #takeTurn(): void {
    const endMs = this.#nowMs + LIMITS.turnMs;
    for (let settled = this.#volumes.take(); settled !== undefined; settled = this.#volumes.take())
      this.#finishWaiting(settled);
    for (let count = 0; count < TURN_PODS && this.#state === 'started' && this.#queue.hasActive; ) {
      count += this.#tryBatch(endMs);
      if (this.#nowMs >= endMs) break;
    }
    this.#isTurnPlanned = false;
    this.#plan();
  }

  /**
   * Binds one pod after the other in one transaction, up to the first that cannot be placed at once: what that one asks
   * for is seen by the next. Returns how many were tried.
   */
  #tryBatch(endMs: number): number {
    let tried = 0;
    let other: { readonly queued: QueuedPod; readonly result: Placement | Unschedulable } | undefined;
    this.#client.transaction(() => {
      while (tried < BATCH_PODS && (tried === 0 || this.#nowMs < endMs)) {
        const queued = this.#queue.take();
        if (queued === undefined) return;
        tried++;
        const result = this.#schedule(queued);
        if (result.type === 'unschedulable' || queued.info.claims.length > 0) {
          other = { queued, result };
          return;
        }
        this.#bindInBatch(queued, result.nodeName);
      }
    });
    if (other !== undefined) this.#finishAlone(other.queued, other.result);
    return tried;
  }

  #schedule(queued: QueuedPod): Placement | Unschedulable {
    this.#counters.attempts++;
    this.#volumes.forget(queued.uid);
    const tieBreak = randomFraction(this.#random);
    const result = schedule(queued.info, this.#cluster, { start: this.#start, tieBreak });
    if (result.type === 'placement') this.#start = result.nextStart;
    return result;
  }

  /** "Assume": the pod counts on its node at once, as the watch tells only when the transaction has ended. */
  #bindInBatch(queued: QueuedPod, nodeName: string): void {
    const { namespace, name, uid } = queued.info.pod.metadata;
    try {
      this.#bind(queued, nodeName);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return this.#onRefused(queued, error);
    }
    this.#counters.bound++;
    const bound = this.#client.get('Pod', { namespace, name });
    if (bound === undefined) return;
    this.#queue.remove(uid);
    this.#cluster.setPod(bound, queued.info);
    this.#assumed.add(uid);
    this.#release(uid);
  }

  #onRefused(queued: QueuedPod, error: Error): void {
    this.#counters.errors++;
    const { namespace, name } = queued.info.pod.metadata;
    this.#context.logger.warn('scheduling refused', { object: `Pod/${namespace}/${name}`, error: messageOf(error) });
    this.#queue.tryAgain(queued, this.#nowMs);
  }

  /** A pod that waits for its volumes, or that finds no node. */
  #finishAlone(queued: QueuedPod, result: Placement | Unschedulable): void {
    try {
      if (result.type === 'placement') {
        if (this.#volumes.reserve(queued, result.nodeName)) {
          // "If assumed is a nominated pod, we should remove it from internal cache": it counts on its node now.
          this.#release(queued.uid);
          return;
        }
        this.#binding = queued.info;
        this.#client.transaction(() => this.#bind(queued, result.nodeName));
        this.#counters.bound++;
        return;
      }
      this.#counters.unschedulable++;
      const found = this.#unplaced.preempt(queued.info, result);
      // What keeps others from giving way is waited for, too.
      const plugins = found.type === 'none' ? [...new Set([...result.plugins, ...found.plugins])] : result.plugins;
      // Before the report: those that give way may be gone with it, and that has to wake the pod.
      this.#queue.park(queued, plugins, { nowMs: this.#nowMs });
      this.#client.transaction(() => this.#unplaced.finish(queued.info, result, found));
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#onRefused(queued, error);
    } finally {
      this.#binding = undefined;
    }
  }

  /** The claims of a pod are bound, or cannot be: it gets its node, or is tried again. */
  #finishWaiting({ queued, nodeName, failure }: SettledPod): void {
    if (failure !== undefined) {
      this.#counters.unschedulable++;
      const message = `running PreBind plugin "VolumeBinding": binding volumes: ${failure}`;
      return this.#endBinding(queued, message);
    }
    try {
      this.#binding = queued.info;
      this.#client.transaction(() => this.#bind(queued, nodeName));
      this.#counters.bound++;
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#counters.errors++;
      this.#volumes.leave(queued.uid, nodeName);
      this.#endBinding(queued, `running Bind plugin "DefaultBinder": ${messageOf(error)}`);
    } finally {
      this.#binding = undefined;
    }
  }

  /** Says of a pod whose node was chosen why it does not get it, which may be refused as well, and tries it again. */
  #endBinding(queued: QueuedPod, message: string): void {
    try {
      this.#client.transaction(() => this.#unplaced.reportError(queued.info, message));
      this.#queue.tryAgain(queued, this.#nowMs);
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#onRefused(queued, error);
    }
  }

  /** The watch tells the cluster state of it in the same tick, before the next pod is tried. */
  #bind({ info: { pod } }: QueuedPod, nodeName: string): void {
    const { namespace, name } = pod.metadata;
    this.#client.bind({ namespace, name }, nodeName);
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    this.#client.recordEvent({ regarding: pod, type: 'Normal', reason: 'Scheduled', message, component: COMPONENT });
  }
}

function hasSameSpec(pod: Pod, previous: Pod): boolean {
  return previous.spec === pod.spec || jsonEqual(previous.spec, pod.spec);
}

function hasSameLabels(pod: Pod, previous: Pod): boolean {
  return jsonEqual(previous.metadata.labels, pod.metadata.labels);
}

/**
 * "schedulerName: if not specified, the pod will be dispatched by the default scheduler"; "a pod with scheduling gates
 * is not considered until they are all removed" (core/v1, PodSpec).
 */
function isToBeScheduled({ spec, metadata }: Pod): boolean {
  const isOurs = (spec?.schedulerName ?? COMPONENT) === COMPONENT;
  return isOurs && metadata.deletionTimestamp === undefined && (spec?.schedulingGates ?? []).length === 0;
}
