import type { StoredObject } from '../../objects/types.ts';
import type { WriteOptions } from '../client.ts';
import type { WriteScope } from '../context.ts';
import type { TrackFields } from './write-object.ts';

/** How a plain write (all but `apply`) changes who owns which field. */
export function trackWrite(
  _scope: WriteScope,
  previous: StoredObject | undefined,
  _subresource: WriteOptions['subresource'],
): TrackFields {
  return () => previous?.metadata.managedFields;
}
