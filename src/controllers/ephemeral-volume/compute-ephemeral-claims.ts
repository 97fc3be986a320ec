import { claimOfVolume, isControlledBy, newOwnerReference } from '../../objects/index.ts';
import type { KubernetesObject, PersistentVolumeClaim, Pod } from '../../objects/types.ts';

export type EphemeralClaimAction =
  | {
      readonly type: 'createClaim';
      readonly volume: string;
      readonly claim: KubernetesObject;
      readonly reason: 'Missing';
    }
  | { readonly type: 'report'; readonly volume: string; readonly message: string; readonly reason: 'NotOwned' };

/**
 * The claims that live and die with a pod: "the PVC is deleted together with the pod; an existing PVC with that name
 * that is not owned by the pod will not be used for the pod to avoid using an unrelated volume by mistake" (core/v1,
 * EphemeralVolumeSource).
 */
export function computeEphemeralClaims(
  pod: Pod,
  claimNamed: (name: string) => PersistentVolumeClaim | undefined,
): readonly EphemeralClaimAction[] {
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  return (pod.spec?.volumes ?? []).flatMap((volume): readonly EphemeralClaimAction[] => {
    const template = volume.ephemeral?.volumeClaimTemplate;
    const name = claimOfVolume(pod.metadata.name, volume)?.claimName;
    if (template === undefined || name === undefined) return [];
    const present = claimNamed(name);
    if (present === undefined)
      return [{ type: 'createClaim', volume: volume.name, claim: newClaim(pod, name, template), reason: 'Missing' }];
    if (isControlledBy(present, pod)) return [];
    const { namespace } = pod.metadata;
    const message = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
    return [{ type: 'report', volume: volume.name, message, reason: 'NotOwned' }];
  });
}

type Template = NonNullable<
  NonNullable<NonNullable<NonNullable<Pod['spec']>['volumes']>[number]['ephemeral']>['volumeClaimTemplate']
>;

function newClaim(pod: Pod, name: string, { metadata, spec }: Template): KubernetesObject {
  const { annotations, labels } = metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace: pod.metadata.namespace ?? 'default',
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
      ownerReferences: [{ ...newOwnerReference(pod), controller: true, blockOwnerDeletion: true }],
    },
    spec,
  };
}
