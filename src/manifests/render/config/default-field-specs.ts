import type { FieldSpec } from './field-spec.ts';
import type { NameReference, TransformerConfig } from './transformer-config.ts';

/**
 * The fields that kustomize 5 changes without being told (api/internal/konfig/builtinpluginconsts). A kind is written
 * `Kind`, `Kind.version` or `Kind.version.group`, `*` for every kind.
 */

function gvkOfText(text: string): FieldSpec['gvk'] {
  const [kind = '', version = '', ...group] = text.split('.');
  return { kind: kind === '*' ? '' : kind, version, group: group.join('.') };
}

function specs(kinds: string, paths: string, create = false): FieldSpec[] {
  return kinds.split(' ').flatMap((kind) => paths.split(' ').map((path) => ({ gvk: gvkOfText(kind), path, create })));
}

/** Where each kind has its pod's spec. */
const POD_SPECS: Readonly<Record<string, string>> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
};

function podSpecs(kinds: string, paths: string): FieldSpec[] {
  return kinds.split(' ').flatMap((kind) => {
    const base = POD_SPECS[kind.split('.')[0] ?? ''] ?? 'spec/template/spec';
    return paths.split(' ').map((path) => ({ gvk: gvkOfText(kind), path: `${base}/${path}`, create: false }));
  });
}

function reference(target: string, ...referrers: readonly FieldSpec[][]): NameReference {
  return { gvk: gvkOfText(target), referrers: referrers.flat() };
}

const WORKLOADS = 'Pod.v1 PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob';
const POD_OWNERS = 'Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet';
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

function keyPaths(source: string): string {
  return ['containers', 'initContainers']
    .flatMap((list) => [`${list}/env/valueFrom/${source}KeyRef/name`, `${list}/envFrom/${source}Ref/name`])
    .join(' ');
}

