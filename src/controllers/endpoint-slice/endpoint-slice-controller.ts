import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import { formatLabelSelector, matchesLabels } from '../../objects/index.ts';
import type { Pod, Service } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import {
  computeEndpointSlices,
  hasManagedSlices,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
  type SliceAction,
} from './compute-endpoint-slices.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Keeps the EndpointSlices of services with a selector. They go with their service through the garbage collector. */
export class EndpointSliceController implements Controller {
  readonly name = 'endpointslice-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
    this.watches = [
      { kind: 'Service', keysOf: (service) => [keyOf(service)] },
      { kind: 'Pod', keysOf: (pod, previous) => this.#servicesOf(pod, previous) },
      {
        kind: 'EndpointSlice',
        keysOf: ({ metadata }) => {
          const service = metadata.labels?.[SERVICE_NAME_LABEL];
          const isOurs = metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
          return service !== undefined && isOurs ? [`${metadata.namespace}/${service}`] : [];
        },
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const service = this.#client.get('Service', parseKey(key));
    if (service === undefined) return {};
    const namespace = service.metadata.namespace ?? '';
    const pods = this.#client.list('Pod', {
      namespace,
      labelSelector: formatLabelSelector({ matchLabels: service.spec?.selector }),
    });
    const slices = this.#client.list('EndpointSlice', {
      namespace,
      // The label that says most comes last: by it the registry looks them up.
      labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY},${SERVICE_NAME_LABEL}=${service.metadata.name}`,
    });
    try {
      for (const action of computeEndpointSlices({ service, pods, slices, zones: this.#zonesOf(pods) })) {
        this.#apply(action);
      }
    } catch (error) {
      if (isApiError(error) && isNamespaceTerminating(error)) return {};
      throw error;
    }
    return {};
  }

  #apply(action: SliceAction): void {
    if (action.type === 'createSlice') this.#client.create(action.object);
    else if (action.type === 'updateSlice') this.#client.update(action.slice);
    else this.#client.delete(referenceTo(action.slice));
  }

  #zonesOf(pods: readonly Pod[]): ReadonlyMap<string, string> {
    const zones = new Map<string, string>();
    for (const name of new Set(pods.map((pod) => pod.spec?.nodeName ?? ''))) {
      const zone = name === '' ? undefined : this.#client.get('Node', { name })?.metadata.labels?.[ZONE_LABEL];
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
}
