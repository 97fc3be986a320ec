import type { StoredObject } from '../types.ts';
import { type FieldsTree, unionTrees } from './fields-tree.ts';
import { type ManagedFieldsEntry, readManagedFields, sealEntries } from './managed-fields.ts';

/**
 * The object with what other managers have applied of it in the hands of one, as if that one had applied it: what it
 * does not apply any more then goes by the same apply. Returns the object itself where there is nothing to inherit.
 */
export function inheritFields(
  object: StoredObject,
  manager: string,
  isInherited: (manager: string) => boolean,
): StoredObject {
  const isHanded = (entry: ManagedFieldsEntry) => isApplied(entry) && isInherited(entry.manager ?? '');
  if (!(object.metadata.managedFields ?? []).some(isHanded)) return object;
  const owned = readManagedFields(object);
  const joined = owned.filter(({ entry }) => isHanded(entry) || (isApplied(entry) && entry.manager === manager));
  const [first] = joined;
  const fields = joined.reduce<FieldsTree | undefined>((all, one) => unionTrees(all, one.fields), undefined);
  const others = owned.filter((one) => !joined.includes(one)).map(({ entry }) => entry);
  const entry = { ...first?.entry, manager, ...(fields === undefined ? {} : { fieldsV1: fields }) };
  const managedFields = sealEntries([...others, entry], undefined);
  return { ...object, metadata: { ...object.metadata, ...(managedFields === undefined ? {} : { managedFields }) } };
}

function isApplied({ operation, subresource }: ManagedFieldsEntry): boolean {
  return operation === 'Apply' && (subresource ?? '') === '';
}
