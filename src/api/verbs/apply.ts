import { applyOwned, type FieldConflict } from '../../objects/ownership/apply-owned.ts';
import { dropOldStrategy } from '../../objects/ownership/drop-old-strategy.ts';
import { inheritFields } from '../../objects/ownership/inherit-fields.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import type { ApplyOptions, ApplyResult } from '../client.ts';
import { asStored, type WriteScope } from '../context.ts';
import { badRequest, staleWrite } from '../failures.ts';
import { keyOf } from '../kind-lookup.ts';
import { insertObject, replaceObject } from './write-object.ts';

/**
 * Server-side apply: "a declarative way to say which fields a manager wants". Creates what is absent; merges into what
 * is there; fails with a conflict where a field that it wants otherwise belongs to somebody else, unless `force` or
 * `resolveConflict` says differently.
 */
export function applyObject(
  scope: WriteScope,
  applied: KubernetesObject,
  options: ApplyOptions,
): ApplyResult<StoredObject> {
  const { name, namespace = 'default', managedFields, resourceVersion, uid } = applied.metadata ?? {};
  if (!name) throw badRequest('an object that is applied needs metadata.name');
  if (managedFields !== undefined && managedFields.length > 0) throw badRequest('metadata.managedFields must be nil');
  const entry = scope.transaction.get(keyOf(scope.kind, { namespace, name }));
  const live = entry === undefined ? undefined : asStored(entry.value);
  if (resourceVersion && resourceVersion !== live?.metadata.resourceVersion) throw staleWrite(scope.kind, name);
  if (uid && uid !== live?.metadata.uid) throw staleWrite(scope.kind, name);

  const { fieldManager: manager, force, resolveConflict, inheritsFrom } = options;
  const result = applyOwned({
    live: live === undefined || inheritsFrom === undefined ? live : inheritFields(live, manager, inheritsFrom),
    applied,
    manager,
    nowMs: scope.context.clock.wallMs(),
    ...(force === undefined ? {} : { force }),
    ...(resolveConflict === undefined ? {} : { resolveConflict }),
  });
  if (result.conflicts.length > 0) throw applyConflict(result.conflicts);
  const track = () => result.managedFields;
  if (live === undefined) return { object: insertObject(scope, result.object, track), action: 'created', ceded: [] };
  const object =
    result.object === live
      ? live
      : replaceObject(scope, live, dropOldStrategy(result.object, result.managedFields), track);
  return { object, action: object === live ? 'unchanged' : 'configured', ceded: result.ceded };
}

/**
 * `Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas` (fieldmanager, NewConflictError).
 */
function applyConflict(conflicts: readonly FieldConflict[]): ApiError {
  const causes = conflicts.map(({ manager, subresource, apiVersion, field }) => {
    const through = subresource === '' ? '' : ` with subresource "${subresource}"`;
    return {
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}"${through} using ${apiVersion}`,
      field: `.${field}`,
    };
  });
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join('\n');
  return new ApiError('Conflict', `Apply failed with ${count}: ${list}`, { causes });
}
