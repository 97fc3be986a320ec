import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { EndpointSlice, Endpoints, Service } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './compute-endpoint-slices.ts';
import { computeMirroredSlices, MIRRORED_BY, type MirrorAction } from './compute-mirrored-slices.ts';

/** Copies Endpoints that somebody has written for a service without a selector into EndpointSlices, by which everything is routed. */
export class EndpointSliceMirroringController implements Controller {
  readonly name = 'endpointslicemirroring-controller';
  readonly watches: readonly ControllerWatch[] = [
    { kind: 'Endpoints', keysOf: (endpoints) => [keyOf(endpoints)] },
    { kind: 'Service', keysOf: keysOfService },
    { kind: 'EndpointSlice', keysOf: keysOfSlice },
  ];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
  }

  reconcile(key: string): ReconcileResult {
    const { namespace = '', name } = parseKey(key);
    const endpoints = this.#client.get('Endpoints', { namespace, name });
    const service = this.#client.get('Service', { namespace, name });
    const slices = this.#client.list('EndpointSlice', {
      namespace,
      // The label that says most comes last: by it the registry looks them up.
      labelSelector: `${MANAGED_BY_LABEL}=${MIRRORED_BY},${SERVICE_NAME_LABEL}=${name}`,
    });
    try {
      for (const action of computeMirroredSlices({ endpoints, service, slices })) this.#apply(endpoints, action);
    } catch (error) {
      if (isApiError(error) && isNamespaceTerminating(error)) return {};
      throw error;
    }
    return {};
  }

  #apply(regarding: Endpoints | undefined, action: MirrorAction): void {
    switch (action.type) {
      case 'createSlice':
        this.#client.create(action.object);
        return;
      case 'updateSlice':
        this.#client.update(action.slice);
        return;
      case 'deleteSlice':
        this.#client.delete(referenceTo(action.slice));
        return;
      case 'reportTooMany': {
        if (regarding === undefined) return;
        const what = 'A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset.';
        const message = `${what} ${action.skipped} addresses were skipped`;
        const component = 'endpoint-slice-mirroring-controller';
        this.#client.recordEvent({ regarding, type: 'Warning', reason: action.reason, message, component });
      }
    }
  }
}

/** A service counts while it has no selector, and when it gets one or loses it. */
function keysOfService(service: Service, previous: Service | undefined): readonly string[] {
  const hasSelector = ({ spec }: Service) => Object.keys(spec?.selector ?? {}).length > 0;
  return hasSelector(service) && (previous === undefined || hasSelector(previous)) ? [] : [keyOf(service)];
}

/** The Endpoints that a slice is a copy of, and those that it was one of. */
function keysOfSlice(slice: EndpointSlice, previous: EndpointSlice | undefined): readonly string[] {
  const keys = [slice, ...(previous === undefined ? [] : [previous])]
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === MIRRORED_BY)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME_LABEL]}`);
  return [...new Set(keys)];
}
