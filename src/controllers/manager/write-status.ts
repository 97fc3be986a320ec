import type { Client } from '../../api/client.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { KindTypes, KnownKind } from '../../objects/types.ts';

/**
 * Writes the status unless it is what the object says already; so a controller that its own write wakes up comes to
 * rest. Returns whether it wrote. Inside a reconcile nobody else can have written in between, so the object may be an
 * older version of itself.
 */
export function writeStatus<T extends KindTypes[KnownKind] & { readonly status?: unknown }>(
  client: Client,
  object: T,
  status: T['status'],
): boolean {
  if (jsonEqual(object.status, status)) return false;
  const { resourceVersion: _version, ...metadata } = object.metadata;
  client.updateStatus({ ...object, metadata, status });
  return true;
}
