import { isStandardFinalizer } from '../../objects/finalizers.ts';
import type { KubernetesObject } from '../../objects/types.ts';

const OF_KUBERNETES = /^(?:[^/]+\.)?kubernetes\.io\//;

/**
 * What keeps an object that is deleted until somebody else takes it away, as a clause: "the target object remains in a
 * terminating state while the control plane, or other components, take the actions defined by the finalizers"
 * (Finalizers). Those of Kubernetes' own controllers go by themselves.
 */
export function describeHolders({ metadata }: KubernetesObject): string | undefined {
  const holders = (metadata?.finalizers ?? []).filter(
    (name) => !isStandardFinalizer(name) && !OF_KUBERNETES.test(name),
  );
  if (holders.length === 0) return undefined;
  return `held by the ${holders.length === 1 ? 'finalizer' : 'finalizers'} ${holders.join(', ')}`;
}
