import { REVISION_LABEL } from '../../objects/index.ts';
import type { KubernetesObject, PersistentVolumeClaim, Pod, StatefulSet } from '../../objects/types.ts';
import { newPod, type PodTemplate } from '../pods/new-pod.ts';

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

type ClaimTemplate = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];
type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** "Each Pod in a StatefulSet derives its hostname from the name of the StatefulSet and the ordinal of the Pod." */
export function podNameOf(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The ordinal in a pod's name; `undefined` for a name that is not of this set. */
export function ordinalOf(set: StatefulSet, podName: string): number | undefined {
  const place = placeOf(podName);
  return place?.setName === set.metadata.name ? place.ordinal : undefined;
}

/** The set, and its place, that a pod would have by its name alone; `undefined` for a name that is no set's. */
export function placeOf(podName: string): { readonly setName: string; readonly ordinal: number } | undefined {
  const [, setName, ordinal] = /^(.+)-(0|[1-9]\d{0,9})$/.exec(podName) ?? [];
  return setName === undefined ? undefined : { setName, ordinal: Number(ordinal) };
}

export function claimTemplatesOf(set: StatefulSet): readonly ClaimTemplate[] {
  return set.spec?.volumeClaimTemplates ?? [];
}

/** `<template>-<set>-<ordinal>`: a pod that comes back under its name finds its own storage. */
export function claimNameOf(set: StatefulSet, template: ClaimTemplate, ordinal: number): string {
  return `${template.metadata?.name ?? ''}-${podNameOf(set, ordinal)}`;
}

/** The pod of an ordinal, made of the template of one revision. */
export function newStatefulPod(
  set: StatefulSet,
  ordinal: number,
  revision: { readonly name: string; readonly template: PodTemplate },
): KubernetesObject {
  const name = podNameOf(set, ordinal);
  const draft = newPod(revision.template, set);
  const { generateName: _generateName, ...metadata } = draft.metadata ?? {};
  const { spec } = revision.template;
  return {
    ...draft,
    metadata: {
      ...metadata,
      name,
      labels: identityLabels({ ...metadata.labels, [REVISION_LABEL]: revision.name }, name, ordinal),
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec?.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
      volumes: volumesOf(set, ordinal, spec?.volumes ?? []),
    },
  };
}

/** The labels by which a service or a person finds one pod of the set. */
export function identityLabels(
  labels: Readonly<Record<string, string>>,
  name: string,
  ordinal: number,
): Record<string, string> {
  return { ...labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) };
}

/**
 * "VolumeClaimTemplates: a claim in this list takes precedence over any volumes in the template, with the same name"
 * (apps/v1).
 */
function volumesOf(set: StatefulSet, ordinal: number, volumes: readonly Volume[]): Volume[] {
  const claims = claimTemplatesOf(set).map((template): Volume => {
    const claimName = claimNameOf(set, template, ordinal);
    return { name: template.metadata?.name ?? '', persistentVolumeClaim: { claimName } };
  });
  const names = new Set(claims.map(({ name }) => name));
  return [...claims, ...volumes.filter(({ name }) => !names.has(name))];
}

/** The claim of one template for one ordinal, with the labels by which the set finds its own. */
export function newClaim(
  set: StatefulSet,
  template: ClaimTemplate,
  ordinal: number,
  owners: NonNullable<PersistentVolumeClaim['metadata']['ownerReferences']>,
): KubernetesObject {
  const { namespace = '' } = set.metadata;
  const { annotations, labels } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimNameOf(set, template, ordinal),
      namespace,
      ...(annotations === undefined ? {} : { annotations }),
      labels: { ...labels, ...set.spec?.selector.matchLabels },
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
    spec: template.spec,
  };
}
