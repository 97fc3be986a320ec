import { isJsonObject } from '../../lib/json.ts';

/**
 * As kubectl shows objects: without `metadata.managedFields`, which is longer than everything else and for machines.
 */
export function withoutManagedFields(object: object): object {
  const { metadata } = object as { readonly metadata?: unknown };
  if (!isJsonObject(metadata)) return object;
  const { managedFields: _managedFields, ...kept } = metadata;
  return { ...object, metadata: kept };
}
