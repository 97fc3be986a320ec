import { formatTime } from '../../lib/clock.ts';
import { newOwnerReference, POD_TEMPLATE_HASH_LABEL, templateHash } from '../../objects/index.ts';
import type { Deployment, KubernetesObject, ReplicaSet } from '../../objects/types.ts';
import type { TextMap } from './revisions.ts';

/** The name that the ReplicaSet of the present template gets: `<deployment>-<pod-template-hash>`. */
export function newReplicaSetName(deployment: Deployment): string {
  return `${deployment.metadata.name}-${hashOf(deployment)}`;
}

function hashOf(deployment: Deployment): string {
  return templateHash(deployment.spec?.template, deployment.status?.collisionCount ?? 0);
}

/**
 * The ReplicaSet of the present template as it would be created, still without pods. The hash label, "added by the
 * Deployment controller to every ReplicaSet that a Deployment creates or adopts, ensures that child ReplicaSets of a
 * Deployment do not overlap" (Deployment, kubernetes.io): it is in the labels, the selector and the template.
 */
export function draftReplicaSet(deployment: Deployment, nowMs: number): ReplicaSet {
  const hash = { [POD_TEMPLATE_HASH_LABEL]: hashOf(deployment) };
  const template = deployment.spec?.template;
  const labels = { ...template?.metadata?.labels, ...hash };
  const selector = deployment.spec?.selector;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: newReplicaSetName(deployment),
      ...(deployment.metadata.namespace === undefined ? {} : { namespace: deployment.metadata.namespace }),
      labels,
      ownerReferences: [{ ...newOwnerReference(deployment), controller: true, blockOwnerDeletion: true }],
      uid: '',
      resourceVersion: '',
      creationTimestamp: formatTime(nowMs),
    },
    spec: {
      replicas: 0,
      minReadySeconds: deployment.spec?.minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, ...hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
}

/** The draft as it is sent to the registry. */
export function fromDraft(draft: ReplicaSet, replicas: number, annotations: TextMap): KubernetesObject {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = draft.metadata;
  return { ...draft, metadata: { ...metadata, annotations: { ...annotations } }, spec: { ...draft.spec, replicas } };
}
