import type { Client } from '../api/client.ts';
import type { StoredObject } from '../objects/types.ts';
import { applicationOf, fieldManagerOf, type ObjectId } from '../plan/index.ts';

/** Applications that own fields of an object. */
export function listOwners({ metadata }: StoredObject): readonly string[] {
  return (metadata.managedFields ?? []).flatMap(({ manager, operation }) =>
    operation === 'Apply' ? (applicationOf(manager ?? '') ?? []) : [],
  );
}

/**
 * Ends what an application owns of an object that lives on under another one: "if you remove a field from a manifest
 * and apply it, server-side apply checks whether any other field manager owns it; if not, it is deleted" (Server-Side
 * Apply), here for all fields at once.
 */
export function releaseObject(client: Client, application: string, id: ObjectId): StoredObject {
  const { apiVersion, kind, name, namespace } = id;
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return client.apply({ apiVersion, kind, metadata }, { fieldManager: fieldManagerOf(application) }).object;
}
