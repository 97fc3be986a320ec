import { isJsonObject } from '../../lib/json.ts';
import type { KubernetesObject } from '../types.ts';
import { childOf } from './fields-tree.ts';
import { type ManagedFields, readManagedFields } from './managed-fields.ts';

/** Where kinds say how their pods are replaced: `rollingUpdate` may be there only beside the type of that name. */
const STRATEGIES: Readonly<Record<string, string>> = {
  DaemonSet: 'updateStrategy',
  Deployment: 'strategy',
  StatefulSet: 'updateStrategy',
};

/**
 * An applied object whose strategy is no rolling update any more without the settings of one that nobody has asked for.
 * They are defaults of the object as it was, and an object with both is refused: "rollingUpdate: Forbidden: may not be
 * specified when strategy `type` is 'Recreate'". Kubernetes refuses such an apply (kubernetes#24198); client-side,
 * where `strategy` "retains keys" (apps/v1, `patchStrategy=retainKeys`), it goes well, and Git has no other way to say
 * it.
 */
export function dropOldStrategy(object: KubernetesObject, managedFields: ManagedFields | undefined): KubernetesObject {
  const field = STRATEGIES[object.kind];
  const spec = object['spec'];
  if (field === undefined || !isJsonObject(spec)) return object;
  const strategy = spec[field];
  if (!isJsonObject(strategy) || strategy['rollingUpdate'] === undefined || strategy['type'] === undefined)
    return object;
  if (strategy['type'] === 'RollingUpdate') return object;
  const owners = readManagedFields({ metadata: managedFields === undefined ? {} : { managedFields } });
  const keys = ['f:spec', `f:${field}`, 'f:rollingUpdate'];
  if (owners.some(({ fields }) => keys.reduce((node, key) => childOf(node, key), fields) !== undefined)) return object;
  const { rollingUpdate: _old, ...rest } = strategy;
  return { ...object, spec: { ...spec, [field]: rest } };
}
