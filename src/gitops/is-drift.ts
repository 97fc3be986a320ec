import type { StoredObject } from '../objects/types.ts';

/** Fields that say nothing of what was declared, or whose changes the generation tells of. */
const OTHERWISE_JUDGED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);

/** Whether a change of an object may concern what Git declares of it. `status` and the server's own metadata do not. */
export function isDrift(object: StoredObject | undefined, previous: StoredObject | undefined): boolean {
  if (object === undefined || previous === undefined) return true;
  if (object.metadata.deletionTimestamp !== undefined) return false;
  if (
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.labels !== previous.metadata.labels ||
    object.metadata.annotations !== previous.metadata.annotations
  )
    return true;
  const fields = new Set([...Object.keys(object), ...Object.keys(previous)]);
  return [...fields].some((field) => !OTHERWISE_JUDGED.has(field) && object[field] !== previous[field]);
}
