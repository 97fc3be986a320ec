import type { StoredObject } from '../types.ts';
import { type FieldsTree, newNode, subtractTrees, unionTrees, WHOLE } from './fields-tree.ts';
import { type ManagedFieldsEntry, readManagedFields, sealEntries, withFields } from './managed-fields.ts';

/**
 * What one manager takes over from another: everything that it owns but for some fields, each as the names that lead to
 * it, with what is below.
 */
export interface Inheritance {
  readonly except: readonly (readonly string[])[];
}

/** Who owns fields of the object itself, and how that came. */
export interface FieldOwner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
}

/** `undefined`: nothing. */
export type Inherits = (owner: FieldOwner) => Inheritance | undefined;

/**
 * The object with what other managers have set of it in the hands of one, as if that one had applied it: what it does
 * not apply any more then goes by the same apply. Returns the object itself where there is nothing to inherit.
 */
export function inheritFields(object: StoredObject, manager: string, inherits: Inherits): StoredObject {
  const isOwn = (entry: ManagedFieldsEntry) =>
    isOfObject(entry) && entry.operation === 'Apply' && entry.manager === manager;
  const inheritanceOf = (entry: ManagedFieldsEntry) =>
    isOfObject(entry) && !isOwn(entry)
      ? inherits({ manager: entry.manager ?? '', operation: entry.operation === 'Apply' ? 'Apply' : 'Update' })
      : undefined;
  if (!(object.metadata.managedFields ?? []).some((entry) => inheritanceOf(entry) !== undefined)) return object;
  const owned = readManagedFields(object);
  const own = owned.find(({ entry }) => isOwn(entry));
  let fields = own?.fields;
  let [first] = own === undefined ? [] : [own.entry];
  let isInherited = false;
  const others: ManagedFieldsEntry[] = [];
  for (const one of owned) {
    if (one === own) continue;
    const inheritance = inheritanceOf(one.entry);
    const taken = inheritance === undefined ? undefined : subtractTrees(one.fields, treeOf(inheritance));
    if (taken === undefined) {
      others.push(one.entry);
      continue;
    }
    const kept = subtractTrees(one.fields, taken);
    isInherited = true;
    first ??= one.entry;
    fields = unionTrees(fields, taken);
    if (kept !== undefined) others.push(withFields(one, kept));
  }
  if (!isInherited) return object;
  const entry = { ...first, manager, operation: 'Apply', ...(fields === undefined ? {} : { fieldsV1: fields }) };
  const managedFields = sealEntries([...others, entry], undefined);
  return { ...object, metadata: { ...object.metadata, ...(managedFields === undefined ? {} : { managedFields }) } };
}

function isOfObject({ subresource }: ManagedFieldsEntry): boolean {
  return (subresource ?? '') === '';
}

/** The fields that stay with their owner, each with everything below it. */
function treeOf({ except }: Inheritance): FieldsTree | undefined {
  const trees = except.map((path) =>
    path.reduceRight<FieldsTree | undefined>((node, name) => node && newNode([[`f:${name}`, node]], false), WHOLE),
  );
  return trees.reduce((all, tree) => unionTrees(all, tree), undefined);
}
