import type { Pod } from '../../objects/types.ts';
import { type PodInfo, podInfoOf } from '../cluster/pod-info.ts';
import type { ClusterChange, ClusterEvent, FilterPlugin } from '../plugin.ts';
import { FILTERS } from '../plugins/index.ts';
import { Heap } from './heap.ts';

/** A pod that waits for a node. */
export interface QueuedPod {
  readonly uid: string;
  info: PodInfo;
  /** How often it found no node. */
  refusals: number;
  /** How often something went wrong since. */
  errors: number;
  /**
   * When it came, or was put back, and in which order: "refresh the timestamp since the pod is re-added"
   * (AddUnschedulableIfNotPresent).
   */
  queuedMs: number;
  sequence: number;
  /** Not before this time is it tried again, whatever happens. */
  notBeforeMs: number;
  /** Filters that kept it from a node the last time. */
  plugins: readonly string[];
  state: 'active' | 'backoff' | 'unschedulable' | 'taken' | 'gone';
}

/** Where those wait that no filter refused, as there was no node at all. */
const NO_FILTER = '';

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
  /**
   * Those in state `unschedulable`, by the filters that refused them (`NO_FILTER` without any), so that an event
   * touches only those that wait for it.
   */
  readonly #unschedulable = new Map<string, Set<QueuedPod>>();
  readonly #filters: readonly FilterPlugin[];
  #sequence = 0;

  constructor(filters: readonly FilterPlugin[] = FILTERS) {
    this.#filters = filters;
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
        refusals: 0,
        errors: 0,
        queuedMs: options.nowMs,
        sequence: this.#sequence++,
        notBeforeMs: 0,
        plugins: [],
        state: 'gone',
      };
      this.#pods.set(queued.uid, queued);
      return this.#activate(queued);
    }
    if (!options.isChanged) return;
    // "When updating a pod which is in flight, the pod will not be added to any queue": it goes on where it is.
    if (known.state === 'taken') {
      known.info = podInfoOf(pod);
      return;
    }
    const next: QueuedPod = { ...known, info: podInfoOf(pod) };
    this.remove(known.uid);
    this.#pods.set(next.uid, next);
    if (next.state === 'unschedulable' && !this.#isWokenBy(next, { event: 'pod-changed' })) this.#keep(next);
    else this.#activateOrBackOff(next, options.nowMs);
  }

  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued === undefined) return;
    queued.state = 'gone';
    this.#pods.delete(uid);
    this.#drop(queued);
  }

  /** Takes the pod that is to be tried next. Give it back with `park`, or `remove` it. */
  take(): QueuedPod | undefined {
    this.#dropStale();
    const queued = this.#active.pop();
    if (queued !== undefined) queued.state = 'taken';
    return queued;
  }

  /** Puts a pod back that found no node because of `plugins`; with none anything wakes it. */
  park(queued: QueuedPod, plugins: readonly string[], options: { readonly nowMs: number }): void {
    if (queued.state !== 'taken') return;
    queued.refusals++;
    queued.errors = 0;
    this.#putBack(queued, options.nowMs, queued.refusals);
    queued.plugins = plugins;
    queued.state = 'unschedulable';
    this.#keep(queued);
  }

  /**
   * Puts a pod back with which something went wrong: it is tried again as soon as its back-off is over, whatever
   * happens. "This Pod has experienced an error at the last scheduling cycle, and we should consider the error count
   * for the backoff duration" (getBackoffTime). One that was parked already, so that only the rest went wrong, keeps
   * its back-off.
   */
  tryAgain(queued: QueuedPod, nowMs: number): void {
    if (queued.state === 'unschedulable') this.#drop(queued);
    else if (queued.state === 'taken') {
      queued.errors++;
      this.#putBack(queued, nowMs, queued.errors);
    } else return;
    queued.plugins = [];
    this.#activateOrBackOff(queued, nowMs);
  }

  #putBack(queued: QueuedPod, nowMs: number, failures: number): void {
    queued.queuedMs = nowMs;
    queued.sequence = this.#sequence++;
    queued.notBeforeMs = nowMs + backoffMs(failures);
  }

  /** Moves the pods that the change may help, unless their back-off still runs. */
  wake(change: ClusterChange, nowMs: number): void {
    for (const queued of this.#waitingFor(change.event)) {
      if (!this.#isWokenBy(queued, change)) continue;
      this.#drop(queued);
      this.#activateOrBackOff(queued, nowMs);
    }
  }

  /** In the order in which they were parked. */
  #waitingFor(event: ClusterEvent): readonly QueuedPod[] {
    if (this.#unschedulable.size === 0) return [];
    const names = this.#filters.filter(({ wakesOn }) => wakesOn.includes(event)).map(({ name }) => name);
    const found = new Set([NO_FILTER, ...names].flatMap((name) => [...(this.#unschedulable.get(name) ?? [])]));
    return [...found].sort((a, b) => a.sequence - b.sequence);
  }

  #keep(queued: QueuedPod): void {
    for (const name of queued.plugins.length === 0 ? [NO_FILTER] : queued.plugins) {
      const pods = this.#unschedulable.get(name);
      if (pods === undefined) this.#unschedulable.set(name, new Set([queued]));
      else pods.add(queued);
    }
  }

  #drop(queued: QueuedPod): void {
    for (const [name, pods] of this.#unschedulable) {
      if (pods.delete(queued) && pods.size === 0) this.#unschedulable.delete(name);
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
      if (queued !== undefined) this.#activate(queued);
    }
  }

  /** A pod that no filter refused, as there was no node at all, is woken by anything. */
  #isWokenBy({ plugins, info }: QueuedPod, change: ClusterChange): boolean {
    if (plugins.length === 0) return true;
    return this.#filters.some((filter) => {
      if (!plugins.includes(filter.name) || !filter.wakesOn.includes(change.event)) return false;
      return filter.couldHelp?.(info, change) ?? true;
    });
  }

  #activateOrBackOff(queued: QueuedPod, nowMs: number): void {
    if (queued.notBeforeMs <= nowMs) return this.#activate(queued);
    queued.state = 'backoff';
    this.#backoff.push(queued);
  }

  #activate(queued: QueuedPod): void {
    queued.state = 'active';
    this.#active.push(queued);
  }

  /** Pods that left while they were in the heap are dropped when they come up. */
  #dropStale(): void {
    while (this.#active.peek() !== undefined && this.#active.peek()?.state !== 'active') this.#active.pop();
  }
}

/** 1 s after the first failure, doubling up to 10 s. */
function backoffMs(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
}
