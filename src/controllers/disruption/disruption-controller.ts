import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  controllerOf,
  findCondition,
  findKind,
  formatLabelSelector,
  matcherOfSelector,
  type OwnerReference,
  SelectorError,
} from '../../objects/index.ts';
import type { Pod, PodDisruptionBudget, StoredObject } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import {
  type BudgetSnapshot,
  type BudgetStatus,
  computeDisruptionBudget,
  computeFailedBudget,
} from './compute-disruption-budget.ts';

interface OwnerScale {
  readonly uid: string;
  readonly replicas: number;
}

const UNKNOWN_COUNT = 'Failed to calculate the number of expected pods';

/** Says of each budget how many of its pods may be evicted now. */
export class DisruptionController implements Controller {
  readonly name = 'disruption-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  /** Uids of the budgets that had pods when they were looked at last. */
  readonly #withPods = new Set<string>();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    const ofNamespace = (object: StoredObject | { readonly metadata: { readonly namespace?: string } }) =>
      client.list('PodDisruptionBudget', { namespace: object.metadata.namespace ?? '' }).map(keyOf);
    this.watches = [
      {
        kind: 'PodDisruptionBudget',
        keysOf: (budget, _previous, change) => {
          if (change === 'deleted') this.#withPods.delete(budget.metadata.uid);
          return [keyOf(budget)];
        },
      },
      { kind: 'Pod', keysOf: (pod, previous) => this.#budgetsOf(pod, previous) },
      // Their scale is what percentages are taken of.
      { kind: 'Deployment', keysOf: (object, previous) => (isScaled(object, previous) ? ofNamespace(object) : []) },
      { kind: 'ReplicaSet', keysOf: (object, previous) => (isScaled(object, previous) ? ofNamespace(object) : []) },
      { kind: 'StatefulSet', keysOf: (object, previous) => (isScaled(object, previous) ? ofNamespace(object) : []) },
      {
        kind: 'ReplicationController',
        keysOf: (object, previous) => (isScaled(object, previous) ? ofNamespace(object) : []),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const budget = this.#client.get('PodDisruptionBudget', parseKey(key));
    if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return {};
    const nowMs = this.#clock.wallMs();
    const pods = this.#podsOf(budget);
    if ('failure' in pods) {
      const status = computeFailedBudget({ budget, nowMs }, pods.failure);
      writeStatus(this.#client, budget, status);
      this.#reportFailure(budget, status, 'NoPods', 'Failed to get pods');
      return {};
    }
    const status = computeDisruptionBudget({ budget, pods, scale: this.#scaleOf(pods), nowMs });
    writeStatus(this.#client, budget, status);
    this.#reportNone(budget, pods);
    this.#reportFailure(budget, status, 'CalculateExpectedPodCountFailed', UNKNOWN_COUNT);
    this.#reportUnmanaged(budget, pods);
    return {};
  }

  /**
   * "No matching pods found", each time that this is news; after a restart the status says whether it was so before.
   */
  #reportNone(budget: PodDisruptionBudget, pods: readonly Pod[]): void {
    const { metadata, status } = budget;
    if (pods.length > 0) {
      this.#withPods.add(metadata.uid);
      return;
    }
    const hadPods = this.#withPods.delete(metadata.uid);
    if (!hadPods && status?.observedGeneration === metadata.generation && status?.expectedPods === 0) return;
    const message = 'No matching pods found';
    const event = { type: 'Normal', reason: 'NoPods', message, component: 'controllermanager' } as const;
    this.#client.recordEvent({ regarding: budget, ...event });
  }

  /** That nothing can be told of the pods, each time that this is news. */
  #reportFailure(budget: PodDisruptionBudget, { conditions }: BudgetStatus, reason: string, what: string): void {
    const failed = syncFailure(conditions);
    if (failed === undefined || failed === syncFailure(budget.status?.conditions)) return;
    const event = { type: 'Warning', reason, message: `${what}: ${failed}` } as const;
    this.#client.recordEvent({ regarding: budget, ...event, component: 'controllermanager' });
  }

  /** A number of available pods needs no controllers; everything else is reckoned from what they want. */
  #reportUnmanaged(budget: PodDisruptionBudget, pods: readonly Pod[]): void {
    const { minAvailable, selector } = budget.spec ?? {};
    if (typeof minAvailable === 'number' || pods.every((pod) => controllerOf(pod) !== undefined)) return;
    const message =
      `Pods selected by this PodDisruptionBudget (selector: ${formatLabelSelector(selector ?? {})}) were found to be unmanaged. ` +
      'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    const event = { type: 'Warning', reason: 'UnmanagedPods', message, component: 'controllermanager' } as const;
    this.#client.recordEvent({ regarding: budget, ...event });
  }

  /**
   * "An empty selector ({}) selects all pods in the namespace; a null one selects none" (policy/v1). One that cannot be
   * read was let in by another version of Berth.
   */
  #podsOf({ metadata, spec }: PodDisruptionBudget): readonly Pod[] | { readonly failure: string } {
    if (spec?.selector === undefined) return [];
    const namespace = metadata.namespace ?? '';
    try {
      return this.#client.list('Pod', { namespace, labelSelector: formatLabelSelector(spec.selector) });
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      return { failure: error.message };
    }
  }

  #budgetsOf(pod: Pod, previous: Pod | undefined): readonly string[] {
    const budgets = this.#client.list('PodDisruptionBudget', { namespace: pod.metadata.namespace ?? '' });
    return budgets
      .filter(({ spec }) => {
        const matches = spec?.selector === undefined ? () => false : matcherOfSelector(spec.selector);
        return matches(pod.metadata.labels) || (previous !== undefined && matches(previous.metadata.labels));
      })
      .map(keyOf);
  }

  /**
   * "The sum of the scales of the distinct controllers of the pods"; "we allow PDBs to be applied to pods via
   * selectors, so there can be unmanaged pods": those are left out (getExpectedScale).
   */
  #scaleOf(pods: readonly Pod[]): BudgetSnapshot['scale'] {
    const scales = new Map<string, number>();
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (owner === undefined) continue;
      const info = findKind(owner.apiVersion, owner.kind);
      if (info?.hasScale === false) {
        return { failure: `${info.plural}.${info.group} does not implement the scale subresource` };
      }
      const found = this.#scaleOfOwner(pod.metadata.namespace ?? '', owner);
      if (found === undefined) return { failure: `found no controllers for pod "${pod.metadata.name}"` };
      scales.set(found.uid, found.replicas);
    }
    return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  }

  /** A ReplicaSet of a Deployment stands for the Deployment. */
  #scaleOfOwner(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): OwnerScale | undefined {
    const info = findKind(apiVersion, kind);
    const owner = info && this.#client.getObject({ apiVersion, kind, name, ...(info.namespaced ? { namespace } : {}) });
    if (owner === undefined || owner.metadata.uid !== uid || info?.hasScale !== true) return undefined;
    const above = controllerOf(owner);
    const parent = above === undefined ? undefined : this.#scaleOfOwner(namespace, above);
    return parent ?? { uid, replicas: (owner['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1 };
  }
}

function syncFailure(conditions: BudgetStatus['conditions']): string | undefined {
  const condition = findCondition(conditions, 'DisruptionAllowed');
  return condition?.reason === 'SyncFailed' ? condition.message : undefined;
}

function isScaled(
  object: { readonly spec?: { readonly replicas?: number } | undefined },
  previous: { readonly spec?: { readonly replicas?: number } | undefined } | undefined,
): boolean {
  return object.spec?.replicas !== previous?.spec?.replicas;
}
