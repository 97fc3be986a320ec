import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { findCondition, setCondition } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import {
  type ClusterState,
  type DisruptionBudget,
  type NoPreemption,
  type PodInfo,
  PREEMPTION_REASON,
  type Preemption,
  preempt,
  type Unschedulable,
} from '../../scheduler/index.ts';
import { markDisrupted } from '../pods/fail-pod.ts';

export const COMPONENT = 'default-scheduler';

export interface UnplacedPodsOptions {
  /** Writes as the scheduler. */
  readonly client: Client;
  readonly clock: Clock;
  readonly cluster: ClusterState;
}

/** A node that was made free for a pod; `none` takes that back, `undefined` leaves it as it is. */
type Nomination = { readonly nodeName: string } | 'none' | undefined;

interface SchedulingFailure {
  readonly message: string;
  readonly nomination: Nomination;
  /**
   * "Unschedulable: the scheduler can't schedule the pod right now, for example due to insufficient resources;
   * SchedulerError: some internal error happens during scheduling" (core/v1, PodCondition).
   */
  readonly reason: 'Unschedulable' | 'SchedulerError';
}

/**
 * What follows for a pod that no node takes: less important ones give way for it where that helps, and its conditions
 * say why it waits.
 */
export class UnplacedPods {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #cluster: ClusterState;

  constructor({ client, clock, cluster }: UnplacedPodsOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#cluster = cluster;
  }

  /** Who would have to give way. Changes nothing. */
  preempt(info: PodInfo, { resolvable }: Unschedulable): Preemption | NoPreemption {
    let known: readonly DisruptionBudget[] | undefined;
    const budgets = () => {
      known ??= this.#budgets();
      return known;
    };
    return preempt(info, this.#cluster, { nodes: resolvable, budgets });
  }

  /** Removes those that give way, and says why the pod waits. */
  finish(info: PodInfo, result: Unschedulable, found: Preemption | NoPreemption): void {
    this.#report(info, { ...this.#carryOut(info, result, found), reason: 'Unschedulable' });
  }

  /**
   * Of a pod whose node was chosen; what was made free for it has served (handleBindingCycleError: clearNominatedNode).
   */
  reportError(info: PodInfo, message: string): void {
    this.#report(info, { message, nomination: 'none', reason: 'SchedulerError' });
  }

  /** Returns what there is to say. */
  #carryOut(
    info: PodInfo,
    { message }: Unschedulable,
    found: Preemption | NoPreemption,
  ): Omit<SchedulingFailure, 'reason'> {
    if (found.type === 'none') {
      const nomination = found.endsNomination ? 'none' : undefined;
      return { message: `${message} ${found.message}`.trimEnd(), nomination };
    }
    const { nodeName, victims } = found;
    for (const victim of victims) this.#removeVictim(victim, info.pod, nodeName);
    // "Lower priority pods that were nominated to this node may not fit any more: their nomination ends."
    for (const lower of this.#cluster.nominations.after(info, nodeName)) this.#endNomination(lower.pod);
    return { message, nomination: { nodeName } };
  }

  #budgets(): readonly DisruptionBudget[] {
    return this.#client.list('PodDisruptionBudget').map(({ metadata, spec, status }) => ({
      namespace: metadata.namespace ?? '',
      selector: spec?.selector,
      disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    }));
  }

  /** One that is on its way out anyway is marked, too: whoever waits for it takes no other victims meanwhile. */
  #removeVictim({ metadata }: Pod, preemptor: Pod, nodeName: string): void {
    const { namespace, name, uid } = metadata;
    const victim = this.#client.get('Pod', { namespace, name });
    if (victim === undefined || victim.metadata.uid !== uid) return;
    const disruption = {
      reason: PREEMPTION_REASON,
      message: `${COMPONENT}: preempting to accommodate a higher priority pod`,
    };
    markDisrupted(this.#client, victim, disruption, this.#clock.wallMs());
    if (victim.metadata.deletionTimestamp === undefined)
      this.#client.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    const message = `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`;
    this.#client.recordEvent({ regarding: victim, type: 'Normal', reason: 'Preempted', message, component: COMPONENT });
  }

  #endNomination({ metadata: { namespace, name } }: Pod): void {
    const pod = this.#client.get('Pod', { namespace, name });
    if (pod?.status?.nominatedNodeName === undefined) return;
    this.#client.updateStatus({ ...pod, status: nominatedTo('none', pod.status) });
  }

  /** Says in an event and in the condition PodScheduled why the pod has no node. */
  #report(info: PodInfo, { message, nomination, reason }: SchedulingFailure): void {
    const { namespace, name } = info.pod.metadata;
    const pod = this.#client.get('Pod', { namespace, name }) ?? info.pod;
    const event = { type: 'Warning', reason: 'FailedScheduling', message, component: COMPONENT } as const;
    this.#client.recordEvent({ regarding: pod, ...event });
    const next = nominatedTo(nomination, pod.status);
    const present = findCondition(pod.status?.conditions, 'PodScheduled');
    const isSaid = present?.status === 'False' && present.reason === reason && present.message === message;
    if (isSaid && next.nominatedNodeName === pod.status?.nominatedNodeName) return;
    const condition = { type: 'PodScheduled', status: 'False', reason, message };
    const conditions = [...setCondition(pod.status?.conditions, condition, this.#clock.wallMs())];
    this.#client.updateStatus({ ...pod, status: { ...next, conditions } });
  }
}

function nominatedTo(nomination: Nomination, status: Pod['status']): NonNullable<Pod['status']> {
  if (nomination === undefined) return status ?? {};
  const { nominatedNodeName: _before, ...others } = status ?? {};
  return nomination === 'none' ? others : { ...others, nominatedNodeName: nomination.nodeName };
}
