import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import { formatLabelSelector, isConditionTrue, matchesLabels } from '../../objects/index.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import { isServedAlike } from '../pods/pod-changes.ts';
import { computeEndpointSlices, hasManagedSlices, MANAGED_BY, type SliceAction } from './compute-endpoint-slices.ts';
import { isTopologyAware } from './compute-hints.ts';
import { listManagedSlices, servicesOfSlice, writeSlice } from './managed-slices.ts';
import { allocatableCpu, zoneOf, zoneSharesOf } from './zone-shares.ts';

/** Keeps the EndpointSlices of services with a selector. They go with their service through the garbage collector. */
export class EndpointSliceController implements Controller {
  readonly name = 'endpointslice-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  /** Whether the endpoints of a service are shared out among zones, by its key: what was reported of it last. */
  readonly #hinted = new Map<string, boolean>();

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      { kind: 'Service', keysOf: (service) => [keyOf(service)] },
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) =>
          change === 'modified' && isServedAlike(pod, previous) ? [] : this.#servicesOf(pod, previous),
      },
      { kind: 'EndpointSlice', keysOf: (slice, previous) => servicesOfSlice(MANAGED_BY, slice, previous) },
      {
        kind: 'Node',
        keysOf: (node, previous, change) => this.#servicesAfter(node, change === 'modified' ? previous : undefined),
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const service = this.#client.get('Service', parseKey(key));
    if (service === undefined) {
      this.#hinted.delete(key);
      return {};
    }
    const namespace = service.metadata.namespace ?? '';
    const pods = this.#client.list('Pod', {
      namespace,
      labelSelector: formatLabelSelector({ matchLabels: service.spec?.selector }),
    });
    const slices = listManagedSlices(this.#client, { managedBy: MANAGED_BY, namespace, name: service.metadata.name });
    const zones = this.#zonesOf(pods);
    const isShared = isTopologyAware(service);
    const zoneShares = isShared ? zoneSharesOf(this.#client.list('Node')) : undefined;
    // After a start hints that are there tell that they were reported before.
    const wasHinted = this.#hinted.get(key) ?? (isShared && slices.some(hasHints));
    if (isShared) this.#hinted.set(key, wasHinted);
    try {
      for (const action of computeEndpointSlices({ service, pods, slices, zones, zoneShares, wasHinted })) {
        this.#apply(service, action);
      }
    } catch (error) {
      if (isApiError(error) && isNamespaceTerminating(error)) return {};
      throw error;
    }
    return {};
  }

  #apply(service: Service, action: SliceAction): void {
    if (action.type !== 'reportHints') return writeSlice(this.#client, action);
    const { eventType: type, reason, message } = action;
    this.#hinted.set(keyOf(service), reason === 'TopologyAwareHintsEnabled');
    this.#client.recordEvent({ regarding: service, type, reason, message, component: 'endpoint-slice-controller' });
  }

  #zonesOf(pods: readonly Pod[]): ReadonlyMap<string, string> {
    const zones = new Map<string, string>();
    for (const name of new Set(pods.map((pod) => pod.spec?.nodeName ?? ''))) {
      const node = name === '' ? undefined : this.#client.get('Node', { name });
      const zone = node === undefined ? undefined : zoneOf(node);
      if (zone !== undefined) zones.set(name, zone);
    }
    return zones;
  }

  /** Services that select the pod now or did before. */
  #servicesOf(pod: Pod, previous: Pod | undefined): readonly string[] {
    const namespace = pod.metadata.namespace ?? '';
    const selects = (service: Service) =>
      hasManagedSlices(service) &&
      (matchesLabels(service.spec?.selector, pod.metadata.labels) ||
        (previous !== undefined && matchesLabels(service.spec?.selector, previous.metadata.labels)));
    return this.#client.list('Service', { namespace }).filter(selects).map(keyOf);
  }

  /**
   * Services with pods on a node whose zone is another one now, and those that are shared out among zones by what their
   * nodes can do.
   */
  #servicesAfter(node: Node, previous: Node | undefined): readonly string[] {
    const isMoved = previous !== undefined && zoneOf(node) !== zoneOf(previous);
    const isOther =
      previous === undefined ||
      isMoved ||
      allocatableCpu(node) !== allocatableCpu(previous) ||
      isReady(node) !== isReady(previous);
    if (!isOther) return [];
    const onNode = isMoved ? this.#client.list('Pod', { fieldSelector: `spec.nodeName=${node.metadata.name}` }) : [];
    const shared = this.#client.list('Service').filter(isTopologyAware).map(keyOf);
    return [...new Set([...onNode.flatMap((pod) => this.#servicesOf(pod, undefined)), ...shared])];
  }
}

function hasHints({ endpoints }: EndpointSlice): boolean {
  return endpoints.some(({ hints }) => hints !== undefined);
}

function isReady(node: Node): boolean {
  return isConditionTrue(node.status?.conditions, 'Ready');
}
