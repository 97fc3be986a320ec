import type { Client } from '../../api/client.ts';
import type { EndpointSlice, ObjectMeta, Service } from '../../objects/types.ts';
import { referenceTo } from '../manager/object-key.ts';

/** What both controllers of EndpointSlices go by: which service a slice is of, and which of the two writes it. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

/** A slice that is to be created. */
export type SliceDraft = Omit<EndpointSlice, 'metadata'> & { readonly metadata: ObjectMeta };

export type SliceWrite =
  | { readonly type: 'createSlice'; readonly object: SliceDraft; readonly reason: 'NewEndpoints' }
  | { readonly type: 'updateSlice'; readonly slice: EndpointSlice; readonly reason: 'EndpointsChanged' }
  | { readonly type: 'deleteSlice'; readonly slice: EndpointSlice; readonly reason: 'NoEndpoints' };

export function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0;
}

export interface SliceSelection {
  readonly managedBy: string;
  readonly namespace: string;
  readonly name: string;
}

/** The slices of a service that one of the controllers writes. */
export function listManagedSlices(
  client: Client,
  { managedBy, namespace, name }: SliceSelection,
): readonly EndpointSlice[] {
  // The label that says most comes last: by it the registry looks them up.
  const labelSelector = `${MANAGED_BY_LABEL}=${managedBy},${SERVICE_NAME_LABEL}=${name}`;
  return client.list('EndpointSlice', { namespace, labelSelector });
}

/**
 * The service that a slice of one of the controllers belongs to, and the one that it belonged to while it was that
 * controller's.
 */
export function servicesOfSlice(
  managedBy: string,
  slice: EndpointSlice,
  previous: EndpointSlice | undefined,
): readonly string[] {
  const keys = [slice, ...(previous === undefined ? [] : [previous])]
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === managedBy)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME_LABEL]}`);
  return [...new Set(keys)];
}

export function writeSlice(client: Client, write: SliceWrite): void {
  switch (write.type) {
    case 'createSlice':
      client.create(write.object);
      return;
    case 'updateSlice':
      client.update(write.slice);
      return;
    case 'deleteSlice':
      client.delete(referenceTo(write.slice));
  }
}
