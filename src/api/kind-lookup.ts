import { findKind, type KindInfo, storagePrefixOf } from '../objects/kinds.ts';
import type { ObjectName } from './client.ts';
import { badRequest } from './failures.ts';

/** The kind of an object or reference; `BadRequest` in kubectl's words for one that Berth does not know. */
export function requireKind(reference: { readonly apiVersion: string; readonly kind: string }): KindInfo {
  const kind = findKind(reference.apiVersion, reference.kind);
  if (kind !== undefined) return kind;
  throw badRequest(`no matches for kind "${reference.kind}" in version "${reference.apiVersion}"`);
}

/** Where an object of this kind is stored. A namespaced one needs its namespace. */
export function keyOf(kind: KindInfo, name: ObjectName): string {
  if (kind.namespaced && !name.namespace) throw badRequest(`a ${kind.kind} is named by its namespace and its name`);
  return `${storagePrefixOf(kind, name.namespace ?? '')}${name.name}`;
}
