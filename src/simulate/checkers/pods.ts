import {
  addQuantities,
  compareQuantities,
  controllerOf,
  isPodTerminal,
  parseResources,
  podRequests,
  type Quantity,
} from '../../objects/index.ts';
import type { Node, Pod } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { objectOf, previousOf } from './store-events.ts';

/** No pod is placed beyond its node's capacity, none moves, and none is taken from another owner. */
export class PodsChecker implements LifeWatcher {
  readonly #machine: Machine;

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
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (nodeName === undefined || nodeName === before?.spec?.nodeName) return;
    if (before?.spec?.nodeName !== undefined) this.#report(`${name} moved from ${before.spec.nodeName} to ${nodeName}`);
    const objects = store.list('/').map(({ value }) => value as unknown as Pod | Node);
    const node = objects.find((object): object is Node => object.kind === 'Node' && object.metadata.name === nodeName);
    const pods = objects.filter(
      (object): object is Pod =>
        object.kind === 'Pod' && (object as Pod).spec?.nodeName === nodeName && !isPodTerminal(object as Pod),
    );
    const allocatable = parseResources(node?.status?.allocatable);
    for (const resource of ['cpu', 'memory']) {
      const wanted = pods.reduce<Quantity | undefined>((sum, one) => {
        const amount = one.spec === undefined ? undefined : podRequests(one.spec).get(resource);
        return sum === undefined || amount === undefined ? (sum ?? amount) : addQuantities(sum, amount);
      }, undefined);
      const most = allocatable.get(resource);
      if (wanted === undefined) continue;
      if (most === undefined || compareQuantities(wanted, most) > 0)
        this.#report(`${name} was placed on ${nodeName}, which has not enough ${resource}`);
    }
  }

  #checkOwner(pod: Pod, before: Pod | undefined): void {
    if (before === undefined || before.metadata.uid !== pod.metadata.uid) return;
    const old = controllerOf(before);
    const now = controllerOf(pod);
    if (old === undefined || now === undefined || old.uid === now.uid) return;
    this.#report(`${pod.metadata.name} was taken over from ${old.kind}/${old.name} by ${now.kind}/${now.name}`);
  }

  /** A pod that somebody else controls goes only with its owner, its namespace or by hand. */
  #checkDeletion(pod: Pod, { store }: OpenLife): void {
    const owner = controllerOf(pod);
    if (owner === undefined || owner.kind === 'ReplicaSet' || this.#machine.actor === 'user') return;
    const isThere = (entry: { readonly value: unknown }) => {
      const object = entry.value as Pod;
      return object.metadata.uid === owner.uid && object.metadata.deletionTimestamp === undefined;
    };
    const isNamespaceGoing = store
      .list('/')
      .map(({ value }) => value as unknown as Pod)
      .some(
        ({ kind, metadata }) =>
          String(kind) === 'Namespace' &&
          metadata.name === pod.metadata.namespace &&
          metadata.deletionTimestamp !== undefined,
      );
    if (!isNamespaceGoing && store.list('/').some(isThere))
      this.#report(`${pod.metadata.name} of ${owner.kind}/${owner.name} was deleted`);
  }

  #report(message: string): void {
    this.#machine.report('pods', message);
  }
}
