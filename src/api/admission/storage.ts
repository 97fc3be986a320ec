import type { FieldProblem } from '../../objects/field-problem.ts';
import { compareQuantities } from '../../objects/quantity.ts';
import { CLAIM_PROTECTION, PROVISIONED_BY, VOLUME_PROTECTION } from '../../objects/storage/names.ts';
import { claimClassOf, defaultStorageClass, requestedStorage } from '../../objects/storage/storage.ts';
import type { KubernetesObject, PersistentVolumeClaim } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';

/**
 * What the API server does to claims and volumes on their way in: protects both from being deleted while they are used
 * (StorageObjectInUseProtection), gives a claim its class (DefaultStorageClass) and decides who may grow
 * (PersistentVolumeClaimResize).
 */
export function createStorageAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object, previous }) => {
    if (kind.group !== '' || subresource !== undefined) return undefined;
    if (kind.kind === 'PersistentVolume' && verb === 'create') return { object: protect(object, VOLUME_PROTECTION) };
    if (kind.kind !== 'PersistentVolumeClaim') return undefined;
    if (verb === 'create') return { object: protect(withDefaultClass(asClaim(object), client), CLAIM_PROTECTION) };
    if (verb !== 'update' || previous === undefined) return undefined;
    const problems = resizeProblems(asClaim(object), asClaim(previous), client);
    return problems.length === 0 ? undefined : { problems };
  };
}

function asClaim(object: object): PersistentVolumeClaim {
  return object as PersistentVolumeClaim;
}

function protect(object: KubernetesObject | PersistentVolumeClaim, finalizer: string): KubernetesObject {
  const kubernetesObject = object as KubernetesObject;
  const finalizers = kubernetesObject.metadata?.finalizers ?? [];
  if (finalizers.includes(finalizer)) return kubernetesObject;
  return { ...kubernetesObject, metadata: { ...kubernetesObject.metadata, finalizers: [...finalizers, finalizer] } };
}

/**
 * "The DefaultStorageClass admission controller observes creation of PersistentVolumeClaim objects that do not request
 * any specific storage class and automatically adds a default storage class to them. It does not do anything when no
 * default storage class is configured" (Admission Controllers).
 */
function withDefaultClass(claim: PersistentVolumeClaim, client: () => Client): PersistentVolumeClaim {
  if (claimClassOf(claim) !== undefined) return claim;
  const fallback = defaultStorageClass(client().list('StorageClass'));
  if (fallback === undefined) return claim;
  return { ...claim, spec: { ...claim.spec, storageClassName: fallback.metadata.name } };
}

/**
 * "Only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
 * (PersistentVolumeClaimResize admission).
 */
function resizeProblems(
  claim: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  client: () => Client,
): readonly FieldProblem[] {
  if (compareQuantities(requestedStorage(claim), requestedStorage(previous)) <= 0) return [];
  const path = ['spec', 'resources', 'requests', 'storage'];
  const refuse = (message: string): readonly FieldProblem[] => [
    { code: 'FieldValueForbidden', severity: 'error', path, at: 'value', message, help: RESIZE_HELP },
  ];
  if (previous.status?.phase !== 'Bound')
    return refuse('Forbidden: only bound persistent volume claims can be expanded');
  const storageClass = client().get('StorageClass', { name: claimClassOf(previous) ?? '' });
  const volume = client().get('PersistentVolume', { name: previous.spec?.volumeName ?? '' });
  const isProvisioned = volume?.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  if (storageClass?.allowVolumeExpansion === true && isProvisioned) return [];
  return refuse(
    'Forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
}

const RESIZE_HELP = 'a local-path volume is as large as its disk, whatever it asks for; set the request back';
