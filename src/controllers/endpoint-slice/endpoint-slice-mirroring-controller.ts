import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { Endpoints, Service } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey } from '../manager/object-key.ts';
import {
  ADDRESSES_PER_SUBSET,
  computeMirroredSlices,
  MIRRORED_BY,
  type MirrorAction,
} from './compute-mirrored-slices.ts';
import { hasSelector, listManagedSlices, servicesOfSlice, writeSlice } from './managed-slices.ts';

/**
 * Copies Endpoints that somebody has written for a service without a selector into EndpointSlices, by which everything
 * is routed.
 */
export class EndpointSliceMirroringController implements Controller {
  readonly name = 'endpointslicemirroring-controller';
  readonly watches: readonly ControllerWatch[] = [
    { kind: 'Endpoints', keysOf: (endpoints) => [keyOf(endpoints)] },
    { kind: 'Service', keysOf: keysOfService },
    { kind: 'EndpointSlice', keysOf: (slice, previous) => servicesOfSlice(MIRRORED_BY, slice, previous) },
  ];
  readonly #client: Client;

  constructor({ client }: ControllerContext) {
    this.#client = client;
  }

  reconcile(key: string): ReconcileResult {
    const { namespace = '', name } = parseKey(key);
    const endpoints = this.#client.get('Endpoints', { namespace, name });
    const service = this.#client.get('Service', { namespace, name });
    const slices = listManagedSlices(this.#client, { managedBy: MIRRORED_BY, namespace, name });
    try {
      for (const action of computeMirroredSlices({ endpoints, service, slices })) this.#apply(endpoints, action);
    } catch (error) {
      if (isApiError(error) && isNamespaceTerminating(error)) return {};
      throw error;
    }
    return {};
  }

  #apply(regarding: Endpoints | undefined, action: MirrorAction): void {
    if (action.type !== 'reportTooMany') return writeSlice(this.#client, action);
    if (regarding === undefined) return;
    const what = `A max of ${ADDRESSES_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset.`;
    const message = `${what} ${action.skipped} addresses were skipped`;
    const component = 'endpoint-slice-mirroring-controller';
    this.#client.recordEvent({ regarding, type: 'Warning', reason: action.reason, message, component });
  }
}

/** A service counts while it has no selector, and when it gets one or loses it. */
function keysOfService(service: Service, previous: Service | undefined): readonly string[] {
  return hasSelector(service) && (previous === undefined || hasSelector(previous)) ? [] : [keyOf(service)];
}
