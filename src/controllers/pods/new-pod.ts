import { dns1123SubdomainProblems, newControllerReference } from '../../objects/index.ts';
import type { KubernetesObject, ReplicaSet, StoredMeta } from '../../objects/types.ts';

export type PodTemplate = NonNullable<NonNullable<ReplicaSet['spec']>['template']>;

interface PodOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

/**
 * A pod of the template, controlled by its owner. "The Pod's name is generated from the owner's name and a random
 * suffix"; where the prefix with its dash would be no valid name, it goes without the dash, as the API server cuts it
 * (GetPodsPrefix).
 */
export function newPod(template: PodTemplate, owner: PodOwner): KubernetesObject {
  const dashed = `${owner.metadata.name}-`;
  const generateName = dns1123SubdomainProblems(`${dashed}x`).length === 0 ? dashed : owner.metadata.name;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName,
      namespace: owner.metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [{ ...newControllerReference(owner), controller: true, blockOwnerDeletion: true }],
    },
    spec: template.spec,
  };
}
