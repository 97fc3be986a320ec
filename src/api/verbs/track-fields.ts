import { ownUpdate } from '../../objects/ownership/own-update.ts';
import type { StoredObject } from '../../objects/types.ts';
import type { WriteOptions } from '../client.ts';
import type { WriteScope } from '../context.ts';
import type { TrackFields } from './write-object.ts';

/**
 * How a plain write (all but `apply`) changes who owns which field: "the manager of an update owns the fields that it
 * changed".
 */
export function trackWrite(
  scope: WriteScope,
  previous: StoredObject | undefined,
  subresource: WriteOptions['subresource'],
): TrackFields {
  const { context, identity } = scope;
  return (updated, isChanged) => {
    if (!isChanged || (subresource === 'status' && !context.tracksStatus)) return previous?.metadata.managedFields;
    return ownUpdate({
      live: previous,
      updated,
      manager: identity.fieldManager,
      nowMs: context.clock.wallMs(),
      ...(subresource === undefined ? {} : { subresource }),
    });
  };
}
