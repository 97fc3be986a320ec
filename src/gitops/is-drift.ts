import type { StoredObject } from '../objects/types.ts';

/** Fields that are judged by themselves or say nothing of what was declared. */
const OTHERWISE_JUDGED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** Whether a change of an object may concern what Git declares of it. `status` and the server's own metadata do not. */
export function isDrift(object: StoredObject | undefined, previous: StoredObject | undefined): boolean {
  if (object === undefined || previous === undefined) return true;
  if (object.metadata.deletionTimestamp !== undefined) return false;
  const { generation } = object.metadata;
  if (
    generation !== previous.metadata.generation ||
    object.metadata.labels !== previous.metadata.labels ||
    object.metadata.annotations !== previous.metadata.annotations
  )
    return true;
  // "A sequence number representing a specific generation of the desired state": where there is one, it tells.
  if (generation !== undefined) return false;
  const fields = new Set([...Object.keys(object), ...Object.keys(previous)]);
  return [...fields].some((field) => !OTHERWISE_JUDGED.has(field) && object[field] !== previous[field]);
}
