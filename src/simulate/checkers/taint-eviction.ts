import { findCondition, isPodTerminal, storageKeyOf } from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { objectOf, previousOf } from './store-events.ts';

/** How long a pod may outstay its leave: a Berth that comes up begins to look after a while. */
const LATE_MS = 60_000;

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];
type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

interface Leaving {
  readonly name: string;
  readonly sinceMs: number;
  readonly stayMs: number;
  /** When it has to be gone. A further taint shortens the stay, but not into the past. */
  readonly dueMs: number;
}

/**
 * "Pods that do not tolerate the taint are evicted immediately; Pods that tolerate the taint with a specified
 * tolerationSeconds remain bound for the specified amount of time; Pods that tolerate the taint without one remain
 * bound forever" (Taints and Tolerations): no pod goes early, and none stays. A restart of Berth begins the time anew.
 */
export class TaintEvictionChecker implements LifeWatcher {
  readonly #machine: Pick<Machine, 'clock' | 'report' | 'tally'>;
  /** Pods that may not stay for ever where they are, by uid, with the monotonic time since when that is so. */
  readonly #leaving = new Map<string, Leaving>();

  constructor(machine: Pick<Machine, 'clock' | 'report' | 'tally'>) {
    this.#machine = machine;
  }

  onOpen({ store }: Pick<OpenLife, 'store'>): void {
    this.#leaving.clear();
    for (const pod of podsIn(store)) this.#look(pod, store);
  }

  onCrash(): void {
    this.#leaving.clear();
  }

  onCommit(events: readonly StoreEvent[], { store }: Pick<OpenLife, 'store'>): void {
    for (const event of events) {
      const [pod, before] = [objectOf(event, 'Pod') as Pod | undefined, previousOf(event, 'Pod') as Pod | undefined];
      if (pod !== undefined && isDrivenAway(pod) && (before === undefined || !isDrivenAway(before)))
        this.#checkEarly(pod, store);
      if (pod !== undefined) this.#look(pod, store);
      else if (before !== undefined) this.#leaving.delete(before.metadata.uid);
      const [node, was] = [objectOf(event, 'Node') as Node | undefined, previousOf(event, 'Node') as Node | undefined];
      if ((node ?? was) === undefined || JSON.stringify(node?.spec?.taints) === JSON.stringify(was?.spec?.taints))
        continue;
      for (const one of podsIn(store).filter(({ spec }) => spec?.nodeName === (node ?? was)?.metadata.name))
        this.#look(one, store);
    }
    this.#checkLate();
  }

  /** Notes since when the pod has to go, and forgets it where it need not. */
  #look(pod: Pod, store: OpenLife['store']): void {
    const { uid, namespace, name, deletionTimestamp } = pod.metadata;
    // One that has ended is driven away as well, and nobody waits for that.
    const hasToGo = deletionTimestamp === undefined && !isPodTerminal(pod);
    const stayMs = hasToGo ? allowedStayMs(pod, store) : Number.POSITIVE_INFINITY;
    if (stayMs === Number.POSITIVE_INFINITY) return void this.#leaving.delete(uid);
    const known = this.#leaving.get(uid);
    if (known?.stayMs === stayMs) return;
    const nowMs = this.#machine.clock.monotonicMs();
    const sinceMs = known?.sinceMs ?? nowMs;
    const dueMs = Math.max(nowMs, sinceMs + stayMs);
    this.#leaving.set(uid, { name: `${namespace}/${name}`, sinceMs, stayMs, dueMs });
  }

  #checkEarly(pod: Pod, store: OpenLife['store']): void {
    this.#machine.tally.count('a taint drove a pod away');
    const { uid, namespace, name } = pod.metadata;
    const stayMs = allowedStayMs(pod, store);
    if (stayMs > 0) this.#machine.tally.count('a tolerated taint drove a pod away');
    const sinceMs = this.#leaving.get(uid)?.sinceMs ?? this.#machine.clock.monotonicMs();
    const stayedMs = this.#machine.clock.monotonicMs() - sinceMs;
    if (stayedMs < stayMs)
      this.#machine.report(
        'taint eviction',
        `${namespace}/${name} was driven away after ${stayedMs} ms and may stay for ${stayMs}`,
      );
  }

  #checkLate(): void {
    const nowMs = this.#machine.clock.monotonicMs();
    for (const [uid, { name, sinceMs, stayMs, dueMs }] of this.#leaving) {
      if (nowMs <= dueMs + LATE_MS) continue;
      this.#leaving.delete(uid);
      this.#machine.report('taint eviction', `${name} may stay for ${stayMs} ms and is there after ${nowMs - sinceMs}`);
    }
  }
}

function podsIn(store: OpenLife['store']): readonly Pod[] {
  return store.list('/core/pods/').map(({ value }) => value as unknown as Pod);
}

function isDrivenAway({ status }: Pod): boolean {
  return findCondition(status?.conditions, 'DisruptionTarget')?.reason === 'DeletionByTaintManager';
}

/** Worked out from the words of the API; of several tolerations that match, the shortest time counts. */
function allowedStayMs({ spec }: Pod, store: OpenLife['store']): number {
  if (!spec?.nodeName) return Number.POSITIVE_INFINITY;
  const node = store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Node', name: spec.nodeName }))?.value as
    | Node
    | undefined;
  let stayMs = Number.POSITIVE_INFINITY;
  for (const taint of node?.spec?.taints ?? []) {
    if (taint.effect !== 'NoExecute') continue;
    const matching = (spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    for (const { tolerationSeconds } of matching)
      if (tolerationSeconds !== undefined) stayMs = Math.min(stayMs, Math.max(0, tolerationSeconds) * 1_000);
  }
  return stayMs;
}

function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if ((key ?? '') === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}
