import {
  addQuantities,
  compareQuantities,
  controllerOf,
  isPodTerminal,
  parseResources,
  podRequests,
  type Quantity,
  storageKeyOf,
} from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { USUAL_CONFIGURATION } from '../world-settings.ts';
import { objectOf, previousOf } from './store-events.ts';

const PODS = '/core/pods/';

type PodSpec = NonNullable<Pod['spec']>;

/** No pod is placed beyond its node's capacity, none moves, and none is taken from another owner. */
export class PodsChecker implements LifeWatcher {
  readonly #machine: Machine;
  /** Pods that named their node themselves: nobody has looked whether they fit, but for the node. */
  readonly #self = new Set<string>();

  /** What each spec asks for: a stored one is frozen, and the versions of a pod share it. */
  readonly #requests = new WeakMap<PodSpec, ReturnType<typeof podRequests>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[], life: OpenLife): void {
    for (const event of events) {
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      const before = previousOf(event, 'Pod') as Pod | undefined;
      if (pod !== undefined) {
        this.#checkBinding(pod, before, life);
        this.#checkOwner(pod, before);
      }
      const isLost = pod === undefined && before !== undefined && before.metadata.deletionTimestamp === undefined;
      const isMarked =
        pod?.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined;
      if (before !== undefined && (isLost || isMarked)) this.#checkDeletion(before, life);
    }
  }

  #checkBinding(pod: Pod, before: Pod | undefined, { store }: OpenLife): void {
    const nodeName = pod.spec?.nodeName;
    const { uid } = pod.metadata;
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (nodeName !== undefined && before === undefined) this.#self.add(uid);
    const begins = this.#self.has(uid) && isRunning(pod) && before !== undefined && !isRunning(before);
    const isPlaced = before !== undefined && nodeName !== before.spec?.nodeName;
    if (nodeName === undefined || !(isPlaced || begins)) return;
    if (isPlaced && before?.spec?.nodeName !== undefined)
      this.#report(`${name} moved from ${before.spec.nodeName} to ${nodeName}`);
    const node = store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Node', name: nodeName }))?.value as Node | undefined;
    const pods = store
      .list(PODS)
      .map(({ value }) => value as unknown as Pod)
      .filter((one) => one.spec?.nodeName === nodeName && !isPodTerminal(one))
      .filter((one) => isRunning(one) || (isPlaced && !this.#self.has(one.metadata.uid)));
    const maxPods = Number(node?.status?.allocatable?.['pods'] ?? 0);
    if (pods.length > maxPods) this.#report(`${name} is pod ${pods.length} of at most ${maxPods} on ${nodeName}`);
    const allocatable = parseResources(node?.status?.allocatable);
    const requests = pods.flatMap(({ spec }) => (spec === undefined ? [] : [this.#requestsOf(spec)]));
    for (const resource of ['cpu', 'memory']) {
      const wanted = requests.reduce<Quantity | undefined>((sum, one) => {
        const amount = one.get(resource);
        return sum === undefined || amount === undefined ? (sum ?? amount) : addQuantities(sum, amount);
      }, undefined);
      const most = allocatable.get(resource);
      if (wanted === undefined) continue;
      if (most === undefined || compareQuantities(wanted, most) > 0)
        this.#report(`${name} was placed on ${nodeName}, which has not enough ${resource}`);
    }
  }

  #requestsOf(spec: PodSpec): ReturnType<typeof podRequests> {
    const known = this.#requests.get(spec) ?? podRequests(spec);
    this.#requests.set(spec, known);
    return known;
  }

  #checkOwner(pod: Pod, before: Pod | undefined): void {
    if (before === undefined || before.metadata.uid !== pod.metadata.uid) return;
    const old = controllerOf(before);
    const now = controllerOf(pod);
    if (old === undefined || now === undefined || old.uid === now.uid) return;
    this.#report(`${pod.metadata.name} was taken over from ${old.kind}/${old.name} by ${now.kind}/${now.name}`);
  }

  /**
   * A pod that somebody else controls goes only with its owner, its namespace, from a node that drives it away, where
   * few ended ones are kept, or by hand.
   */
  #checkDeletion(pod: Pod, { store }: OpenLife): void {
    const owner = controllerOf(pod);
    if (owner === undefined || owner.kind !== 'ConfigMap' || this.#machine.actor === 'user') return;
    if (isPodTerminal(pod) && this.#machine.configuration.terminatedPods !== USUAL_CONFIGURATION.terminatedPods) return;
    const nodeName = pod.spec?.nodeName;
    const node =
      nodeName === undefined ? undefined : store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Node', name: nodeName }));
    const isDriven = (node?.value as Node | undefined)?.spec?.taints?.some(({ effect }) => effect === 'NoExecute');
    if (nodeName !== undefined && (node === undefined || isDriven)) return;
    const home = store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: pod.metadata.namespace ?? '' }));
    if (isGoing(home?.value)) return;
    const { apiVersion, kind, name } = owner;
    const found = store.get(storageKeyOf({ apiVersion, kind, name, namespace: pod.metadata.namespace ?? '' }))?.value;
    if ((found as unknown as Pod | undefined)?.metadata.uid !== owner.uid || isGoing(found)) return;
    this.#report(`${pod.metadata.name} of ${owner.kind}/${owner.name} was deleted`);
  }

  #report(message: string): void {
    this.#machine.report('pods', message);
  }
}

function isRunning({ status }: Pod): boolean {
  return status?.phase === 'Running';
}

function isGoing(value: unknown): boolean {
  return (value as Pod | undefined)?.metadata.deletionTimestamp !== undefined;
}
