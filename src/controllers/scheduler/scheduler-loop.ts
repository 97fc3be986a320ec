import { isApiError } from '../../api/api-error.ts';
import type { Client, WatchEvent } from '../../api/client.ts';
import { assert } from '../../lib/assert.ts';
import type { Timer } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { jsonEqual } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Random, randomFraction } from '../../lib/random.ts';
import { findCondition, isPodTerminal, setCondition } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import { ClusterState, nodeEvents, type QueuedPod, SchedulingQueue, schedule } from '../../scheduler/index.ts';
import type { ControllerContext } from '../controller.ts';

export interface SchedulerCounters {
  readonly attempts: number;
  readonly bound: number;
  readonly unschedulable: number;
  readonly errors: number;
}

const COMPONENT = 'default-scheduler';
/** Pods in one turn at most: in a world whose clock stands still meanwhile, the time alone would not end it. */
const TURN_PODS = 1_000;

/**
 * Gives pods their node: listens to pods and nodes, tries one waiting pod after the other in turns of at most
 * `LIMITS.turnMs`, and binds it or says in its conditions why it has to wait. Tried again only after something that may
 * help has happened.
 */
export class Scheduler {
  readonly #client: Client;
  readonly #context: ControllerContext;
  readonly #random: Random;
  readonly #cluster = new ClusterState();
  readonly #queue = new SchedulingQueue();
  readonly #counters = { attempts: 0, bound: 0, unschedulable: 0, errors: 0 };
  #unwatch: readonly (() => void)[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';
  #isTurnPlanned = false;
  #backoffTimer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #start = 0;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#client = context.client.as({ user: 'system:kube-scheduler', fieldManager: 'kube-scheduler' });
    this.#random = context.random;
  }

  start(): void {
    assert(this.#state === 'new', 'a scheduler is started once');
    this.#state = 'started';
    this.#unwatch = [
      this.#client.watch('Node', (event) => this.#onNode(event)),
      this.#client.watch('Pod', (event) => this.#onPod(event)),
    ];
    for (const node of this.#client.list('Node')) this.#cluster.setNode(node);
    for (const pod of this.#client.list('Pod')) this.#takeIn(pod, undefined);
    this.#plan();
  }

  stop(): void {
    this.#state = 'stopped';
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    this.#backoffTimer?.timer.cancel();
  }

  counters(): SchedulerCounters {
    return { ...this.#counters };
  }

  get #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }

  #onNode({ type, object, previous }: WatchEvent<Node>): void {
    if (type === 'DELETED') return this.#cluster.removeNode(object.metadata.name);
    this.#cluster.setNode(object);
    for (const event of nodeEvents(object, type === 'ADDED' ? undefined : previous)) this.#wake(event);
    this.#plan();
  }

  #onPod({ type, object, previous }: WatchEvent<Pod>): void {
    if (type === 'DELETED') this.#drop(object);
    else this.#takeIn(object, previous);
    this.#plan();
  }

  #takeIn(pod: Pod, previous: Pod | undefined): void {
    if (isPodTerminal(pod)) return this.#drop(pod);
    const hasSameSpec = previous !== undefined && (previous.spec === pod.spec || jsonEqual(previous.spec, pod.spec));
    if (pod.spec?.nodeName) {
      this.#queue.remove(pod.metadata.uid);
      if (hasSameSpec) return;
      this.#cluster.setPod(pod);
      // A pod that was resized in place may have given something back.
      if (previous?.spec?.nodeName) this.#wake('pod-gone');
      return;
    }
    if (!isToBeScheduled(pod)) return this.#queue.remove(pod.metadata.uid);
    const isChanged = !hasSameSpec || !jsonEqual(previous?.metadata.labels, pod.metadata.labels);
    this.#queue.put(pod, { isChanged, nowMs: this.#nowMs });
  }

  #drop({ metadata }: Pod): void {
    this.#queue.remove(metadata.uid);
    if (this.#cluster.removePod(metadata.uid) !== undefined) this.#wake('pod-gone');
  }

  #wake(event: Parameters<SchedulingQueue['wake']>[0]): void {
    this.#queue.wake(event, this.#nowMs);
  }

  #plan(): void {
    if (this.#state !== 'started') return;
    this.#planBackoff();
    if (this.#isTurnPlanned || !this.#queue.hasActive) return;
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
    for (let count = 0; count < TURN_PODS && this.#state === 'started'; count++) {
      const queued = this.#queue.take();
      if (queued === undefined) break;
      this.#tryPod(queued);
      if (this.#nowMs >= endMs) break;
    }
    this.#isTurnPlanned = false;
    this.#plan();
  }

  #tryPod(queued: QueuedPod): void {
    this.#counters.attempts++;
    const { namespace, name } = queued.info.pod.metadata;
    const result = schedule(queued.info, this.#cluster, {
      start: this.#start,
      tieBreak: randomFraction(this.#random),
    });
    try {
      if (result.type === 'placement') {
        this.#start = result.nextStart;
        this.#client.transaction(() => this.#bind(queued, result.nodeName));
        this.#counters.bound++;
        return;
      }
      this.#counters.unschedulable++;
      this.#client.transaction(() => this.#report(queued, result.message));
      this.#queue.park(queued, result.plugins, { nowMs: this.#nowMs });
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.#counters.errors++;
      const fields = { object: `Pod/${namespace}/${name}`, error: messageOf(error) };
      this.#context.logger.warn('scheduling refused', fields);
      this.#queue.park(queued, [], { nowMs: this.#nowMs, retry: true });
    }
  }

  /** The watch tells the cluster state of it in the same tick, before the next pod is tried. */
  #bind({ info: { pod } }: QueuedPod, nodeName: string): void {
    const { namespace, name } = pod.metadata;
    this.#client.bind({ namespace, name }, nodeName);
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    this.#client.recordEvent({ regarding: pod, type: 'Normal', reason: 'Scheduled', message, component: COMPONENT });
  }

  /**
   * "PodScheduled: False, reason Unschedulable: the scheduler can't schedule the pod right now, for example due to
   * insufficient resources."
   */
  #report({ info }: QueuedPod, message: string): void {
    const { namespace, name } = info.pod.metadata;
    const pod = this.#client.get('Pod', { namespace, name }) ?? info.pod;
    this.#client.recordEvent({
      regarding: pod,
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: COMPONENT,
    });
    const present = findCondition(pod.status?.conditions, 'PodScheduled');
    if (present?.status === 'False' && present.reason === 'Unschedulable' && present.message === message) return;
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const conditions = setCondition(pod.status?.conditions, condition, this.#context.clock.wallMs());
    this.#client.updateStatus({ ...pod, status: { ...pod.status, conditions: [...conditions] } });
  }
}

/**
 * "schedulerName: if not specified, the pod will be dispatched by the default scheduler"; "a pod with scheduling gates
 * is not considered until they are all removed" (core/v1, PodSpec).
 */
function isToBeScheduled({ spec, metadata }: Pod): boolean {
  const isOurs = (spec?.schedulerName ?? COMPONENT) === COMPONENT;
  return isOurs && metadata.deletionTimestamp === undefined && (spec?.schedulingGates ?? []).length === 0;
}
