import type { KubernetesObject, Namespace, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

/** "A label with the name of the namespace is set by the control plane" (well-known labels). */
const NAME_LABEL = 'kubernetes.io/metadata.name';
const OWN_FINALIZER = 'kubernetes';

export const namespaceStrategy: Strategy = { prepareCreate, prepareUpdate };

/**
 * "On create, we require the kubernetes value": the namespace controller takes it off once the contents are gone.
 * Others that were asked for stay (namespaceStrategy, PrepareForCreate).
 */
function prepareCreate(_scope: WriteScope, object: KubernetesObject): KubernetesObject {
  const { finalizers = [] } = (object['spec'] as Namespace['spec']) ?? {};
  const spec = { finalizers: finalizers.includes(OWN_FINALIZER) ? finalizers : [...finalizers, OWN_FINALIZER] };
  return { ...withNameLabel(object), spec, status: { phase: 'Active' } };
}

/** `spec.finalizers` changes through `finalize` only. */
function prepareUpdate(_scope: WriteScope, object: KubernetesObject, previous: StoredObject): KubernetesObject {
  return { ...withNameLabel(object), spec: previous['spec'] };
}

function withNameLabel(object: KubernetesObject): KubernetesObject {
  const metadata = object.metadata ?? {};
  const name = metadata.name ?? '';
  if (metadata.labels?.[NAME_LABEL] === name) return object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [NAME_LABEL]: name } } };
}