const NAME_REFERENCES: readonly NameReference[] = [
  ...['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) =>
    reference(kind, specs('HorizontalPodAutoscaler', 'spec/scaleTargetRef/name')),
  ),
  reference(
    'ConfigMap.v1',
    podSpecs(WORKLOADS, `volumes/configMap/name volumes/projected/sources/configMap/name ${keyPaths('configMap')}`),
    specs('Node', 'spec/configSource/configMap'),
    specs('Role ClusterRole', 'rules/resourceNames'),
    specs('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap'),
  ),
  reference(
    'Secret.v1',
    podSpecs(
      WORKLOADS,
      `volumes/secret/secretName volumes/projected/sources/secret/name imagePullSecrets/name ${keyPaths('secret')}`,
    ),
    specs('Ingress', 'spec/tls/secretName metadata/annotations/ingress.kubernetes.io\\/auth-secret'),
    specs('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret'),
    specs('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret'),
    specs('ServiceAccount', 'imagePullSecrets/name'),
    specs(
      'StorageClass',
      'parameters/secretName parameters/adminSecretName parameters/userSecretName parameters/secretRef',
    ),
    specs('Role ClusterRole', 'rules/resourceNames'),
    specs('Service.v1.serving.knative.dev', 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name'),
    specs('PersistentVolume', 'spec/azureFile/secretName'),
  ),
  reference(
    'Service.v1',
    specs('StatefulSet..apps', 'spec/serviceName'),
    specs('Ingress', 'spec/rules/http/paths/backend/serviceName spec/backend/serviceName'),
    specs('Ingress', 'spec/rules/http/paths/backend/service/name spec/defaultBackend/service/name'),
    specs('APIService..apiregistration.k8s.io', 'spec/service/name'),
    specs(
      `ValidatingWebhookConfiguration..${ADMISSION} MutatingWebhookConfiguration..${ADMISSION}`,
      'webhooks/clientConfig/service',
    ),
  ),
  reference(`Role..${RBAC}`, specs(`RoleBinding..${RBAC}`, 'roleRef/name')),
  reference(`ClusterRole..${RBAC}`, specs(`RoleBinding..${RBAC} ClusterRoleBinding..${RBAC}`, 'roleRef/name')),
  reference(
    'ServiceAccount.v1',
    specs(`RoleBinding..${RBAC} ClusterRoleBinding..${RBAC}`, 'subjects'),
    podSpecs(POD_OWNERS, 'serviceAccountName'),
  ),
  reference('PersistentVolumeClaim.v1', podSpecs(POD_OWNERS, 'volumes/persistentVolumeClaim/claimName')),
  reference(
    'PersistentVolume.v1',
    specs('PersistentVolumeClaim', 'spec/volumeName'),
    specs('ClusterRole', 'rules/resourceNames'),
  ),
  reference(
    'StorageClass.v1.storage.k8s.io',
    specs('PersistentVolume PersistentVolumeClaim', 'spec/storageClassName'),
    specs('StatefulSet', 'spec/volumeClaimTemplates/spec/storageClassName'),
  ),
  reference('PriorityClass.v1.scheduling.k8s.io', podSpecs(POD_OWNERS, 'priorityClassName')),
  // kustomize writes a version into the group, so that no IngressClass is ever found.
  reference('IngressClass.v1.networking.k8s.io/v1', specs('Ingress', 'spec/ingressClassName')),
  reference(
    `ValidatingAdmissionPolicy..${ADMISSION}`,
    specs(`ValidatingAdmissionPolicyBinding..${ADMISSION}`, 'spec/policyName'),
  ),
];

const TEMPLATES = 'ReplicationController.v1 Deployment ReplicaSet DaemonSet';

const METADATA_LABELS: readonly FieldSpec[] = [
  ...specs('*', 'metadata/labels', true),
  ...specs(`${TEMPLATES} StatefulSet..apps Job..batch`, 'spec/template/metadata/labels', true),
  ...specs('StatefulSet..apps', 'spec/volumeClaimTemplates[]/metadata/labels', true),
  ...specs('CronJob..batch', 'spec/jobTemplate/metadata/labels spec/jobTemplate/spec/template/metadata/labels', true),
];

const AFFINITY = ['podAffinity', 'podAntiAffinity']
  .flatMap((kind) => [
    `affinity/${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
    `affinity/${kind}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
  ])
  .join(' ');

const COMMON_LABELS: readonly FieldSpec[] = [
  ...specs('Service.v1 ReplicationController.v1', 'spec/selector', true),
  ...specs('Deployment ReplicaSet DaemonSet StatefulSet..apps', 'spec/selector/matchLabels', true),
  ...podSpecs('Deployment..apps StatefulSet..apps', `${AFFINITY} topologySpreadConstraints/labelSelector/matchLabels`),
  ...specs('Job..batch PodDisruptionBudget..policy', 'spec/selector/matchLabels'),
  ...specs('CronJob..batch', 'spec/jobTemplate/spec/selector/matchLabels'),
  ...specs(
    'NetworkPolicy..networking.k8s.io',
    'spec/podSelector/matchLabels spec/ingress/from/podSelector/matchLabels spec/egress/to/podSelector/matchLabels',
  ),
  ...METADATA_LABELS,
];

const COMMON_ANNOTATIONS: readonly FieldSpec[] = [
  ...specs('*', 'metadata/annotations', true),
  ...specs(`${TEMPLATES} StatefulSet Job..batch`, 'spec/template/metadata/annotations', true),
  ...specs(
    'CronJob..batch',
    'spec/jobTemplate/metadata/annotations spec/jobTemplate/spec/template/metadata/annotations',
    true,
  ),
];

const CONTAINER_TEXTS = ['containers', 'initContainers']
  .flatMap((list) => ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map((field) => `${list}/${field}`))
  .join(' ');

const VAR_REFERENCES: readonly FieldSpec[] = [
  ...podSpecs('CronJob DaemonSet Deployment Job Pod ReplicaSet StatefulSet', CONTAINER_TEXTS),
  ...specs('CronJob', 'spec/jobTemplate/spec/template/volumes/nfs/server'),
  ...podSpecs('DaemonSet Deployment Job Pod', 'volumes/nfs/server'),
  ...specs('Deployment', 'spec/template/metadata/annotations'),
  ...specs('Ingress', 'spec/rules/host spec/tls/hosts spec/tls/secretName'),
  ...specs('Service', 'spec/ports/port spec/ports/targetPort'),
  ...specs('StatefulSet', 'spec/volumeClaimTemplates/spec/nfs/server'),
  ...specs('PersistentVolume', 'spec/nfs/server'),
  ...specs('*', 'metadata/labels metadata/annotations'),
];

export const DEFAULT_CONFIG: TransformerConfig = {
  namePrefix: specs('*', 'metadata/name'),
  nameSuffix: specs('*', 'metadata/name'),
  namespace: [
    ...specs('Namespace', 'metadata/name', true),
    ...specs('APIService..apiregistration.k8s.io', 'spec/service/namespace', true),
    ...specs(
      'CustomResourceDefinition..apiextensions.k8s.io',
      'spec/conversion/webhook/clientConfig/service/namespace',
    ),
  ],
  commonLabels: COMMON_LABELS,
  labels: [],
  templateLabels: METADATA_LABELS,
  commonAnnotations: COMMON_ANNOTATIONS,
  nameReference: NAME_REFERENCES,
  varReference: VAR_REFERENCES,
  images: specs(
    '*',
    ['spec', 'spec/template/spec'].map((base) => `${base}/containers[]/image ${base}/initContainers[]/image`).join(' '),
    true,
  ),
  replicas: specs('Deployment ReplicationController ReplicaSet StatefulSet', 'spec/replicas', true),
};
