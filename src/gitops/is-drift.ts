import type { StoredObject } from '../objects/types.ts';

/** Whether a change of an object may concern what Git declares of it. `status` and the server's own metadata do not. */
export function isDrift(object: StoredObject | undefined, previous: StoredObject | undefined): boolean {
  if (object === undefined || previous === undefined) return true;
  if (object.metadata.deletionTimestamp !== undefined) return false;
  return (
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.labels !== previous.metadata.labels ||
    object.metadata.annotations !== previous.metadata.annotations ||
    object['data'] !== previous['data']
  );
}
