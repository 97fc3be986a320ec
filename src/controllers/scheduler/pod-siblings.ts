import type { Client } from '../../api/client.ts';
import { controllerOf, type LabelSelector, type Labels, matchesLabels } from '../../objects/index.ts';
import type { Pod, Service } from '../../objects/types.ts';
import { type PodSelection, spreadSelectionOf } from '../../scheduler/index.ts';

/** Selections that are kept at most. */
const MAX_SELECTIONS = 1_000;

/**
 * Which pods belong together by their Services and their controller, for the spread that Kubernetes gives them without
 * being asked: "Services, ReplicationControllers, ReplicaSets and StatefulSets match the pod, so they won't have
 * conflicting labels, and merging is safe" (helper.DefaultSelector).
 */
export class PodSiblings {
  readonly #client: Client;
  /**
   * Selectors of a namespace's Services, by the first pair that their pods have; emptied when one of the Services
   * changes.
   */
  readonly #services = new Map<string, ReadonlyMap<string, readonly Labels[]>>();
  readonly #selections = new Map<string, PodSelection>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Has to be told of each change of a Service. */
  onService({ metadata }: Service): void {
    this.#services.delete(metadata.namespace ?? '');
  }

  selectionFor(pod: Pod): PodSelection | undefined {
    const { namespace = '', labels } = pod.metadata;
    if (labels === undefined) return undefined;
    const matchLabels = Object.assign({}, ...this.#serviceSelectors(namespace, labels)) as Labels;
    const owner = this.#ownerSelector(pod);
    const selector: LabelSelector = {
      matchLabels: { ...matchLabels, ...owner?.matchLabels },
      ...(owner?.matchExpressions === undefined ? {} : { matchExpressions: owner.matchExpressions }),
    };
    const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
    if (isEmpty) return undefined;
    const key = JSON.stringify([namespace, selector]);
    const known = this.#selections.get(key);
    if (known !== undefined) return known;
    if (this.#selections.size >= MAX_SELECTIONS) this.#selections.clear();
    const selection = spreadSelectionOf(namespace, selector);
    this.#selections.set(key, selection);
    return selection;
  }

  #serviceSelectors(namespace: string, labels: Labels): readonly Labels[] {
    const byPair = this.#services.get(namespace) ?? this.#readServices(namespace);
    if (byPair.size === 0) return [];
    const near = Object.entries(labels).flatMap(([key, value]) => byPair.get(`${key}=${value}`) ?? []);
    return near.filter((selector) => matchesLabels(selector, labels));
  }

  #readServices(namespace: string): ReadonlyMap<string, readonly Labels[]> {
    const byPair = new Map<string, Labels[]>();
    for (const { spec } of this.#client.list('Service', { namespace })) {
      const [pair] = Object.entries(spec?.selector ?? {});
      if (pair === undefined || spec?.selector === undefined) continue;
      const key = `${pair[0]}=${pair[1]}`;
      const selectors = byPair.get(key);
      if (selectors === undefined) byPair.set(key, [spec.selector]);
      else selectors.push(spec.selector);
    }
    this.#services.set(namespace, byPair);
    return byPair;
  }

  #ownerSelector(pod: Pod): LabelSelector | undefined {
    const owner = controllerOf(pod);
    if (owner === undefined) return undefined;
    const name = { namespace: pod.metadata.namespace ?? '', name: owner.name };
    switch (owner.kind) {
      case 'ReplicaSet':
        return this.#client.get('ReplicaSet', name)?.spec?.selector;
      case 'StatefulSet':
        return this.#client.get('StatefulSet', name)?.spec?.selector;
      case 'ReplicationController': {
        const matchLabels = this.#client.get('ReplicationController', name)?.spec?.selector;
        return matchLabels === undefined ? undefined : { matchLabels };
      }
      default:
        return undefined;
    }
  }
}
