import type { Client } from '../api/client.ts';
import type { EndpointSlice } from '../objects/types.ts';

/**
 * "EndpointSlices … use the label kubernetes.io/service-name" to say whose they are; the registry looks them up by it.
 */
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The slices of one service. */
export function listSlicesOf(client: Client, namespace: string, name: string): readonly EndpointSlice[] {
  return client.list('EndpointSlice', { namespace, labelSelector: `${SERVICE_NAME_LABEL}=${name}` });
}

/** The service that a slice belongs to, as `namespace/name`. */
export function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME_LABEL];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}
