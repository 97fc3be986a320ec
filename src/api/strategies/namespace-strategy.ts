import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import type { Strategy } from './strategy.ts';

/** "A label with the name of the namespace is set by the control plane" (well-known labels). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceStrategy: Strategy = { prepareCreate, prepareUpdate };

/** "If the finalizer is not present, it is added": the namespace controller takes it off once the contents are gone. */
function prepareCreate(_scope: WriteScope, object: KubernetesObject): KubernetesObject {
  return { ...withNameLabel(object), spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
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
