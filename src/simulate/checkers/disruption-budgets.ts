import {
  controllerOf,
  findCondition,
  findKind,
  isPodReady,
  isPodTerminal,
  storagePrefixOf,
} from '../../objects/index.ts';
import { matcherOfSelector } from '../../objects/label-selector.ts';
import type { Pod, PodDisruptionBudget, StoredObject } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { objectOf, previousOf } from './store-events.ts';

/** How far the status of a budget may be behind what it counts: in this time an eviction may go by the former count. */
const BEHIND_MS = 1_000;
const BUDGETS = '/policy/poddisruptionbudgets/';

/**
 * "An eviction is allowed if at least minAvailable pods selected by selector will still be available after the eviction
 * … if at most maxUnavailable pods selected by selector are unavailable after the eviction" (policy/v1). Counted here
 * once more at each eviction, from the pods themselves.
 */
export class DisruptionBudgetsChecker implements LifeWatcher {
  readonly #machine: Pick<Machine, 'clock' | 'report' | 'tally'>;
  /**
   * When a pod of a namespace was last made, lost or changed its readiness for another cause than an eviction, or was
   * wanted in another number.
   */
  readonly #changedAtMs = new Map<string, number>();

  constructor(machine: Pick<Machine, 'clock' | 'report' | 'tally'>) {
    this.#machine = machine;
  }

  onOpen(): void {
    this.#changedAtMs.clear();
  }

  onCommit(events: readonly StoreEvent[], life: Pick<OpenLife, 'store'>): void {
    for (const event of events) {
      const [object, before] = [objectOf(event), previousOf(event)];
      const pod = object?.kind === 'Pod' ? (object as unknown as Pod) : undefined;
      const podBefore = before?.kind === 'Pod' ? (before as unknown as Pod) : undefined;
      if (pod !== undefined && podBefore !== undefined && isEvicted(pod) && !isEvicted(podBefore)) {
        this.#checkEviction(podBefore, life);
        continue;
      }
      const isOther = podBefore !== undefined && isEvicted(podBefore);
      const isPodChange =
        (object?.kind ?? before?.kind) === 'Pod' && !isOther && isCounted(pod) !== isCounted(podBefore);
      if (isPodChange || isScaled(object, before) || isNewBudget(object, before))
        this.#changedAtMs.set((object ?? before)?.metadata.namespace ?? '', this.#machine.clock.monotonicMs());
    }
  }

  #checkEviction(pod: Pod, { store }: Pick<OpenLife, 'store'>): void {
    const { namespace = '', name, uid } = pod.metadata;
    this.#machine.tally.count('an eviction was allowed');
    // "Pods that are terminal or pending do not count towards a budget."
    if (isPodTerminal(pod) || pod.status?.phase === 'Pending' || !isPodReady(pod)) return;
    const budgets = store
      .list(`${BUDGETS}${namespace}/`)
      .map(({ value }) => value as unknown as PodDisruptionBudget)
      .filter(({ spec }) => spec?.selector !== undefined && matcherOfSelector(spec.selector)(pod.metadata.labels));
    for (const budget of budgets) {
      const matches = matcherOfSelector(budget.spec?.selector ?? {});
      const pods = store
        .list(`/core/pods/${namespace}/`)
        .map(({ value }) => value as unknown as Pod)
        .filter((one) => matches(one.metadata.labels) && !isPodTerminal(one));
      const least = leastHealthy(budget, pods, store);
      const left = pods.filter((one) => isCounted(one) && one.metadata.uid !== uid).length;
      if (left >= least) continue;
      const sinceMs =
        this.#machine.clock.monotonicMs() - (this.#changedAtMs.get(namespace) ?? Number.NEGATIVE_INFINITY);
      if (sinceMs < BEHIND_MS) return this.#machine.tally.count('an eviction met a budget that was behind');
      const message = `${namespace}/${name} was evicted: ${left} healthy pods are left, and ${budget.metadata.name} asks for ${least}`;
      this.#machine.report('disruption budgets', message);
    }
  }
}

function isEvicted({ status }: Pod): boolean {
  return findCondition(status?.conditions, 'DisruptionTarget')?.reason === 'EvictionByEvictionAPI';
}

function isCounted(pod: Pod | undefined): boolean {
  return pod !== undefined && isPodReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** One that came, went or asks for something else; its status is what is judged here. */
function isNewBudget(object: StoredObject | undefined, before: StoredObject | undefined): boolean {
  const kind = (object ?? before)?.kind;
  return kind === 'PodDisruptionBudget' && object?.metadata.generation !== before?.metadata.generation;
}

function isScaled(object: StoredObject | undefined, before: StoredObject | undefined): boolean {
  return replicasOf(object) !== replicasOf(before);
}

function replicasOf(object: StoredObject | undefined): unknown {
  return (object?.['spec'] as { readonly replicas?: number } | undefined)?.replicas;
}

/**
 * "minAvailable … maxUnavailable: an absolute number or a percentage", and percentages of the pods that are wanted
 * round up, both.
 */
function leastHealthy({ spec }: PodDisruptionBudget, pods: readonly Pod[], store: OpenLife['store']): number {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (typeof minAvailable === 'number') return minAvailable;
  const wanted = wantedPods(pods, store);
  if (maxUnavailable === undefined) return minAvailable === undefined ? 0 : part(minAvailable, wanted);
  return wanted - (typeof maxUnavailable === 'number' ? maxUnavailable : part(maxUnavailable, wanted));
}

function part(percentage: string, whole: number): number {
  return Math.ceil((Number.parseInt(percentage, 10) * whole) / 100);
}

/** How many pods their controllers ask for, of a ReplicaSet that of a Deployment its Deployment. */
function wantedPods(pods: readonly Pod[], store: OpenLife['store']): number {
  const wanted = new Map<string, number>();
  for (const pod of pods) {
    let owner = ownerOf(pod as unknown as StoredObject, store);
    if (owner?.kind === 'ReplicaSet') owner = ownerOf(owner, store) ?? owner;
    if (owner !== undefined) wanted.set(owner.metadata.uid, Number(replicasOf(owner) ?? 1));
  }
  return [...wanted.values()].reduce((sum, count) => sum + count, 0);
}

function ownerOf(object: StoredObject, store: OpenLife['store']): StoredObject | undefined {
  const owner = controllerOf(object);
  const kind = owner === undefined ? undefined : findKind(owner.apiVersion, owner.kind);
  if (owner === undefined || kind === undefined) return undefined;
  return store.get(`${storagePrefixOf(kind, object.metadata.namespace)}${owner.name}`)?.value as
    | StoredObject
    | undefined;
}
