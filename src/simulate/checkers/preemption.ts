import type { Client } from '../../api/client.ts';
import { findCondition } from '../../objects/index.ts';
import type { Event, Pod } from '../../objects/types.ts';
import {
  type ClusterState,
  FILTERS,
  type FilterPlugin,
  PREEMPTION_REASON,
  podInfoOf,
  schedule,
} from '../../scheduler/index.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { clusterStateOf, isToBeScheduled, waitsForVolumes } from './scheduler-view.ts';
import { objectOf, previousOf } from './store-events.ts';

/**
 * Once its victims are gone the pod fits on the node that was made free for it, and with any one of them still there it
 * does not: "the scheduler tries to preempt (evict) lower priority Pods to make scheduling of the pending Pod possible"
 * (Pod Priority and Preemption), and none without need.
 */
export class PreemptionChecker implements LifeWatcher {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[], { registry }: OpenLife): void {
    if (registry === undefined || this.#machine.actor === 'user') return;
    const told = events
      // A repeated one only counts up what was told before.
      .filter((event) => previousOf(event) === undefined)
      .map((event) => objectOf(event, 'Event') as Event | undefined)
      .filter(isPreemption);
    const [, uid, nodeName = ''] = /^Preempted by pod (\S+) on node (\S+)$/.exec(told[0]?.message ?? '') ?? [];
    if (uid === undefined) return;
    const client = registry.client({ user: 'checker', fieldManager: 'checker' });
    const waiting = client.list('Pod').filter(isToBeScheduled);
    const preemptor = waiting.find(({ metadata }) => metadata.uid === uid);
    if (preemptor === undefined || waiting.some((pod) => waitsForVolumes(pod, client))) return;
    const victims = victimsIn(events);
    const others = goingAlready(client, told).filter((pod) =>
      victims.every(({ metadata }) => metadata.uid !== pod.metadata.uid),
    );
    this.#check(client, preemptor, nodeName, [...victims, ...others]);
  }

  #check(client: Client, preemptor: Pod, nodeName: string, victims: readonly Pod[]): void {
    const cluster = clusterStateOf(client);
    for (const { metadata } of victims) cluster.removePod(metadata.uid);
    this.#machine.tally.count('a preemption was judged');
    const name = nameOf(preemptor);
    if (!fitsOn(nodeName, preemptor, cluster))
      return this.#report(`${victims.map(nameOf).join(', ')} gave way on ${nodeName}, and ${name} does not fit there`);
    // One that is on its way out is waited for, whether its room is needed or not. Who wants to be near others may need
    // them to stay.
    if (preemptor.spec?.affinity?.podAffinity !== undefined) return;
    for (const victim of victims.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      cluster.setPod(victim);
      const isNeedless = fitsOn(nodeName, preemptor, cluster);
      cluster.removePod(victim.metadata.uid);
      if (isNeedless) this.#report(`${nameOf(victim)} gave way on ${nodeName}, where ${name} fits beside it`);
    }
  }

  #report(message: string): void {
    this.#machine.report('preemption', message);
  }
}

function isPreemption(event: Event | undefined): event is Event {
  return event?.reason === 'Preempted';
}

/** Those that give way in this transaction, as they were before it. */
function victimsIn(events: readonly StoreEvent[]): readonly Pod[] {
  const victims = new Map<string, Pod>();
  for (const event of events) {
    const before = previousOf(event, 'Pod') as Pod | undefined;
    const after = objectOf(event, 'Pod') as Pod | undefined;
    if (before === undefined || victims.has(before.metadata.uid)) continue;
    if (after === undefined ? isMarked(before) : isMarked(after)) victims.set(before.metadata.uid, before);
  }
  return [...victims.values()];
}

/** Victims that are on their way out for another one, and of which nothing changes. */
function goingAlready(client: Client, told: readonly Event[]): readonly Pod[] {
  const uids = new Set(told.map(({ involvedObject }) => involvedObject.uid));
  return client
    .list('Pod')
    .filter(({ metadata }) => uids.has(metadata.uid) && metadata.deletionTimestamp !== undefined);
}

function isMarked({ status }: Pod): boolean {
  return findCondition(status?.conditions, 'DisruptionTarget')?.reason === PREEMPTION_REASON;
}

function fitsOn(nodeName: string, pod: Pod, cluster: ClusterState): boolean {
  const here: FilterPlugin = {
    name: 'ThisNode',
    wakesOn: [],
    prepare: () => (node) => (node.name === nodeName ? undefined : { reasons: ['another node'], isResolvable: false }),
  };
  return schedule(podInfoOf(pod), cluster, { filters: [here, ...FILTERS] }).type === 'placement';
}

function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
