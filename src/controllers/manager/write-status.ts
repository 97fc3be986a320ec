import type { Client } from '../../api/client.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { StoredMeta } from '../../objects/types.ts';

interface StatusCarrier {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
  readonly status?: unknown;
}

/**
 * Writes the status unless it is what the object says already; so a controller that its own write wakes up comes to
 * rest. Returns whether it wrote. Inside a reconcile nobody else can have written in between, so the object may be an
 * older version of itself.
 */
export function writeStatus<T extends StatusCarrier>(client: Client, object: T, status: T['status']): boolean {
  if (jsonEqual(object.status, status)) return false;
  const { resourceVersion: _version, ...metadata } = object.metadata;
  client.updateStatus({ apiVersion: object.apiVersion, kind: object.kind, metadata, status });
  return true;
}
