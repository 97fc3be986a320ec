import type { StoredObject } from '../../objects/types.ts';
import type { Entry, StoreEvent } from '../../store/index.ts';

/** The API object that a store event leaves behind, where it is of this kind. */
export function objectOf(event: StoreEvent, kind?: string): StoredObject | undefined {
  return event.type === 'put' ? asObject(event.entry, kind) : undefined;
}

/** What it was before. */
export function previousOf(event: StoreEvent, kind?: string): StoredObject | undefined {
  return event.previous === undefined ? undefined : asObject(event.previous, kind);
}

export function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

/** API objects have keys with a leading slash; everything else in the store is Berth's own. */
function asObject(entry: Entry, kind: string | undefined): StoredObject | undefined {
  if (!entry.key.startsWith('/')) return undefined;
  const object = entry.value as unknown as StoredObject;
  return kind === undefined || object.kind === kind ? object : undefined;
}
