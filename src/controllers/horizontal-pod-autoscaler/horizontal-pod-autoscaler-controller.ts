import { isApiError } from '../../api/api-error.ts';
import type { Client, ObjectReference } from '../../api/client.ts';
import { type MetricAsk, PENDING } from '../../api/metrics.ts';
import type { Clock } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import {
  findKind,
  formatLabelSelector,
  type LabelSelector,
  matcherOfSelector,
  SelectorError,
} from '../../objects/index.ts';
import type { HorizontalPodAutoscaler, Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import {
  type AutoscalerActions,
  type AutoscalerEvent,
  type AutoscalerSnapshot,
  computeHorizontalPodAutoscaler,
  computeRefusedRescale,
  type TargetScale,
} from './compute-horizontal-pod-autoscaler.ts';
import { isResourceMetric, type MetricSources, readMetric } from './read-metrics.ts';
import { NO_MEMORY, type ScalingMemory } from './scaling-memory.ts';

const COMPONENT = 'horizontal-pod-autoscaler';
/** "--horizontal-pod-autoscaler-sync-period: 15 seconds by default." */
const SYNC_MS = 15_000;

/**
 * Looks at each HorizontalPodAutoscaler when it is made or changed and every 15 seconds after, and scales its target
 * through the `scale` subresource. Without autoscalers it does nothing at all.
 */
export class HorizontalPodAutoscalerController implements Controller {
  readonly name = 'horizontal-pod-autoscaler-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #sources: MetricSources;
  /** By uid. Invariant: only of autoscalers that exist. */
  readonly #memories = new Map<string, ScalingMemory>();
  /** When the metrics of an autoscaler were asked for whose answers are still on their way, by uid; monotonic. */
  readonly #rounds = new Map<string, number>();
  #enqueue: (key: string) => void = () => {};

  constructor({ client, clock, sources }: ControllerContext & { readonly sources: MetricSources }) {
    this.#client = client;
    this.#clock = clock;
    this.#sources = sources;
    this.watches = [
      {
        kind: 'HorizontalPodAutoscaler',
        keysOf: (autoscaler, previous, change) => {
          if (change === 'deleted') this.#forget(autoscaler.metadata.uid);
          const isSame = change === 'modified' && jsonEqual(autoscaler.spec, previous?.spec);
          return isSame ? [] : [keyOf(autoscaler)];
        },
      },
    ];
  }

  listen(enqueue: (key: string) => void): void {
    this.#enqueue = enqueue;
  }

  reconcile(key: string): ReconcileResult {
    const autoscaler = this.#client.get('HorizontalPodAutoscaler', parseKey(key));
    if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return {};
    const isMeasured = this.#isMeasured(autoscaler);
    const snapshot = this.#read(autoscaler);
    // Nothing has been measured of any pod yet, or answers are on their way: that is no failure to be reported.
    if (snapshot === PENDING || (!isMeasured && isInRange(snapshot))) return { requeueAfterMs: SYNC_MS };
    this.#rounds.delete(autoscaler.metadata.uid);
    const actions = computeHorizontalPodAutoscaler(snapshot);
    this.#carryOut(snapshot, actions);
    return { requeueAfterMs: SYNC_MS };
  }

  #forget(uid: string): void {
    this.#memories.delete(uid);
    this.#rounds.delete(uid);
  }

  /** Keeps the measuring of pods going that this autoscaler needs; false while it has only begun. */
  #isMeasured({ spec }: HorizontalPodAutoscaler): boolean {
    const { resource } = this.#sources;
    const isNeeded = (spec?.metrics ?? []).some(isResourceMetric);
    return !isNeeded || resource === undefined || resource.request();
  }

  #read(autoscaler: HorizontalPodAutoscaler): AutoscalerSnapshot | typeof PENDING {
    const namespace = autoscaler.metadata.namespace ?? '';
    const target = this.#targetOf(autoscaler);
    const pods = 'failure' in target ? [] : this.#podsOf(namespace, target);
    const readings = this.#readMetrics(autoscaler, target, pods);
    if (readings === PENDING) return PENDING;
    return {
      autoscaler,
      target,
      pods,
      readings,
      rivals: 'failure' in target ? [] : this.#rivalsOf(autoscaler, pods),
      memory: this.#memories.get(autoscaler.metadata.uid) ?? NO_MEMORY,
      nowMs: this.#clock.wallMs(),
      monotonicMs: this.#clock.monotonicMs(),
    };
  }

  /** Each metric once in a round: answers that came since its start count, however long the others take. */
  #readMetrics(
    autoscaler: HorizontalPodAutoscaler,
    target: TargetScale | { readonly failure: string },
    pods: readonly Pod[],
  ): AutoscalerSnapshot['readings'] | typeof PENDING {
    if ('failure' in target || !isInRange({ autoscaler, target })) return [];
    const { uid, namespace = '' } = autoscaler.metadata;
    const sinceMs = this.#rounds.get(uid) ?? this.#clock.monotonicMs();
    const ask: MetricAsk = { sinceMs, onAnswer: () => this.#enqueue(keyOf(autoscaler)) };
    const measured = { namespace, pods, podSelector: target.selector };
    const metrics = autoscaler.spec?.metrics ?? [];
    const readings = metrics.map((spec) => readMetric(this.#sources, spec, measured, ask));
    const known = readings.filter((reading) => reading !== PENDING);
    if (known.length === readings.length) return known;
    this.#rounds.set(uid, sinceMs);
    return PENDING;
  }

  #podsOf(namespace: string, { selector }: TargetScale): readonly Pod[] {
    return selector === '' ? [] : this.#client.list('Pod', { namespace, labelSelector: selector });
  }

  #targetOf(autoscaler: HorizontalPodAutoscaler): TargetScale | { readonly failure: string } {
    const found = this.#scaleOf(autoscaler);
    if ('failure' in found) return found;
    try {
      return { ...found, selector: formatLabelSelector(found.selector) };
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      return { failure: error.message };
    }
  }

  /** Anything with a `scale` subresource. */
  #scaleOf(autoscaler: HorizontalPodAutoscaler): FoundScale | { readonly failure: string } {
    const reference = targetReference(autoscaler);
    const info = findKind(reference.apiVersion, reference.kind);
    if (info === undefined) {
      return {
        failure: `no matches for kind "${reference.kind}" in group "${reference.apiVersion.replace(/\/?v\w+$/, '')}"`,
      };
    }
    const qualified = info.group === '' ? info.plural : `${info.plural}.${info.group}`;
    if (!info.hasScale) return { failure: 'the server could not find the requested resource' };
    const object = this.#client.getObject(reference);
    if (object === undefined) return { failure: `${qualified} "${reference.name}" not found` };
    const spec = object['spec'] as { readonly replicas?: number; readonly selector?: object } | undefined;
    const status = object['status'] as { readonly replicas?: number } | undefined;
    const selector = info.kind === 'ReplicationController' ? { matchLabels: spec?.selector ?? {} } : spec?.selector;
    return {
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: selector as LabelSelector | undefined,
    };
  }

  /** "The HPA controller checks that a pod is not controlled by several autoscalers" (AmbiguousSelector). */
  #rivalsOf(autoscaler: HorizontalPodAutoscaler, pods: readonly Pod[]): readonly string[] {
    const rivals = this.#client
      .list('HorizontalPodAutoscaler', { namespace: autoscaler.metadata.namespace ?? '' })
      .filter((other) => other.metadata.uid !== autoscaler.metadata.uid && this.#selectsAny(other, pods));
    return rivals.length === 0 ? [] : [autoscaler, ...rivals].map(keyOf).sort();
  }

  /** Whether the target of an autoscaler has some of these pods of its namespace. */
  #selectsAny(autoscaler: HorizontalPodAutoscaler, pods: readonly Pod[]): boolean {
    const found = this.#scaleOf(autoscaler);
    if ('failure' in found) return false;
    const matches = matcherOfSelector(found.selector);
    return pods.some(({ metadata }) => matches(metadata.labels));
  }

  #carryOut(snapshot: AutoscalerSnapshot, actions: AutoscalerActions): void {
    const { autoscaler } = snapshot;
    const outcome = this.#rescale(snapshot, actions);
    this.#memories.set(autoscaler.metadata.uid, outcome === actions ? actions.memory : snapshot.memory);
    for (const event of outcome.events) this.#record(autoscaler, event);
    writeStatus(this.#client, autoscaler, outcome.status);
  }

  /** What there is to say afterwards: as was computed, or that the target has refused. */
  #rescale(snapshot: AutoscalerSnapshot, actions: AutoscalerActions): Pick<AutoscalerActions, 'events' | 'status'> {
    const { rescale } = actions;
    if (rescale === undefined) return actions;
    const patch = { spec: { replicas: rescale.to } };
    try {
      this.#client.patch(targetReference(snapshot.autoscaler), 'merge', patch, { subresource: 'scale' });
      return actions;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return computeRefusedRescale(snapshot, actions, error.message);
    }
  }

  #record(autoscaler: HorizontalPodAutoscaler, event: AutoscalerEvent): void {
    this.#client.recordEvent({ regarding: autoscaler, component: COMPONENT, ...event });
  }
}

interface FoundScale extends Omit<TargetScale, 'selector'> {
  readonly selector: LabelSelector | undefined;
}

function targetReference({ metadata, spec }: HorizontalPodAutoscaler): ObjectReference {
  const { apiVersion = 'v1', kind = '', name = '' } = spec?.scaleTargetRef ?? {};
  return { apiVersion, kind, name, namespace: metadata.namespace };
}

/** Whether the metrics have a say: outside of its bounds the target is scaled without them. */
function isInRange({ autoscaler, target }: Pick<AutoscalerSnapshot, 'autoscaler' | 'target'>): boolean {
  if ('failure' in target) return false;
  const { minReplicas = 1, maxReplicas = minReplicas } = autoscaler.spec ?? {};
  return target.replicas >= minReplicas && target.replicas <= maxReplicas;
}
