import type { Client } from '../../api/client.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { Node, Service } from '../../objects/types.ts';
import { computeServiceRules, type ServiceRules } from '../compute-rules.ts';
import { listSlicesOf, serviceKeyOf } from '../service-slices.ts';

/** Keeps the rules of every service and computes only those again whose service or endpoints have changed. */
export class ServiceRulesCache {
  readonly #client: Client;
  readonly #nodeName: string;
  readonly #dirty = new Set<string>();
  #rules: ReadonlyMap<string, ServiceRules> = new Map();

  constructor(client: Client, nodeName: string) {
    this.#client = client;
    this.#nodeName = nodeName;
  }

  /** Follows the API from now on, and calls back when something may have changed. Returns what stops it. */
  watch(onChange: () => void): () => void {
    const mark = (key: string | undefined) => {
      if (key === undefined) return;
      this.#dirty.add(key);
      onChange();
    };
    const unwatch = [
      this.#client.watch('Service', ({ object }) => mark(keyOf(object))),
      this.#client.watch('EndpointSlice', ({ object, previous }) => {
        mark(serviceKeyOf(object));
        if (previous !== undefined && serviceKeyOf(previous) !== serviceKeyOf(object)) mark(serviceKeyOf(previous));
      }),
      this.#client.watch('Node', ({ object, previous }) => {
        if (object.metadata.name !== this.#nodeName || zoneOf(object) === zoneOf(previous)) return;
        for (const service of this.#client.list('Service')) mark(keyOf(service));
      }),
    ];
    for (const service of this.#client.list('Service')) this.#dirty.add(keyOf(service));
    return () => {
      for (const stop of unwatch) stop();
    };
  }

  /**
   * The rules as of now. The map, and each service in it, is the same object as before when nothing about it has
   * changed.
   */
  current(): ReadonlyMap<string, ServiceRules> {
    const changes = [...this.#dirty]
      .map((key) => [key, this.#compute(key)] as const)
      .filter(([key, rules]) => !jsonEqual(rules, this.#rules.get(key)));
    this.#dirty.clear();
    if (changes.length === 0) return this.#rules;
    const next = new Map(this.#rules);
    for (const [key, rules] of changes) {
      if (rules === undefined) next.delete(key);
      else next.set(key, rules);
    }
    this.#rules = next;
    return next;
  }

  #compute(key: string): ServiceRules | undefined {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#client.get('Service', { namespace, name });
    if (service === undefined) return undefined;
    const slices = listSlicesOf(this.#client, namespace, name);
    const zone = zoneOf(this.#client.get('Node', { name: this.#nodeName }));
    return computeServiceRules({ service, slices, nodeName: this.#nodeName, zone });
  }
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The zone that the node says it is in; endpoints may be meant for it. */
function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.['topology.kubernetes.io/zone'];
}
