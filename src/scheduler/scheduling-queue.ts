import type { Pod } from '../objects/types.ts';
import { Heap } from './heap.ts';
import type { ClusterEvent, FilterPlugin } from './plugin.ts';
import { FILTERS } from './plugins/index.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';

/** A pod that waits for a node. */
export interface QueuedPod {
  readonly uid: string;
  info: PodInfo;
  /** How often it was tried in vain. */
  attempts: number;
  /** When it came into the queue of pods to try, and in which order. */
  queuedMs: number;
  sequence: number;
  /** Not before this time is it tried again, whatever happens. */
  notBeforeMs: number;
  /** Filters that kept it from a node the last time. */
  plugins: readonly string[];
  state: 'active' | 'backoff' | 'unschedulable' | 'taken' | 'gone';
}

/** "podInitialBackoffSeconds 1, podMaxBackoffSeconds 10" (KubeSchedulerConfiguration). */
const INITIAL_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 10_000;

/**
 * Pods that wait for a node, as kube-scheduler keeps them: `active` ones are tried in order of priority, then of time;
 * `unschedulable` ones wait for an event that may help; those that such an event has woken while their back-off still
 * runs wait it out. Times are monotonic milliseconds and come from the caller.
 */
export class SchedulingQueue {
  readonly #pods = new Map<string, QueuedPod>();
  readonly #active = new Heap<QueuedPod>(
    (a, b) =>
      a.info.priority > b.info.priority ||
      (a.info.priority === b.info.priority &&
        (a.queuedMs < b.queuedMs || (a.queuedMs === b.queuedMs && a.sequence < b.sequence))),
  );
  readonly #backoff = new Heap<QueuedPod>((a, b) => a.notBeforeMs < b.notBeforeMs);
  /** Those in state `unschedulable`; a set of its own so that an event does not touch all the others. */
  readonly #unschedulable = new Set<QueuedPod>();
  readonly #wakesOn: ReadonlyMap<string, readonly ClusterEvent[]>;
  #sequence = 0;

  constructor(filters: readonly FilterPlugin[] = FILTERS) {
    this.#wakesOn = new Map(filters.map(({ name, wakesOn }) => [name, wakesOn]));
  }

  /** Whether a pod can be taken now. */
  get hasActive(): boolean {
    this.#dropStale();
    return this.#active.size > 0;
  }

  /** Adds a pod that has no node, or replaces what is known of it. `isChanged`: its own change may help it. */
  put(pod: Pod, options: { readonly isChanged: boolean; readonly nowMs: number }): void {
    const known = this.#pods.get(pod.metadata.uid);
    if (known === undefined) {
      const queued: QueuedPod = {
        uid: pod.metadata.uid,
        info: podInfoOf(pod),
        attempts: 0,
        queuedMs: 0,
        sequence: 0,
        notBeforeMs: 0,
        plugins: [],
        state: 'gone',
      };
      this.#pods.set(queued.uid, queued);
      return this.#activate(queued, options.nowMs);
    }
    if (!options.isChanged) return;
    const next: QueuedPod = { ...known, info: podInfoOf(pod) };
    this.remove(known.uid);
    this.#pods.set(next.uid, next);
    if (known.state === 'unschedulable' && !this.#isWokenBy(next, 'pod-changed')) this.#unschedulable.add(next);
    else this.#activateOrBackOff(next, options.nowMs);
  }

  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued === undefined) return;
    queued.state = 'gone';
    this.#pods.delete(uid);
    this.#unschedulable.delete(queued);
  }

  /** Takes the pod that is to be tried next. Give it back with `park`, or `remove` it. */
  take(): QueuedPod | undefined {
    this.#dropStale();
    const queued = this.#active.pop();
    if (queued !== undefined) queued.state = 'taken';
    return queued;
  }

  /**
   * Puts a pod back that found no node because of `plugins`; with none it is tried again as soon as its back-off is
   * over.
   */
  park(
    queued: QueuedPod,
    plugins: readonly string[],
    options: { readonly nowMs: number; readonly retry?: boolean },
  ): void {
    if (queued.state !== 'taken') return;
    queued.attempts++;
    queued.notBeforeMs = options.nowMs + backoffMs(queued.attempts);
    queued.plugins = plugins;
    if (options.retry === true) return this.#activateOrBackOff(queued, options.nowMs);
    queued.state = 'unschedulable';
    this.#unschedulable.add(queued);
  }

  /** Moves the pods that the event may help, unless their back-off still runs. */
  wake(event: ClusterEvent, nowMs: number): void {
    for (const queued of [...this.#unschedulable]) {
      if (!this.#isWokenBy(queued, event)) continue;
      this.#unschedulable.delete(queued);
      this.#activateOrBackOff(queued, nowMs);
    }
  }

  /** When the next back-off ends; `undefined` when none runs. */
  nextDueMs(): number | undefined {
    while (this.#backoff.peek() !== undefined && this.#backoff.peek()?.state !== 'backoff') this.#backoff.pop();
    return this.#backoff.peek()?.notBeforeMs;
  }

  /** Makes those pods active whose back-off is over. */
  release(nowMs: number): void {
    for (let due = this.nextDueMs(); due !== undefined && due <= nowMs; due = this.nextDueMs()) {
      const queued = this.#backoff.pop();
      if (queued !== undefined) this.#activate(queued, nowMs);
    }
  }

  /** A pod that no filter refused, as there was no node at all, is woken by anything. */
  #isWokenBy({ plugins }: QueuedPod, event: ClusterEvent): boolean {
    return plugins.length === 0 || plugins.some((name) => this.#wakesOn.get(name)?.includes(event) ?? true);
  }

  #activateOrBackOff(queued: QueuedPod, nowMs: number): void {
    if (queued.notBeforeMs <= nowMs) return this.#activate(queued, nowMs);
    queued.state = 'backoff';
    this.#backoff.push(queued);
  }

  #activate(queued: QueuedPod, nowMs: number): void {
    queued.state = 'active';
    queued.queuedMs = nowMs;
    queued.sequence = this.#sequence++;
    this.#active.push(queued);
  }

  /** Pods that left while they were in the heap are dropped when they come up. */
  #dropStale(): void {
    while (this.#active.peek() !== undefined && this.#active.peek()?.state !== 'active') this.#active.pop();
  }
}

/** 1 s after the first attempt, doubling up to 10 s. */
function backoffMs(attempts: number): number {
  return Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** Math.min(attempts - 1, 10));
}
