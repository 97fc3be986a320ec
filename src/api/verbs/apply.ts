import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import type { ApplyOptions, ApplyResult } from '../client.ts';
import { asStored, type WriteScope } from '../context.ts';
import { keyOf } from '../kind-lookup.ts';
import { patchObject } from './patch.ts';
import { trackWrite } from './track-fields.ts';
import { insertObject, replaceObject } from './write-object.ts';

/** Server-side apply. */
export function applyObject(
  scope: WriteScope,
  applied: KubernetesObject,
  _options: ApplyOptions,
): ApplyResult<StoredObject> {
  const name = { namespace: applied.metadata?.namespace ?? 'default', name: applied.metadata?.name ?? '' };
  const entry = scope.transaction.get(keyOf(scope.kind, name));
  if (entry === undefined) {
    const object = insertObject(scope, applied, trackWrite(scope, undefined, undefined));
    return { object, action: 'created', ceded: [] };
  }
  const current = asStored(entry.value);
  const next = patchObject(scope, current, 'merge', applied as never, undefined);
  const object = replaceObject(scope, current, next, trackWrite(scope, current, undefined));
  return { object, action: object === current ? 'unchanged' : 'configured', ceded: [] };
}
