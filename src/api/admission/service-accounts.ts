import type { Pod, ServiceAccount } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';

const DEFAULT_ACCOUNT = 'default';

/**
 * "If the Pod does not contain any imagePullSecrets, the imagePullSecrets of the ServiceAccount are added to the Pod"
 * (ServiceAccount admission controller, kubernetes.io). The rest of what that one does is about tokens, which Berth
 * does not issue; an account that does not exist stops no pod for the same reason.
 */
export function createServiceAccountAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object }) => {
    if (kind.kind !== 'Pod' || verb !== 'create' || subresource !== undefined) return undefined;
    const spec = object['spec'] as Pod['spec'];
    if (spec === undefined || (spec.imagePullSecrets ?? []).length > 0) return undefined;
    const name = spec.serviceAccountName || DEFAULT_ACCOUNT;
    const namespace = object.metadata?.namespace ?? 'default';
    const account: ServiceAccount | undefined = client().get('ServiceAccount', { namespace, name });
    const { imagePullSecrets = [] } = account ?? {};
    return imagePullSecrets.length === 0 ? undefined : { object: { ...object, spec: { ...spec, imagePullSecrets } } };
  };
}
