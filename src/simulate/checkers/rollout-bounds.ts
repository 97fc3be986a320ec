import type { Client } from '../../api/client.ts';
import { controllerOf, isPodActive, isPodAvailable, isPodReady } from '../../objects/index.ts';
import type { Deployment, Pod, ReplicaSet } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { objectOf, previousOf } from './store-events.ts';

/**
 * "Berth never itself deletes a ready pod when that leaves fewer than replicas − maxUnavailable available, and never
 * creates one beyond replicas + maxSurge non-terminating pods." The bounds are computed here once more, from the words
 * of the API.
 */
export class RolloutBoundsChecker implements LifeWatcher {
  readonly #machine: Machine;
  /**
   * When each ReplicaSet was last told to shrink, and how many pods had to stay available then: an autoscaler may ask
   * for more before they go.
   */
  readonly #shrunk = new Map<string, { readonly atMs: number; readonly least: number }>();

  /** How many pods each ReplicaSet may have made when it was last told to grow: an autoscaler may ask for fewer before they are there. */
  readonly #grown = new Map<string, number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onOpen(): void {
    this.#shrunk.clear();
    this.#grown.clear();
  }

  onCommit(events: readonly StoreEvent[], { registry }: OpenLife): void {
    if (registry === undefined || this.#machine.actor === 'user') return;
    const client = registry.client({ user: 'checker', fieldManager: 'checker' });
    for (const event of events) {
      const set = objectOf(event, 'ReplicaSet') as ReplicaSet | undefined;
      if (set !== undefined) this.#onReplicaSet(client, set, previousOf(event) as ReplicaSet | undefined);
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      const before = previousOf(event, 'Pod') as Pod | undefined;
      if (pod !== undefined && before === undefined) this.#onCreated(client, pod);
      const isMarked = pod === undefined || pod.metadata.deletionTimestamp !== undefined;
      if (before !== undefined && isMarked && before.metadata.deletionTimestamp === undefined && isPodReady(before))
        this.#onReadyDeleted(client, before);
    }
  }

  #onReplicaSet(client: Client, set: ReplicaSet, before: ReplicaSet | undefined): void {
    const wanted = set.spec?.replicas ?? 0;
    const was = before?.spec?.replicas ?? 0;
    const deployment = deploymentOf(client, set);
    if (deployment === undefined) return;
    const { most, least } = boundsOf(deployment);
    if (wanted < was) this.#shrunk.set(set.metadata.uid, { atMs: this.#machine.clock.monotonicMs(), least });
    if (wanted <= was) return;
    this.#grown.set(set.metadata.uid, most);
    const sum = setsOf(client, deployment).reduce((total, { spec }) => total + (spec?.replicas ?? 0), 0);
    if (sum > most) this.#report(`${nameOf(deployment)} asked for ${sum} pods of at most ${most}`);
  }

  #onCreated(client: Client, pod: Pod): void {
    const deployment = deploymentOfPod(client, pod);
    if (deployment === undefined) return;
    const sets = setsOf(client, deployment);
    const live = podsOf(client, sets).filter(isPodActive).length;
    // After its bounds were tightened a ReplicaSet still replaces what goes; only the Deployment may not ask for more.
    const asked = sets.reduce((total, { spec }) => total + (spec?.replicas ?? 0), 0);
    const told = this.#grown.get(controllerOf(pod)?.uid ?? '') ?? 0;
    const most = Math.max(boundsOf(deployment).most, asked, told);
    if (live > most) this.#report(`${nameOf(deployment)} created its pod number ${live} of at most ${most}`);
  }

  #onReadyDeleted(client: Client, pod: Pod): void {
    const deployment = deploymentOfPod(client, pod);
    if (deployment === undefined || deployment.spec?.strategy?.type === 'Recreate') return;
    const nowMs = this.#machine.clock.wallMs();
    const sets = setsOf(client, deployment);
    // Each set has its own: an old one keeps it when that of the Deployment is changed.
    const minReadySeconds = new Map(sets.map(({ metadata, spec }) => [metadata.uid, spec?.minReadySeconds ?? 0]));
    const isAvailable = (one: Pod) =>
      isPodAvailable(one, minReadySeconds.get(controllerOf(one)?.uid ?? '') ?? 0, nowMs);
    // One that has only just become ready "is not considered available" (minReadySeconds, apps/v1): it goes as one that
    // is not ready does.
    if (!isAvailable(pod)) return;
    const available = podsOf(client, sets).filter((one) => isPodActive(one) && isAvailable(one));
    const shrunk = this.#shrunk.get(controllerOf(pod)?.uid ?? '');
    const least = Math.min(boundsOf(deployment).least, shrunk?.least ?? Number.POSITIVE_INFINITY);
    if (available.length >= least) return;
    // The one documented race: told to shrink for want of ready pods, and one got ready before it was gone (see the
    // Deployment controller).
    if (shrunk === undefined || shrunk.atMs < this.#machine.clock.monotonicMs())
      return this.#machine.tally.count('a pod got ready while its set was shrinking');
    this.#report(`${nameOf(deployment)} deleted a ready pod: ${available.length} of at least ${least} are left`);
  }

  #report(message: string): void {
    this.#machine.report('rollout bounds', message);
  }
}

function boundsOf({ spec }: Deployment): { readonly most: number; readonly least: number } {
  const replicas = spec?.replicas ?? 1;
  if (spec?.strategy?.type === 'Recreate') return { most: replicas, least: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {};
  const surge = amountOf(maxSurge, replicas, Math.ceil);
  const unavailable = amountOf(maxUnavailable, replicas, Math.floor);
  return { most: replicas + surge, least: replicas - (surge === 0 && unavailable === 0 ? 1 : unavailable) };
}

function amountOf(amount: number | string, replicas: number, round: (value: number) => number): number {
  return typeof amount === 'number' ? amount : round((Number.parseInt(amount, 10) * replicas) / 100);
}

function setsOf(client: Client, deployment: Deployment): readonly ReplicaSet[] {
  return client.list('ReplicaSet', { ownerUid: deployment.metadata.uid });
}

function podsOf(client: Client, sets: readonly ReplicaSet[]): readonly Pod[] {
  return sets.flatMap(({ metadata }) => client.list('Pod', { ownerUid: metadata.uid }));
}

function deploymentOfPod(client: Client, pod: Pod): Deployment | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return undefined;
  const set = client.get('ReplicaSet', { namespace: pod.metadata.namespace, name: owner.name });
  return set?.metadata.uid === owner.uid ? deploymentOf(client, set) : undefined;
}

/** The Deployment of a set, where both are to stay. */
function deploymentOf(client: Client, set: ReplicaSet): Deployment | undefined {
  const owner = controllerOf(set);
  if (owner?.kind !== 'Deployment' || set.metadata.deletionTimestamp !== undefined) return undefined;
  const { namespace } = set.metadata;
  const deployment = client.get('Deployment', { namespace, name: owner.name });
  const isGoing = client.get('Namespace', { name: namespace ?? '' })?.metadata.deletionTimestamp !== undefined;
  if (isGoing || deployment?.metadata.uid !== owner.uid) return undefined;
  return deployment.metadata.deletionTimestamp === undefined ? deployment : undefined;
}

function nameOf({ metadata }: Deployment): string {
  return `${metadata.namespace}/${metadata.name}`;
}
